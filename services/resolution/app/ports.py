"""What the application needs from outside, in the words of the domain. Everything is asynchronous, may raise
Retryable when a dependency is away, and happens in the one transaction that the Work stands for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Protocol

from services.resolution.app.identity_ports import IdentityWork
from services.resolution.app.learning_ports import LearningWork
from services.resolution.app.playbook_ports import PlaybookWork
from services.resolution.app.shapes import (
    CaseKey,
    CaseList,
    Change,
    GrantsOf,
    HistoryEntry,
    Said,
    Standing,
    Taking,
    Totals,
)
from services.resolution.app.staff_port import StaffPort
from services.resolution.domain.assignment import Desk, Employee
from services.resolution.domain.state import Case
from services.resolution.domain.words import Word


class Work(StaffPort, PlaybookWork, LearningWork, IdentityWork, Protocol):
    """One transaction on some tenants' data. Whatever it is given is written together, or not at all."""

    async def lock_cases(self, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
        """The cases of `keys` that exist, and the successors they point to, locked until the transaction
        ends. Locks are taken in one order, so that two workers wait for each other but never deadlock."""
        ...

    async def read_case(self, key: CaseKey) -> Case | None:
        """One case as it is, without a lock."""
        ...

    async def list_cases(self, tenant_id: str, wanted: CaseList) -> Sequence[Case]:
        """Newest first, in the order of case ids."""
        ...

    async def concerning(self, tenant_id: str, employee_id: str) -> Sequence[Case]:
        """The open cases that concern an employee (domain.concerns), newest first."""
        ...

    async def history(self, key: CaseKey, after: int, limit: int) -> Sequence[HistoryEntry]:
        """Up to `limit` published events of a case behind the position `after`, oldest first."""
        ...

    async def save(self, changes: Sequence[Change]) -> None:
        """The new states, and what they change beside: owners' loads, time-outs, and accounts as far as
        less is held of them than before (more must have been taken before)."""
        ...

    async def publish(self, said: Sequence[Said]) -> None:
        """Writes events to the journal in this order; those that were only heard are left out."""
        ...

    async def wake_relay(self) -> None:
        """Tells the relay that there is something to publish; once per transaction that publishes."""
        ...

    async def add_words(self, words: Sequence[tuple[CaseKey, Word]]) -> None:
        """Customers' words that may later be evidence; one heard before is left as it is."""
        ...

    async def copy_words(self, source: CaseKey, target: CaseKey) -> None:
        """Lets the words of one case be evidence on another, too."""
        ...

    async def move_words(
        self, source: CaseKey, target: CaseKey, message_ids: Collection[str], *, undo: bool
    ) -> None:
        """Moves the words of these ids; with `undo` also takes from `source` what copy_words had brought."""
        ...

    async def find_word(self, key: CaseKey, message_id: str) -> Word | None:
        """The word of this case's customer with this id, None when there is none."""
        ...

    async def desks(self, tenants: Collection[str], named: Collection[str]) -> Mapping[str, Desk]:
        """By tenant, everybody who could own a case now: the present, the duty owners and the `named`."""
        ...

    async def anybody(self, tenant_id: str) -> Desk:
        """Every employee of the tenant, present or not; for when nobody else is there."""
        ...

    async def find_employee(self, tenant_id: str, employee_id: str) -> Employee | None:
        """One employee, None when not registered."""
        ...

    async def list_employees(
        self, tenant_id: str, after: str = "", limit: int | None = None
    ) -> Sequence[Employee]:
        """Employees by id, those behind the id `after`; None is all of them."""
        ...

    async def register_employee(self, tenant_id: str, employee: Employee) -> Employee:
        """Adds or replaces one; the load stays what it is."""
        ...

    async def standing(self, case: Case, day: date) -> Standing:
        """What limits the owner of a case on `day` (UTC), as it is now, without a lock."""
        ...

    async def hold_day(
        self, tenant_id: str, employee_id: str, day: date, units: Collection[str]
    ) -> Mapping[str, int]:
        """What the employee has given away on `day` of these units, locked until the transaction ends: for
        decisions that depend on how much is left."""
        ...

    async def take(self, tenant_id: str, takings: Sequence[Taking]) -> tuple[Taking, int] | None:
        """Adds to the accounts, in the order given, which is that of locking; each by the very statement that
        checks its limit. None when all were inside; else the one that was not and what was left of its limit:
        then the caller must let the transaction fail."""
        ...

    async def totals(self, tenant_id: str, of: GrantsOf) -> Totals:
        """Sums of what was given."""
        ...


class Works(Protocol):
    """Where transactions come from."""

    def begin(self, tenant_id: str) -> AbstractAsyncContextManager[Work]:
        """One transaction that sees exactly this tenant; commits when the block ends, unless it raises. May
        wait for a connection; raises Retryable."""
        ...
