"""Kafka, PostgreSQL, gRPC, providers and data files, each behind a port of `app` or a contract of the
chassis.
"""
