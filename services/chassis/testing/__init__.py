"""What tests of every service share: real servers, databases per test, topics per test, waiting for a
condition.
"""
