"""Kafka records and due timers, handed to the application inside the transaction that commits them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from amends.followup.v1 import events_pb2 as followup_pb2
from amends.intake.v1 import events_pb2 as intake_pb2

from services.chassis.db import Connection
from services.chassis.envelope import Event, EventRegistry
from services.chassis.timers import Timer
from services.resolution.adapters.cases import HAND_OFF_TIMER
from services.resolution.adapters.facts import HEARD, fact
from services.resolution.adapters.postgres import PostgresWork
from services.resolution.app.handing_over import TimeOuts
from services.resolution.app.hearing import Hearing
from services.resolution.app.shelf import Shelf

GROUP = "resolution"
TOPICS = ("amends.intake.events.v1", "amends.followup.events.v1")


def registry() -> EventRegistry:
    """The events that resolution has a use for."""
    return EventRegistry(intake_pb2, followup_pb2, only=HEARD)


class Subscriptions:
    """Events of intake and follow-up."""

    def __init__(self, hearing: Hearing, shelf: Shelf) -> None:
        self._hearing = hearing
        self._shelf = shelf

    async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
        """See EventHandler."""
        facts = [heard for event in events if (heard := fact(event)) is not None]
        if facts:
            await self._hearing.hear(PostgresWork(tx, self._shelf), facts)


class DueTimers:
    """Hand-offs that nobody answered in time."""

    def __init__(self, time_outs: TimeOuts, shelf: Shelf) -> None:
        self._time_outs = time_outs
        self._shelf = shelf

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        """See TimerHandler. Raises LookupError for a kind of timer that resolution never sets."""
        strange = {timer.kind for timer in timers} - {HAND_OFF_TIMER}
        if strange:
            raise LookupError(f"no timer of kind {strange}")
        due = [((timer.tenant_id, timer.key), timer.data) for timer in timers]
        await self._time_outs.run_out(PostgresWork(tx, self._shelf), due, now)
