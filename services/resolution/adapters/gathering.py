"""The Work of commands that are decided together: it reads from one transaction, and keeps in memory what
they write until all have been decided (rounds.py)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.chassis.journal import Row
from services.resolution.adapters.cases import journal_rows
from services.resolution.adapters.postgres import PostgresWork
from services.resolution.app.shapes import CaseKey, Change, Said
from services.resolution.domain.assignment import Employee
from services.resolution.domain.state import Case

# What only asks and locks nothing. For whatever else it wants of a Work, a command needs its own transaction.
_QUESTIONS = frozenset({"covers_of", "earlier_failures", "find_word", "standing"})


class Alone(Exception):
    """This command needs a transaction of its own: it writes or locks more than its case and its events."""


@dataclass(slots=True)
class _Effects:
    """What one command has written so far."""

    changes: list[Change] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


class Gathering:
    """A Work (app/ports) over `cases`, which are locked, and the `employees` known already. Whoever lets a
    command work with it says afterwards whether that counts: keep or drop. Raises Alone for anything that
    cannot wait in memory."""

    def __init__(
        self, work: PostgresWork, cases: Mapping[CaseKey, Case], employees: Mapping[str, Employee]
    ) -> None:
        self._work = work
        self._cases = dict(cases)
        self._employees: dict[str, Employee | None] = dict(employees)
        self._causes: Mapping[str, str] | None = None
        self._changes: dict[CaseKey, Change] = {}
        self._said: list[Said] = []
        self._rows: list[Row] = []
        self._now = _Effects()

    def __getattr__(self, name: str) -> Any:
        if name in _QUESTIONS:
            return getattr(self._work, name)
        raise Alone(name)

    def has(self, key: CaseKey) -> bool:
        """Whether this case is among those it is about."""
        return key in self._cases

    async def find_employee(self, tenant_id: str, employee_id: str) -> Employee | None:
        """See Work; asked once for all of them."""
        if employee_id not in self._employees:
            self._employees[employee_id] = await self._work.find_employee(tenant_id, employee_id)
        return self._employees[employee_id]

    async def causes(self, tenant_id: str) -> Mapping[str, str]:
        """See LearningWork; asked once for all of them."""
        if self._causes is None:
            self._causes = await self._work.causes(tenant_id)
        return self._causes

    async def lock_cases(self, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
        """See Work, but for successors: they are there only when asked for. No command goes on to one."""
        if not self._cases.keys() >= set(keys):
            raise Alone("lock_cases")
        return {key: self._cases[key] for key in keys}

    async def save(self, changes: Sequence[Change]) -> None:
        """See Work."""
        self._now.changes += changes

    async def publish(self, said: Sequence[Said]) -> None:
        """See Work; the trace is the command's own."""
        self._now.rows += journal_rows(said)
        self._now.said += said

    async def wake_relay(self) -> None:
        """See Work; once for all of them, in write."""

    def keep(self) -> None:
        """What was written since the last keep or drop is going to happen; the next command sees it."""
        for change in self._now.changes:
            key = (change.after.tenant_id, change.after.case_id)
            first = self._changes.get(key)
            self._changes[key] = Change(first.before if first else change.before, change.after)
            self._cases[key] = change.after
        self._said += self._now.said
        self._rows += self._now.rows
        self.drop()

    def drop(self) -> None:
        """What was written since the last keep or drop never happens."""
        self._now = _Effects()

    async def write(self) -> None:
        """Everything that was kept, each case once, the events in the order of the commands."""
        if self._said:
            await self._work.save([self._changes[key] for key in sorted(self._changes)])
            await self._work.append(self._said, self._rows, wake=True)
