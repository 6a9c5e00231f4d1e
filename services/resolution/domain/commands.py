"""What can be asked of a case, imperative. Ids that an event may need come with the command; the instant
comes beside it. `actor` is the employee who asks, as registered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.resolution.domain.catalogue import Remedy
from services.resolution.domain.limits import Limits
from services.resolution.domain.words import Address, Because, Closing, Person, ReplyKind, Verdict, Word


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Make a case of a complaint, with its owner. complained_at is t0, else the instant we received it."""

    case_id: str
    tenant_id: str
    customer_id: str
    first_name: str
    full_name: str
    channel: str
    severity: str
    category: str
    language: str
    complained_at: datetime
    word: Word
    address: Address | None
    call_id: str
    owner: Person
    because: Because
    playbook_id: str
    playbook_version: int
    linked_case_id: str = ""


@dataclass(frozen=True, slots=True)
class SendReply:
    """Say something to the customer in writing. channel "" is where the customer wrote last."""

    actor: Person
    reply_id: str
    kind: ReplyKind
    text: str
    subject: str = ""
    channel: str = ""
    promise_id: str = ""
    hand_off_id: str = ""
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class ProposeSolution:
    """Put a solution to the customer; text "" is only possible on a live call, where it was spoken."""

    actor: Person
    proposal_id: str
    reply_id: str
    description: str
    text: str
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """Write down the customer's word; `evidence` is the customer's message it names, None when there is
    none."""

    actor: Person
    verdict: Verdict
    message_id: str
    evidence: Word | None


@dataclass(frozen=True, slots=True)
class ApplyFix:
    """Say what was done."""

    actor: Person
    description: str


@dataclass(frozen=True, slots=True)
class RecordCause:
    """Say why it happened."""

    actor: Person
    cause: str


@dataclass(frozen=True, slots=True)
class RecordPrevention:
    """Say what stops it happening again."""

    actor: Person
    prevention: str


@dataclass(frozen=True, slots=True)
class ResolveCase:
    """Say that it is fixed."""

    actor: Person


@dataclass(frozen=True, slots=True)
class CloseCase:
    """Close on the customer's word."""

    actor: Person
    closing: Closing
    message_id: str
    note: str
    evidence: Word | None


@dataclass(frozen=True, slots=True)
class OfferHandOff:
    """Ask `receiver` to take the case over, with the customer present."""

    actor: Person
    hand_off_id: str
    receiver: Person
    receiver_present: bool
    reason: str
    summary: str
    live: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AcceptHandOff:
    """Take it over."""

    actor: Person
    hand_off_id: str
    summary_read: bool


@dataclass(frozen=True, slots=True)
class DeclineHandOff:
    """Say no."""

    actor: Person
    hand_off_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawHandOff:
    """Take an offer back."""

    actor: Person
    hand_off_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class InviteHelper:
    """Ask somebody to help with a question."""

    actor: Person
    helper: Person
    question: str


@dataclass(frozen=True, slots=True)
class GrantRemedy:
    """Give something of value, within the actor's limits; the employee-day is checked where it is counted."""

    actor: Person
    grant_id: str
    remedy: Remedy
    quantity: int
    idempotency_key: str
    limits: Limits
