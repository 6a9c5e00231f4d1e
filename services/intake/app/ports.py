"""What the application layer needs from the world, in the words of the domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.intake.domain.events import Customer
from services.intake.domain.records import Answer, Origin, Party, Submission


class Store(Protocol):
    """Where submissions become durable."""

    async def write(self, submissions: Sequence[Submission]) -> list[tuple[Answer, ...]]:
        """All submissions in one transaction; for each one answer per item, in order.

        Called by the group committer only. A repeat of an item gets the first answer, marked as duplicate.
        Raises Retryable when the database is away: then nothing of the batch was written. Any other exception
        means that something in the batch cannot be stored, and nothing of it was.
        """
        ...


class Acceptor(Protocol):
    """What a channel hands its submissions to."""

    async def submit(self, submission: Submission) -> tuple[Answer, ...]:
        """Return when the submission is durable, one answer per item in order.

        Raises Retryable when it is not and may be tried again (503, 451), Rejected("unstorable") when it
        never will be; then its raw bytes are kept as a refusal.
        """
        ...


@dataclass(frozen=True, slots=True)
class StoredWord:
    """One message or transcript segment of a case: the serialised `InboundMessage` of the contract."""

    position: int
    message: bytes


@dataclass(frozen=True, slots=True)
class StoredRefusal:
    """One line of what was refused; times aware UTC. `reprocessed_at` once its bytes were taken after all."""

    reject_id: UUID
    channel: str
    provider: str
    account: str
    code: str
    detail: str
    received_at: datetime
    raw_size_bytes: int
    reprocessed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MadeItem:
    """What an input held and what became of it."""

    provider: str
    account: str
    event_id: str
    outcome: str
    conversation_id: UUID | None
    message_id: UUID | None


@dataclass(frozen=True, slots=True)
class KeptInput:
    """One request or mail as it came: its bytes (`body`, perhaps only the beginning of `size_bytes`), how
    they came, what was made of them, what was refused.
    """

    raw_id: UUID
    media_type: str
    size_bytes: int
    body: bytes = field(repr=False)
    received_at: datetime
    origin: Origin | None
    items: tuple[MadeItem, ...]
    refusals: tuple[StoredRefusal, ...]


@dataclass(frozen=True, slots=True)
class CustomerCases:
    """A customer found by a party, and the cases, newest first."""

    customer: Customer
    case_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A conversation that is no case: its serialised first `QueryReceived` of the contract."""

    conversation_id: UUID
    received: bytes


class Queries(Protocol):
    """What was taken for no complaint; every question and command is inside one tenant."""

    async def waiting(self, tenant_id: str, before: UUID | None, limit: int) -> list[StoredQuery]:
        """Queries begun before `before`, newest first. Raises Retryable."""
        ...

    async def convert(self, tenant_id: str, conversation_id: UUID, by: str, reason: str) -> bool | None:
        """Let the query be a case from now on, with all its words; False when it is one already, None when
        there is no such conversation. Doing it twice does it once. Raises Retryable.
        """
        ...


@dataclass(frozen=True, slots=True)
class SplitCustomer:
    """A merge that is taken back: whose the survivor, the parties and the cases are; `done` is false when it
    had been before."""

    survivor: UUID
    parties: tuple[tuple[str, str], ...]
    cases: tuple[UUID, ...]
    done: bool


class Splits(Protocol):
    """Wrong merges taken back, inside one tenant."""

    async def split(
        self, tenant_id: str, customer_id: UUID, named: Sequence[Party], by: str, reason: str
    ) -> SplitCustomer | None:
        """Let the customer who was merged be one again; None when there is none of that id. Doing it twice
        does it once. Raises PreconditionFailed (not_merged, not_the_survivors), Retryable."""
        ...


@dataclass(slots=True)
class CallOnRecord:
    """One call; `session_id` is the provider's, `last_at` the latest time that is known of it."""

    party: Party
    session_id: str
    last_at: datetime | None = None
    employees: set[str] = field(default_factory=set)


class Archive(Protocol):
    """What an employee's desk asks; every question is answered inside one tenant."""

    async def words(self, tenant_id: str, case_id: UUID, after: int, limit: int) -> list[StoredWord] | None:
        """Words of a case after position `after`, oldest first; None when the tenant has no such case.

        Raises Retryable.
        """
        ...

    async def call(self, tenant_id: str, case_id: UUID, interaction_id: str) -> CallOnRecord | None:
        """One call of a case by what was said of it; None when the tenant's case has no such call. Raises
        Retryable."""
        ...

    async def complainant(self, tenant_id: str, case_id: UUID) -> Party | None:
        """The party with whose word a case began; None when the tenant has no such case. Raises Retryable."""
        ...

    async def cases_of(self, tenant_id: str, party: Party) -> CustomerCases | None:
        """The customer behind a normalised party; None when nobody is known by it. Raises Retryable."""
        ...

    async def refusals(self, tenant_id: str, before: UUID | None, limit: int) -> list[StoredRefusal]:
        """What was refused before `before`, newest first. Raises Retryable."""
        ...

    async def kept(self, tenant_id: str, input_id: UUID) -> KeptInput | None:
        """The input with this id, or that of a refusal or message made of it; None when unknown or deleted.

        Raises Retryable.
        """
        ...
