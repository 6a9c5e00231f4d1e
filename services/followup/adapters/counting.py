"""Operators' counters of what follow-up says; a transaction that is done again counts again: exact figures
come from the events.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.chassis.meters import PROMISES, SLA_DEADLINES, TIME_TO_ACKNOWLEDGE
from services.followup.app.ports import Advanced
from services.followup.domain import events
from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.record import FollowUp
from services.followup.domain.words import ClockName


def count(steps: Iterable[Advanced]) -> None:
    """Count the deadlines and promises that ended with these steps."""
    for step in (advanced.step for advanced in steps):
        for event in step.events:
            _count(step.record, event)


def _count(record: FollowUp, event: events.Event) -> None:
    match event:
        case events.ClockMet(clock):
            if clock.in_time:
                SLA_DEADLINES.add(1, kind=kind_of(clock), result="met")
            if clock.clock == ClockName.RESPONSE_60S and clock.met_at is not None:
                channel = record.complaint.channel.value if record.complaint else "unspecified"
                waited = (clock.met_at - clock.started_at).total_seconds()
                TIME_TO_ACKNOWLEDGE.record(max(0.0, waited), channel=channel, severity=_severity(record))
        case events.ClockBreached(clock):
            SLA_DEADLINES.add(1, kind=kind_of(clock), result="breached")
        case events.PromiseKept(promise):
            PROMISES.add(1, kind=promise.kind.value, result="kept")
        case events.PromiseBroken(promise):
            PROMISES.add(1, kind=promise.kind.value, result="broken")
        case _:
            pass


def kind_of(clock: ClockInstance) -> str:
    """The clock's name as a label: a tenant's own policies name regulators, so all of them are one."""
    return clock.clock if clock.clock in set(ClockName) else "regulator"


def _severity(record: FollowUp) -> str:
    if record.assessed:
        return record.assessed[-1].severity.value
    return record.opened.severity.value if record.opened else "unspecified"
