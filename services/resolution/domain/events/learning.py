"""What is learnt of a case, and what it says of the customer's loyalty: the debrief and the prevention that
are asked for, repeats, defection and win-back (domain.md, Promises and the circle-back; mission.md, P1.7, P3,
P4, P5.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from services.resolution.domain.words import Person


class SameAs(StrEnum):
    """What two failures of one customer have in common."""

    CAUSE = "cause"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class PreventionAskedFor:
    """The owner is asked to act: what is `missing` ("cause", "prevention", "debrief") is to be on record by
    due_at."""

    employee_id: str
    missing: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class PreventionOverdue:
    """The time is up and this is still missing."""

    employee_id: str
    missing: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DebriefHeld:
    """The talk with the staff involved, closed on record (P5.7); the absent are those involved who were not
    there."""

    held_by_employee_id: str
    participants: tuple[Person, ...]
    absent_employee_ids: tuple[str, ...]
    outcome: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class RepeatFailureFound:
    """This customer had the same failure within 90 days: it was fixed, but not for good (P3)."""

    earlier_case_id: str
    same: SameAs
    value: str
    earlier_opened_at: datetime


@dataclass(frozen=True, slots=True)
class RepeatContactCounted:
    """The customer asks again and nobody of us has said anything since their last word; `count` is how often
    on this case (P3, ignore)."""

    message_id: str
    count: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerDefected:
    """The customer has left us (P1.7), with what shows it."""

    customer_id: str
    reason: str
    evidence: str
    recorded_by_employee_id: str
    defected_at: datetime


@dataclass(frozen=True, slots=True)
class WinBackStarted:
    """Somebody is asked to win the customer back (P4), by due_at."""

    employee: Person
    started_by_employee_id: str
    due_at: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True)
class WinBackDue:
    """The time is up and nobody has said a word to the customer since the win-back was started."""

    employee_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class WinBackGivenUp:
    """The attempt to win the customer back has ended without success: they have been spoken to, and said why
    not, or did not answer. That they left stays on record."""

    customer_id: str
    employee_id: str
    reason: str
    given_up_by_employee_id: str
    given_up_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerWonBack:
    """The customer is with us again, with what shows it."""

    customer_id: str
    evidence: str
    recorded_by_employee_id: str
    won_back_at: datetime


Published: TypeAlias = (
    PreventionAskedFor
    | PreventionOverdue
    | DebriefHeld
    | RepeatFailureFound
    | RepeatContactCounted
    | CustomerDefected
    | WinBackStarted
    | WinBackDue
    | WinBackGivenUp
    | CustomerWonBack
)
