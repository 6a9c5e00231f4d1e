"""What a parked record looks like: its dead-letter topic, its headers (those of Kafka Connect), its journal
row.
"""

from __future__ import annotations

PARKED_TYPE = "amends.dead_letter"
ERRORS = "__connect.errors."
ATTEMPTS = "x-attempts"
FIRST_FAILED_AT = "x-first-failed-at"
_DETAIL_CHARS = 1000


def dlq_topic(topic: str, group: str) -> str:
    """The dead-letter topic of `group` reading `topic`."""
    return f"{topic}.{group}.dlq"
