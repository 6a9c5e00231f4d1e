"""Dead letters: what could not be processed, why, and its way back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """One dead letter with the reason, as Kafka Connect's headers tell it."""

    dlq_topic: str
    dlq_partition: int
    dlq_offset: int
    topic: str
    partition: int
    offset: int
    key: bytes | None
    type: str | None
    rule: str
    detail: str
    attempts: int
    first_failed_at: datetime | None
    value: bytes | None


def dlq_topic(topic: str, group: str) -> str:
    """The dead-letter topic of `group` reading `topic`."""
    return f"{topic}.{group}.dlq"


def list_parked(bootstrap: str, topic: str, group: str, *, prefix: str = "") -> list[ParkedRecord]:
    """Dead letters not replayed yet, oldest first per key. Blocks (run in a thread)."""
    ...


def replay(
    bootstrap: str, topic: str, group: str, *, prefix: str = "", keys: Collection[bytes] | None = None
) -> int:
    """Send dead letters (of `keys`, or all) back to `group` in their order; returns how many. Blocks.

    Safe to repeat: a record that was handled since is skipped by the consumer.
    """
    ...
