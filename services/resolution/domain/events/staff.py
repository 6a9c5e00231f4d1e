"""What happened to the people of a tenant rather than to one case: published under the tenant's or the
employee's id. No case is folded from these; GetDuty and the employees' own rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Person


@dataclass(frozen=True, slots=True)
class NobodyOnDuty:
    """From now on no front-line employee of the tenant is present: new complaints go to the duty owner of the
    lowest rank, or wait while the tenant has no employee at all. Said once per condition."""

    tenant_id: str
    since: datetime
    because: str  # "no_employee", "nobody_present"
    waiting_complaints: int


@dataclass(frozen=True, slots=True)
class SomebodyOnDuty:
    """The condition is over."""

    tenant_id: str
    since: datetime
    until: datetime
    cases_given_to_duty_owners: int
    waiting_complaints: int


@dataclass(frozen=True, slots=True)
class CoverStarted:
    """While `employee_id` is away, this colleague of equal or lower rank keeps their promises without owning
    their cases."""

    employee_id: str
    cover: Person
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CoverEnded:
    """The cover is over: its time was up, or it was ended or replaced sooner."""

    employee_id: str
    cover: Person
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class EmployeeLeft:
    """They are not with the company any more; each of their open cases is about to move to somebody of equal
    or lower rank (OwnerAssigned because of "forced_leaver")."""

    employee_id: str
    left_at: datetime
    open_cases: int
    reason: str


Published: TypeAlias = NobodyOnDuty | SomebodyOnDuty | CoverStarted | CoverEnded | EmployeeLeft
