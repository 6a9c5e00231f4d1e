"""What intake says has happened; adapters/wire.py gives each its shape in the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.identity import PartyKey
from services.intake.domain.records import CustomerWord, Party, Receipt, Refusal, SessionEvent, Speech


@dataclass(frozen=True, slots=True)
class Customer:
    """The one person behind any number of parties; names are empty when nobody told us."""

    customer_id: UUID
    first_name: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class Stamps:
    """t1 and t2 of the submission; t0 is the item's own."""

    received_at: datetime
    normalised_at: datetime


@dataclass(frozen=True, slots=True)
class Where:
    """The conversation (case or query) and the interaction a fact belongs to."""

    conversation_id: UUID
    interaction_id: UUID


@dataclass(frozen=True, slots=True)
class ComplaintReceived:
    where: Where
    customer: Customer
    message_id: UUID
    word: CustomerWord
    stamps: Stamps
    because: str


@dataclass(frozen=True, slots=True)
class CustomerMessageReceived:
    where: Where
    customer: Customer
    message_id: UUID
    word: CustomerWord
    stamps: Stamps
    threaded_by: str
    threaded_because: str = ""  # where it was decided and not pointed out


@dataclass(frozen=True, slots=True)
class QueryReceived:
    where: Where
    customer: Customer
    message_id: UUID
    word: CustomerWord
    stamps: Stamps
    because: str


@dataclass(frozen=True, slots=True)
class CustomerIdentified:
    where: Where
    customer: Customer
    party: Party
    because: str
    first_seen: bool
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """`merged` are `survivor` from now on; `shown` are the parties (tenant, kind, value) that say so."""

    survivor: UUID
    merged: tuple[UUID, ...]
    shown: tuple[PartyKey, ...]
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class CustomersSplit:
    """`restored` is another person than `survivor` after all, with `parties` (tenant, kind, value) and
    `cases`; `merged` had been merged into `restored` before, and stay that."""

    survivor: UUID
    restored: UUID
    merged: tuple[UUID, ...]
    parties: tuple[PartyKey, ...]
    cases: tuple[UUID, ...]
    reason: str
    by: str
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class InteractionStarted:
    where: Where
    word: CustomerWord
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class InteractionChanged:
    """An employee joined, the session ended or was recorded: `event.step` says which."""

    where: Where
    event: SessionEvent
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class TranscriptSegmentReceived:
    where: Where
    segment_message_id: UUID
    speech: Speech
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class DeliveryReceiptReceived:
    receipt: Receipt
    stamps: Stamps


@dataclass(frozen=True, slots=True)
class IntakeRejected:
    reject_id: UUID
    refusal: Refusal
    raw_sha256: bytes
    stamps: Stamps


Fact = (
    ComplaintReceived
    | CustomerMessageReceived
    | QueryReceived
    | CustomerIdentified
    | CustomersMerged
    | CustomersSplit
    | InteractionStarted
    | InteractionChanged
    | TranscriptSegmentReceived
    | DeliveryReceiptReceived
    | IntakeRejected
)
