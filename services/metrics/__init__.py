"""Metrics: the sixty seconds and the service clocks, streamed, and recounted to the unit.

Owns: case facts and windows (tenant, channel, minute), in Kafka tables. Events in: those of intake,
resolution and follow-up. Events out: CaseFact (its own repartitioning), WindowClosed. Calls served:
MetricsService. It keeps no facts in PostgreSQL; its database holds API keys alone. Any figure can be computed
again from the journals.
"""
