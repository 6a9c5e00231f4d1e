"""Kafka records and due timers, handed to the application inside the transaction that commits them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from amends.followup.v1 import events_pb2 as followup_pb2
from amends.intake.v1 import events_pb2 as intake_pb2

from services.chassis.db import Connection
from services.chassis.envelope import Event, EventRegistry
from services.chassis.timers import Timer
from services.resolution.adapters.alarms import PREVENTION_TIMER, WIN_BACK_TIMER
from services.resolution.adapters.facts import HEARD, fact
from services.resolution.adapters.identities import one_person
from services.resolution.adapters.parting import two_people
from services.resolution.adapters.postgres import PostgresWork
from services.resolution.app.absence import Leavers, Returns
from services.resolution.app.handing_over import TimeOuts, Unanswered
from services.resolution.app.hearing import Hearing
from services.resolution.app.identity import Identities
from services.resolution.app.learning import Overdue
from services.resolution.app.on_duty import (
    ABSENT_TIMER,
    COVER_TIMER,
    LEASE_TIMER,
    LEAVER_TIMER,
    WAITING_TIMER,
)
from services.resolution.app.people import Leases
from services.resolution.app.ports import Work
from services.resolution.app.shapes import CaseKey
from services.resolution.app.shelf import Shelf
from services.resolution.app.waiting import Waiting

_Fire: TypeAlias = Callable[[Work, Sequence[Timer], datetime], Awaitable[None]]
GROUP = "resolution"
TOPICS = ("amends.intake.events.v1", "amends.followup.events.v1")


def registry() -> EventRegistry:
    """The events that resolution has a use for."""
    return EventRegistry(
        intake_pb2, followup_pb2, only=HEARD | {intake_pb2.CustomersMerged, intake_pb2.CustomersSplit}
    )


class Subscriptions:
    """Events of intake and follow-up."""

    def __init__(self, hearing: Hearing, identities: Identities, shelf: Shelf) -> None:
        self._hearing = hearing
        self._identities = identities
        self._shelf = shelf

    async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
        """See EventHandler."""
        work = PostgresWork(tx, self._shelf)
        identities = [
            said for event in events if (said := one_person(event) or two_people(event)) is not None
        ]
        if identities:
            await self._identities.hear(work, identities)
        facts = [heard for event in events if (heard := fact(event)) is not None]
        if facts:
            await self._hearing.hear(work, facts)


class DueTimers:
    """What resolution set a timer for, by its kind: each kind has its own function of the application. Kinds
    are fired in the order in which they take locks: cases before tenants, tenants before employees."""

    def __init__(
        self,
        time_outs: TimeOuts,
        overdue: Overdue,
        leases: Leases,
        waiting: Waiting,
        leavers: Leavers,
        returns: Returns,
        shelf: Shelf,
    ) -> None:
        self._time_outs = time_outs
        self._overdue = overdue
        self._leases = leases
        self._waiting = waiting
        self._leavers = leavers
        self._returns = returns
        self._shelf = shelf
        self._fires: Mapping[str, _Fire] = {
            **dict.fromkeys(Unanswered, self._run_out),
            ABSENT_TIMER: self._receivers_gone,
            LEAVER_TIMER: self._move,
            PREVENTION_TIMER: self._not_learnt,
            WIN_BACK_TIMER: self._not_won_back,
            WAITING_TIMER: self._hear_waiting,
            COVER_TIMER: self._end_covers,
            LEASE_TIMER: self._lapse,
        }

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        """See TimerHandler. Raises LookupError for a kind of timer that resolution never sets."""
        strange = {timer.kind for timer in timers} - self._fires.keys()
        if strange:
            raise LookupError(f"no timer of kind {strange}")
        work = PostgresWork(tx, self._shelf)
        for kind, fire in self._fires.items():
            if due := [timer for timer in timers if timer.kind == kind]:
                await fire(work, due, now)

    async def _run_out(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        due = [((timer.tenant_id, timer.key), Unanswered(timer.kind), timer.data) for timer in timers]
        await self._time_outs.run_out(work, due, now)

    async def _receivers_gone(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        gone = [(timer.tenant_id, timer.key) for timer in timers]
        await self._time_outs.receivers_gone(work, gone, now)

    async def _not_learnt(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        await self._overdue.not_learnt(work, _keys(timers), now)

    async def _not_won_back(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        await self._overdue.not_won_back(work, _keys(timers), now)

    async def _hear_waiting(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        await self._waiting.hear(work, [timer.tenant_id for timer in timers], now)

    async def _lapse(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        await self._leases.lapse(work, [(timer.tenant_id, timer.key) for timer in timers], now)

    async def _move(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        await self._leavers.move(work, [(timer.tenant_id, timer.key) for timer in timers], now)

    async def _end_covers(self, work: Work, timers: Sequence[Timer], now: datetime) -> None:
        await self._returns.end(work, [(timer.tenant_id, timer.key) for timer in timers], now)


def _keys(timers: Sequence[Timer]) -> list[CaseKey]:
    return [(timer.tenant_id, timer.key) for timer in timers]
