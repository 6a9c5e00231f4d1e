"""What happened to a case, past tense. The first group is published under the same name in
amends.resolution.v1; fields marked "kept" stay in the state and are not part of the public message. The
second group (`Heard`) are facts that other services published: they change the state, and are not published a
second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import (
    Address,
    Amount,
    Because,
    Closing,
    Outcome,
    Person,
    ReplyKind,
    Verdict,
    Word,
)


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """A complaint became a case. The owner is kept here too, so that not even a folded prefix is without
    one."""

    case_id: str
    tenant_id: str  # kept
    customer_id: str
    first_name: str  # kept
    full_name: str  # kept
    channel: str
    severity: str
    category: str
    language: str  # kept
    playbook_id: str
    playbook_version: int
    opened_at: datetime
    complained_at: datetime  # kept
    word: Word  # kept
    owner: Person  # kept
    address: Address | None = None  # kept
    call_id: str = ""  # kept: the live interaction the complaint was made in
    linked_case_id: str = ""


@dataclass(frozen=True, slots=True)
class OwnerAssigned:
    """This employee answers for the case from now on."""

    owner: Person
    offered_at: datetime
    accepted_at: datetime
    because: Because


@dataclass(frozen=True, slots=True)
class HelperJoined:
    """Help came down to the owner; ownership did not move."""

    helper: Person


@dataclass(frozen=True, slots=True)
class HelperLeft:
    """A helper is done."""

    employee_id: str


@dataclass(frozen=True, slots=True)
class HandOffOffered:
    """The owner asked somebody of equal or lower rank to take over, with reason and summary."""

    hand_off_id: str
    giver: Person
    receiver: Person
    reason: str
    summary: str
    live: bool
    expires_at: datetime
    offered_at: datetime  # kept: t3 of the next owner


@dataclass(frozen=True, slots=True)
class HandOffIntroduced:
    """The customer is with both: the same live session, or the introduction was delivered."""

    hand_off_id: str
    evidence: str
    introduced_at: datetime


@dataclass(frozen=True, slots=True)
class HandOffAccepted:
    """The receiver took over."""

    hand_off_id: str
    giver: Person
    receiver: Person
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class HandOffDeclined:
    """The receiver said no; the owner stays."""

    hand_off_id: str
    employee_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandOffTimedOut:
    """Nobody answered in time; the owner stays."""

    hand_off_id: str


@dataclass(frozen=True, slots=True)
class HandOffRefused:
    """Somebody tried to pass the case up, or to move it without the protocol; counted by who tried."""

    tried_by_employee_id: str
    to_employee_id: str
    rule: str


@dataclass(frozen=True, slots=True)
class RemedyGranted:
    """Something of value was given on the spot (P1.4)."""

    grant_id: str
    remedy_id: str
    granted_by_employee_id: str
    cost: Amount
    value: Amount
    charges: tuple[Amount, ...]  # kept
    idempotency_key: str
    granted_at: datetime
    description: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the reply check; start and end are character offsets into the text."""

    category: str
    severity: str
    start: int
    end: int
    why: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class ReplyChecked:
    """The words were read before they went out."""

    reply_id: str
    employee_id: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    override_reason: str
    pack_version: str


@dataclass(frozen=True, slots=True)
class ReplySent:
    """A person's checked words, released to go out."""

    reply_id: str
    kind: ReplyKind
    author: Person
    to: Address
    subject: str
    text: str
    released_at: datetime
    in_reply_to: str = ""
    promise_id: str = ""
    hand_off_id: str = ""
    said: tuple[str, ...] = ()  # kept


@dataclass(frozen=True, slots=True)
class SolutionProposed:
    """A solution was put to the customer (P5.3); reply_id is empty when it was spoken on a live call."""

    proposal_id: str
    employee_id: str
    description: str
    reply_id: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """The customer's word, with the message that says so. recorded_by is empty when a rule read the
    answer."""

    verdict: Verdict
    message_id: str
    proposal_id: str
    recorded_by: Person | None
    given_at: datetime


@dataclass(frozen=True, slots=True)
class AlternativesAskedFor:
    """The proposal was below expectations, so the customer is asked what would be right (P4.4)."""

    proposal_id: str


@dataclass(frozen=True, slots=True)
class FixApplied:
    """Something was done about it."""

    employee_id: str
    description: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class CauseRecorded:
    """Why it happened."""

    employee_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class PreventionRecorded:
    """What stops it happening again (P5.5)."""

    employee_id: str
    prevention: str


@dataclass(frozen=True, slots=True)
class CaseResolved:
    """The owner says it is fixed; the customer has not said so yet."""

    employee_id: str
    resolved_at: datetime
    first_contact_employee_id: str


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """Closed, with the evidence that this kind of closing demands."""

    closing: Closing
    message_id: str
    evidence: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class CaseReopened:
    """The customer says it is not over."""

    message_id: str
    because: str
    reopened_at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmationHeldBack:
    """A "yes" whose own words say "not solved": put to the owner, never taken as confirmation."""

    message_id: str
    words: str


@dataclass(frozen=True, slots=True)
class StepCompleted:
    """One demand of the playbook, proven by an event; after_ms counts from the step's own starting
    instant."""

    playbook_id: str
    playbook_version: int
    step_id: str
    evidence_event_id: str
    completed_at: datetime
    after_ms: int


@dataclass(frozen=True, slots=True)
class CustomerSpoke:
    """Heard: a further word of the customer, in writing (with an address) or on a call (without)."""

    word: Word
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class EmployeeSpoke:
    """Heard: a stretch of an employee's speech on the call; `said` are the goods the reply check found in
    it."""

    employee_id: str
    segment_id: str
    spoken_at: datetime
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallStarted:
    """Heard: the customer is in a live session."""

    interaction_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class CallJoined:
    """Heard: an employee has come into the customer's live session."""

    interaction_id: str
    session_id: str
    employee_id: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class CallEnded:
    """Heard: the live session is over."""

    interaction_id: str


@dataclass(frozen=True, slots=True)
class SuccessorOpened:
    """Heard from ourselves: a later word of this customer opened a new case, linked to this one."""

    case_id: str


Published: TypeAlias = (
    CaseOpened
    | OwnerAssigned
    | HelperJoined
    | HelperLeft
    | HandOffOffered
    | HandOffIntroduced
    | HandOffAccepted
    | HandOffDeclined
    | HandOffTimedOut
    | HandOffRefused
    | RemedyGranted
    | ReplyChecked
    | ReplySent
    | SolutionProposed
    | VerdictGiven
    | AlternativesAskedFor
    | FixApplied
    | CauseRecorded
    | PreventionRecorded
    | CaseResolved
    | CaseClosed
    | CaseReopened
    | ConfirmationHeldBack
    | StepCompleted
)
Heard: TypeAlias = CustomerSpoke | EmployeeSpoke | CallStarted | CallJoined | CallEnded | SuccessorOpened
Event: TypeAlias = Published | Heard
