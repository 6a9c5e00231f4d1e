"""Authority that comes down to the owner (domain.md, Authority)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Amount, Person


@dataclass(frozen=True, slots=True)
class AuthorityRequested:
    """The owner asked for more than their own limits. `asked` is whom; None is anybody of higher rank."""

    request_id: str
    requested_by: Person
    asked: Person | None
    amounts: tuple[Amount, ...]
    remedy_id: str
    reason: str
    requested_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorityLent:
    """A higher rank lent it, to this owner and for this case; neither the case nor the owner moved."""

    request_id: str
    lender: Person
    borrower_employee_id: str
    amounts: tuple[Amount, ...]
    remedy_id: str
    lent_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorityDenied:
    """It was refused, or nobody answered in time (because "timed_out", then by nobody)."""

    request_id: str
    denied_by_employee_id: str
    because: str
    reason: str
    denied_at: datetime


REFUSED, TIMED_OUT = "refused", "timed_out"
Published: TypeAlias = AuthorityRequested | AuthorityLent | AuthorityDenied
