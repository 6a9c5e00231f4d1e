"""Whether the customer of a case waits for a person's answer, since when, and by when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.followup.domain.clocks import clocks
from services.followup.domain.record import FollowUp
from services.followup.domain.words import ClockName

_RESPONSES = (ClockName.RESPONSE_60S, ClockName.FIRST_RESPONSE, ClockName.NEXT_RESPONSE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """`due_at` is the next deadline still to come, None when all have passed; `breached` that one has."""

    since: datetime
    due_at: datetime | None
    breached: bool


def waiting(record: FollowUp) -> Waiting | None:
    """By the response clocks: None while nobody waits, and where no policy asks for an answer. A clock that
    was breached goes on saying that the customer waits, until they are answered."""
    unmet = [
        clock
        for clock in clocks(record)
        if clock.clock in _RESPONSES and not (clock.met_at or clock.paused_at or clock.ended_at)
    ]
    if not unmet:
        return None
    deadlines = [clock.deadline for clock in unmet if clock.deadline is not None]
    breached = any(clock.breached for clock in unmet)
    return Waiting(min(clock.started_at for clock in unmet), min(deadlines, default=None), breached)
