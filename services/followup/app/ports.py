"""What the application needs from outside, in the words of the domain."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.followup.domain.advance import Step
from services.followup.domain.contact import Contact, Outcome, Repeat
from services.followup.domain.record import Complaint, FollowUp, Owner

CaseKey = tuple[str, str]  # tenant id, case id


@dataclass(frozen=True, slots=True)
class Cause:
    """The event something follows from; empty for the passing of time."""

    event_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it lies in the store, and what its timer is set for."""

    record: FollowUp
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Advanced:
    """A step to be written: the record, its events, its promises, its timer and what it sends."""

    step: Step
    cause: Cause
    contacts: tuple[Contact, ...]
    timer_moved: bool


class Desk(Protocol):
    """The cases of one running transaction; everything happens or nothing does."""

    async def take(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, Kept]:
        """Lock and read the records, beginning those that are new. Every key is in the answer.

        Raises Retryable when the database is away. May wait for another transaction that holds a case.
        """
        ...

    async def find(self, key: CaseKey) -> Kept | None:
        """Lock and read one record; None when this tenant has no such case. Raises Retryable."""
        ...

    async def put(self, steps: Sequence[Advanced]) -> None:
        """Write the records back with their promises, timers, outgoing messages and events, in this order.

        Raises Retryable.
        """
        ...


class Letters(Protocol):
    """Writes what no person writes, in the customer's language."""

    def acknowledge(self, tenant_id: str, complaint: Complaint, owner: Owner) -> tuple[str, str]:
        """Subject (empty where the channel has none) and text of an acknowledgement. Never raises."""
        ...

    def introduce(self, tenant_id: str, complaint: Complaint, owner: Owner) -> tuple[str, str]:
        """The same of the news that somebody else owns the complaint now. Never raises."""
        ...

    def subject(self, tenant_id: str, language: str) -> str:
        """Of a person's mail that has none; `language` is empty where it is not known. Never raises."""
        ...


class Sender(Protocol):
    """One provider's way of sending."""

    repeat: Repeat
    """What a message comes to that is handed over again."""

    async def send(self, contact: Contact) -> Outcome:
        """Hand the message over, once; at most the sender's own timeout. Never raises for what a provider
        does: every failure is an outcome.

        Of a message that is too long for the channel only the part behind `parts_out`; PartOut says that more
        are to come, and it is recorded before the next is sent.
        """
        ...

    async def find(self, contact: Contact) -> str | None:
        """The provider's id of this message when an earlier attempt did reach it; None when it did not, or
        when
        the provider cannot be asked. Raises OSError or TimeoutError when the provider cannot be reached."""
        ...
