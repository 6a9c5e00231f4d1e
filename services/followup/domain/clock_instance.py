"""One clock of the ledger: when it is due, when to warn, how long it ran and stood still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.followup.domain.calendars import Calendar, hours
from services.followup.domain.clock_runs import NEVER, Stop
from services.followup.domain.policy import MetBy, Warn, pushed


@dataclass(frozen=True, slots=True)
class ClockInstance:
    """One running or settled clock. `breached` stays true also when it was met later."""

    clock: str
    instance_id: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    contact_id: str  # of the message that met it
    paused_at: datetime | None
    breached: bool
    message_id: str = ""  # the customer's, that began it; of other clocks what did
    heard_at: datetime = NEVER  # when this case had that message
    policy_id: str = ""
    severity: str = ""  # that the case was given later and that asked for this; else empty
    met_by: MetBy = MetBy.ANSWER
    calendar: Calendar | None = None  # None: the wall
    stops: tuple[Stop, ...] = ()  # in which it stood still
    warnings: tuple[Warn, ...] = ()
    ended_at: datetime | None = None  # asked for no more, before it was due

    @property
    def running(self) -> bool:
        """Whether time alone can still change it."""
        return not (self.met_at or self.paused_at or self.breached)

    @property
    def deadline(self) -> datetime | None:
        """When something must happen to it: its due time while it runs, else None."""
        return self.due_at if self.running else None

    @property
    def late(self) -> bool:
        """Met, but only after its deadline."""
        return self.met_at is not None and self.met_at > self.due_at

    @property
    def in_time(self) -> bool:
        """Met before the deadline and before a breach was recorded: a breach is final even when the receipt
        of a message delivered in time came too late to be known."""
        return self.met_at is not None and not self.late and not self.breached

    @property
    def settled_at(self) -> datetime:
        """When it is over one way or the other: met, ended, or its due time."""
        return min(self.met_at or self.due_at, self.ended_at or self.due_at, self.due_at)


@dataclass(frozen=True, slots=True)
class Spent:
    """How long a clock ran (`elapsed`, standing still included) and stood still, by the wall and by its
    calendar."""

    elapsed: timedelta
    stopped: timedelta
    business_elapsed: timedelta
    business_stopped: timedelta


def spent(clock: ClockInstance, now: datetime) -> Spent:
    """What a clock has used by `now`, or had when it was met or ended."""
    until = max(clock.started_at, min(clock.met_at or now, clock.ended_at or now))
    stretches = [
        (max(since, clock.started_at), min(end or until, until))
        for since, end in clock.stops
        if since < until
    ]
    stretches = [(since, end) for since, end in stretches if since < end]
    whole = [(clock.started_at, until)]
    return Spent(
        _wall(whole), _wall(stretches), _business(whole, clock.calendar), _business(stretches, clock.calendar)
    )


def _wall(stretches: Iterable[tuple[datetime, datetime]]) -> timedelta:
    return sum((end - since for since, end in stretches), timedelta(0))


def _business(stretches: Iterable[tuple[datetime, datetime]], calendar: Calendar | None) -> timedelta:
    if calendar is None:
        return _wall(stretches)
    office = hours(calendar)
    return sum((office.between(since, end) for since, end in stretches), timedelta(0))


@dataclass(frozen=True, slots=True)
class Held:
    """A due time after the stretches a clock stood still, those that counted, and since when it does now."""

    due_at: datetime
    stops: tuple[Stop, ...] = ()
    paused_at: datetime | None = None


def held(
    started_at: datetime,
    due_at: datetime,
    met_at: datetime | None,
    stops: Iterable[Stop],
    calendar: Calendar | None,
) -> Held:
    """Each stretch that began before the clock was due, and before it was met, moves its due time
    (rule 3)."""
    taken: list[Stop] = []
    for began, until in stops:
        since = max(began, started_at)
        if until is not None and until <= since:
            continue
        if since > due_at or (met_at is not None and since > met_at):
            break
        taken.append((since, until))
        if until is None:
            return Held(due_at, tuple(taken), since if met_at is None else None)
        due_at = pushed(due_at, since, until, calendar)
    return Held(due_at, tuple(taken))
