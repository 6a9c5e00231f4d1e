"""What there is to know of a tenant's people: who is here, who is on duty, what waits for them, and
whom customers trust. Part of a Work, and so of its one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.resolution.app.facts import Fact
from services.resolution.app.shapes import CaseKey
from services.resolution.domain.assignment import Employee
from services.resolution.domain.covering import Cover
from services.resolution.domain.duty import Duty


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refused attempts of one employee against one rule, and the last of them."""

    employee_id: str
    rule: str
    count: int
    last_at: datetime
    last_case_id: str


class StaffPort(Protocol):
    """Employees, present and on duty."""

    async def set_presence(
        self, tenant_id: str, employee_id: str, present: bool, until: datetime | None = None
    ) -> Employee | None:
        """Comes (`until` the lease ends, None without one) or goes; None when not registered."""
        ...

    async def renew_presence(self, tenant_id: str, employee_id: str, until: datetime) -> bool:
        """Moves the end of a running lease. False when none is running."""
        ...

    async def lapse_presence(self, tenant_id: str, employee_id: str, now: datetime) -> Employee | None:
        """Absent if the lease has ended by `now`; the employee as they are then, None when not registered."""
        ...

    async def set_capacity(self, tenant_id: str, employee_id: str, capacity: int) -> Employee | None:
        """How many cases at a time; None when not registered."""
        ...

    async def set_timer(self, kind: str, tenant_id: str, key: str, due_at: datetime) -> None:
        """Something of this kind is to be looked at for `key` (an employee, a tenant); the same again moves
        it."""
        ...

    async def hold_employee(self, tenant_id: str, employee_id: str) -> Employee | None:
        """One employee, whose presence cannot change until the transaction ends."""
        ...

    async def offered_to(self, tenant_id: str, employee_id: str) -> Sequence[CaseKey]:
        """Cases with a pending hand-off to this employee."""
        ...

    async def refusals(
        self, tenant_id: str, employee_id: str, since: datetime | None, after: tuple[str, str], most: int
    ) -> Sequence[Refusals]:
        """How often each rule refused a hand-off, by who tried ("" is everybody), since a time if given:
        at most `most`, behind `after`, which is who tried and the rule.
        """
        ...

    async def save_cover(self, tenant_id: str, cover: Cover) -> None:
        """Starts a cover, in the place of an earlier one."""
        ...

    async def covers(self, tenant_id: str, employee_id: str) -> Sequence[Cover]:
        """Who covers for one employee ("" is for anybody), now or later."""
        ...

    async def end_cover(self, tenant_id: str, employee_id: str) -> None:
        """Nobody covers for this employee any more."""
        ...

    async def covers_of(self, tenant_id: str, cover_id: str, now: datetime) -> frozenset[str]:
        """Whose promises this employee keeps now."""
        ...

    async def leave(self, tenant_id: str, employee_id: str, now: datetime) -> None:
        """From now on they own nothing new, cannot act, and are not found."""
        ...

    async def left(self, tenant_id: str, employee_ids: Collection[str]) -> Mapping[str, datetime]:
        """Those of them who have left, and when."""
        ...

    async def ranks_without(self, tenant_id: str, employee_id: str) -> tuple[int | None, int | None]:
        """Without this employee: the lowest rank that an open case without a present owner must go to (those
        of earlier leavers too), and the lowest rank there is among who stays; None for none."""
        ...

    async def open_cases(self, tenant_id: str, owner_id: str) -> int:
        """How many cases of theirs are not closed."""
        ...

    async def cases_of_leaver(self, tenant_id: str, employee_id: str, limit: int) -> Sequence[CaseKey]:
        """Up to `limit` open cases they own, and as many that began with them and are another's."""
        ...

    async def lock_duty(self, tenant_id: str) -> Duty:
        """The tenant's people as they are now, locked against changes of presence and registrations until the
        transaction ends. Taken after cases and before employees, so that nobody waits in a circle."""
        ...

    async def read_duty(self, tenant_id: str) -> Duty:
        """The same without a lock."""
        ...

    async def save_duty(self, duty: Duty) -> None:
        """What has been said of a locked tenant."""
        ...

    async def waiting_cases(self, keys: Collection[CaseKey]) -> set[CaseKey]:
        """Those of `keys` whose complaint waits for an owner; one query."""
        ...

    async def keep_waiting(self, facts: Sequence[Fact], now: datetime) -> None:
        """Keeps facts in this order until the tenant, locked, has an employee."""
        ...

    async def take_waiting(self, tenant_id: str, limit: int) -> Sequence[Fact]:
        """Everything of the `limit` cases that came first, no longer waiting; the tenant is locked."""
        ...

    async def trusted(self, customers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """By (tenant id, customer id), the employee each customer trusts; one query."""
        ...
