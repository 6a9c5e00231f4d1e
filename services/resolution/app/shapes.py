"""What goes through the ports: records of the application that are no part of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from services.resolution.domain.accounts import Account
from services.resolution.domain.events import Event, staff
from services.resolution.domain.state import Case
from services.resolution.domain.words import Amount, Status

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
