"""What can be asked of a case, imperative. Ids that an event may need come with the command; the instant
comes beside it. `actor` is the employee who asks, as registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.resolution.domain.catalogue import Remedy
from services.resolution.domain.limits import Limits
from services.resolution.domain.state import Case
from services.resolution.domain.words import (
    Address,
    Amount,
    Because,
    Closing,
    Person,
    ReplyKind,
    Verdict,
    Word,
)


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
    first_contact: Person | None = None


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
    covers: frozenset[str] = frozenset()
    """Whose promises the actor keeps at present, because they are away."""
    ombudsman: str = ""
    delay_reason: str = ""
    answer_by: str = ""


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
    """Say why it happened; cause_code is of the tenant's list, "" for none of them."""

    actor: Person
    cause: str
    cause_code: str = ""


@dataclass(frozen=True, slots=True)
class AssessSeverity:
    """Say how severe the case is, and on which ground."""

    actor: Person
    severity: str
    reason: str


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
    """Close with the evidence that this kind of closing demands; `note` is the reason, where it asks for
    one."""

    actor: Person
    closing: Closing
    message_id: str
    note: str
    evidence: Word | None


@dataclass(frozen=True, slots=True)
class LinkCases:
    """Say that `other` has to do with this case."""

    actor: Person
    other: Case
    reason: str


@dataclass(frozen=True, slots=True)
class MergeCases:
    """Take `other`, the same complaint of the same customer, into this case."""

    actor: Person
    other: Case
    reason: str


@dataclass(frozen=True, slots=True)
class SplitCase:
    """Give back `other`, which was merged by mistake, or take `words` out as the new case `new_case_id`."""

    actor: Person
    other: Case | None
    new_case_id: str
    words: tuple[Word, ...]
    reason: str


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
    """Give something of value, within the actor's limits. What spans cases (the employee's day, the
    customer's 90 days, the stock) is checked where it is counted; `spent_day` is only known, and needed,
    where authority has been lent. fulfil_by is None where no other system fulfils it."""

    actor: Person
    grant_id: str
    remedy: Remedy
    quantity: int
    idempotency_key: str
    limits: Limits
    team: str = ""
    spent_day: Mapping[str, int] = field(default_factory=dict)
    fulfil_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class RevokeRemedy:
    """Take a grant back that the customer does not have yet."""

    actor: Person
    grant_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmFulfilment:
    """The system that fulfils a grant says how it went."""

    grant_id: str
    fulfilled: bool
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestAuthority:
    """Ask for more than one's own limits: for a remedy, or for amounts. `of` is None for anybody of higher
    rank."""

    actor: Person
    request_id: str
    of: Person | None
    amounts: tuple[Amount, ...]
    remedy_id: str
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LendAuthority:
    """Lend it, within the lender's own limits; no amounts are all that was asked for."""

    actor: Person
    request_id: str
    amounts: tuple[Amount, ...]
    limits: Limits
    min_rank: int = 0
    """From which rank up the remedy is given that was asked for."""


@dataclass(frozen=True, slots=True)
class DenyAuthority:
    """Refuse it, and say why."""

    actor: Person
    request_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class HoldDebrief:
    """Say that the talk with the staff involved was held, and what came of it."""

    actor: Person
    participants: tuple[Person, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class RecordDefection:
    """Say that the customer left. `counted_on` is another case on which that is on record, "" for none."""

    actor: Person
    reason: str
    evidence: str
    counted_on: str = ""


@dataclass(frozen=True, slots=True)
class StartWinBack:
    """Ask `employee` to win the customer back by due_at."""

    actor: Person
    employee: Person
    due_at: datetime


@dataclass(frozen=True, slots=True)
class GiveUpWinBack:
    """End the attempt to win the customer back, without success."""

    actor: Person
    reason: str


@dataclass(frozen=True, slots=True)
class RecordWinBack:
    """Say that the customer is with us again."""

    actor: Person
    evidence: str
