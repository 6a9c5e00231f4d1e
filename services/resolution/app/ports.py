"""What the application needs from outside, in the words of the domain. Everything is asynchronous, may raise
Retryable when a dependency is away, and happens in the one transaction that the Work stands for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from services.resolution.app.identity_ports import IdentityWork
from services.resolution.app.learning_ports import LearningWork
from services.resolution.app.playbook_ports import PlaybookWork
from services.resolution.app.staff_port import StaffPort
from services.resolution.domain.accounts import Account
from services.resolution.domain.assignment import Desk, Employee
from services.resolution.domain.events import Event, staff
from services.resolution.domain.state import Case
from services.resolution.domain.words import Amount, Status, Word

CaseKey: TypeAlias = tuple[str, str]
"""(tenant id, case id)."""


@dataclass(frozen=True, slots=True)
class By:
    """Whose command something follows from, for whom they acted ("" = themselves), and why they did."""

    actor_id: str
    on_behalf_of: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """The event or call something follows from: id and trace, so that a flow can be followed to its
    beginning."""

    event_id: str | None
    correlation_id: str
    traceparent: str | None = None
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An event of a case with its own id, about to be written and, unless it was only heard, published. An
    event of the tenant's people has their id where others have the case's."""

    event_id: UUID
    tenant_id: str
    case_id: str
    event: Event | staff.Published
    at: datetime
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A case before (None: it is new) and after."""

    before: Case | None
    after: Case


@dataclass(frozen=True, slots=True)
class Taking:
    """`value` more on an account, only if it then holds no more than `limit`."""

    account: Account
    value: int
    limit: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What limits an owner's next grant beside the case itself: their team, what they have given today and
    the customer has had in 90 days by unit, what has been taken of each stock by remedy."""

    team: str
    day: Mapping[str, int]
    customer: Mapping[str, int]
    stocks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GrantsOf:
    """Whose grants: a case's, a customer's, or an employee's on a day (UTC); the others are empty."""

    case_id: str = ""
    customer_id: str = ""
    employee_id: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums by unit of what was not revoked; `counts` by state: by_hand, ordered, fulfilled, failed,
    revoked."""

    cost: tuple[Amount, ...]
    value: tuple[Amount, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One published event of a case; `json` is the event in protobuf JSON, `position` its place in the
    journal."""

    position: int
    event_id: str
    type: str
    recorded_at: datetime
    json: str
    by: By


@dataclass(frozen=True, slots=True)
class CaseList:
    """What to list: the owner's (or "" for all) in a status (or None for any), `limit` after the case
    `before`."""

    owner_id: str = ""
    status: Status | None = None
    limit: int = 50
    before: str = ""


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
