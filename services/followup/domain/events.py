"""What follow-up says happened; each becomes one message on amends.followup.events.v1. Times: aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.feedback import Feedback
from services.followup.domain.policy import Warn
from services.followup.domain.promises import Promise


@dataclass(frozen=True, slots=True)
class ClockStarted:
    """A customer began to wait."""

    clock: ClockInstance


@dataclass(frozen=True, slots=True)
class ClockPaused:
    """Nobody waits any more: the case is closed, or what started the clock turned out to need no answer."""

    clock: ClockInstance
    paused_at: datetime


@dataclass(frozen=True, slots=True)
class ClockResumed:
    """The case was reopened: the closed time is added to the due time (rule 3). Said, too, of a clock that
    was met by the resolution or acceptance which that undid."""

    clock: ClockInstance
    resumed_at: datetime


@dataclass(frozen=True, slots=True)
class ClockMet:
    """A person's word arrived. Said again with an earlier time when an earlier receipt became known later."""

    clock: ClockInstance


@dataclass(frozen=True, slots=True)
class ClockWarned:
    """A part of its time is gone, or its deadline is near; each moment once, none after it was met."""

    clock: ClockInstance
    warn: Warn
    warned_at: datetime


@dataclass(frozen=True, slots=True)
class ClockPolicyApplied:
    """A policy rules the case from now on, beside those that did (rule 5)."""

    policy_id: str
    applied_at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class ClockBreached:
    """The deadline passed unmet; final (rule 5). The breach time is the deadline (rule 6)."""

    clock: ClockInstance
    detected_at: datetime


@dataclass(frozen=True, slots=True)
class PromiseMade:
    """Somebody owes the customer a word by a time."""

    promise: Promise


@dataclass(frozen=True, slots=True)
class PromiseKept:
    """Delivered, by a person, on time."""

    promise: Promise


@dataclass(frozen=True, slots=True)
class PromiseBroken:
    """Late or bounced."""

    promise: Promise
    detected_at: datetime


@dataclass(frozen=True, slots=True)
class PromiseSuperseded:
    """No longer owed: the case moved on before it was due."""

    promise: Promise


@dataclass(frozen=True, slots=True)
class CircleBackDue:
    """The day of a circle-back has come and nobody has asked the customer yet."""

    promise: Promise


@dataclass(frozen=True, slots=True)
class FeedbackReceived:
    """The customer answered after the case was resolved, in their own words."""

    feedback: Feedback


Event = (
    ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockMet
    | ClockWarned
    | ClockPolicyApplied
    | ClockBreached
    | PromiseMade
    | PromiseKept
    | PromiseBroken
    | PromiseSuperseded
    | CircleBackDue
    | FeedbackReceived
)
