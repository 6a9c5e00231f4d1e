"""Whether anybody is on duty: a named condition of a tenant, not a silent queue. It is on while no front-line
employee is present; then the duty owner of the lowest rank gets the complaints, and a tenant without any
employee keeps them waiting until it has one (domain.md, Ownership)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.resolution.domain.events import staff as s


@dataclass(frozen=True, slots=True)
class Duty:
    """A tenant's people at one instant. `nobody_since` is what has been said so far: None is that somebody is
    there; `given` is how many cases went to duty owners since. `waiting` are complaints without an owner, the
    oldest of them since `waiting_since`."""

    tenant_id: str
    nobody_since: datetime | None = None
    given: int = 0
    front_line: int = 0
    """Front-line employees who are present."""
    employees: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None


def look(duty: Duty, now: datetime, given: int = 0) -> tuple[Duty, list[s.Published]]:
    """What is to be said of the people as they are now, `given` more cases having gone to duty owners. A
    tenant that has neither employees nor complaints is nobody's concern yet."""
    if duty.front_line:
        return _somebody(duty, now)
    if duty.nobody_since is not None:
        return replace(duty, given=duty.given + given), []
    if not duty.employees and not duty.waiting:
        return duty, []
    because = "nobody_present" if duty.employees else "no_employee"
    said = s.NobodyOnDuty(duty.tenant_id, now, because, duty.waiting)
    return replace(duty, nobody_since=now, given=given), [said]


def _somebody(duty: Duty, now: datetime) -> tuple[Duty, list[s.Published]]:
    if duty.nobody_since is None:
        return duty, []
    said = s.SomebodyOnDuty(duty.tenant_id, duty.nobody_since, now, duty.given, duty.waiting)
    return replace(duty, nobody_since=None, given=0), [said]
