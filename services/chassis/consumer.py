"""Kafka to effect, exactly once: one transaction holds the effects, the journal rows and the partition
offsets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.chassis.db import Connection, Database
from services.chassis.envelope import Event, EventRegistry


class EventHandler(Protocol):
    """What a service does with events."""

    async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
        """Apply `events` inside `tx`: write effects and journal rows, commit nothing, call nobody outside.

        One call is one transaction. Events are in partition order and may mix tenants; `tx` sees exactly
        theirs. It may be called again with the same events (then the first call left no trace), or with
        some of them. Raise Rejected(..., event=e) for a record that can never work, Retryable when a
        dependency is away. After any other exception the batch is halved down to the record, retried, and
        the record then parked.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConsumerTuning:
    """Knobs with measured defaults; seconds where a time."""

    batch: int = 500
    attempts: int = 3  # of a record that fails with an unknown error, before it is parked
    rejects_in_a_row: int = 100  # records parked with none handled between, before the consumer stops
    backoff_first_s: float = 0.1
    backoff_most_s: float = 10.0


class Consumer:
    """Component that feeds one handler from some topics as a member of `group`.

    Kafka's group is used for the assignment alone; where to read on is kept in PostgreSQL.
    """

    def __init__(
        self,
        group: str,
        topics: Collection[str],
        registry: EventRegistry,
        handler: EventHandler,
        database: Database,
        bootstrap: str,
        *,
        batch: int = 500,
        topic_prefix: str = "",
        tuning: ConsumerTuning | None = None,
    ) -> None:
        self.name = f"consumer:{group}"

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, then finish the running batch and leave the group.

        Raises TooManyRejects when `rejects_in_a_row` records in a row could not be handled.
        """
        ...

    @property
    def assigned(self) -> frozenset[tuple[str, int]]:
        """The (topic, partition) pairs this member reads now."""
        return frozenset()

    def lag(self) -> dict[tuple[str, int], int]:
        """Records not yet handled per assigned (topic, partition), as far as this member has heard."""
        return {}
