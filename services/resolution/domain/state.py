"""The frozen state of one case: what decisions are made from. Rebuilt by evolve() from the case's events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.resolution.domain.speech import Stretch
from services.resolution.domain.words import (
    Address,
    Amount,
    Closing,
    Fulfilment,
    Person,
    Status,
    Verdict,
    Word,
)


@dataclass(frozen=True, slots=True)
class HandOff:
    """A warm hand-off under way: offered, perhaps introduced to the customer, not yet accepted (domain.md,
    Ownership)."""

    hand_off_id: str
    giver: Person
    receiver: Person
    reason: str
    summary: str
    live: bool
    expires_at: datetime
    offered_at: datetime
    introduced: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Authority that the owner has asked for and nobody has answered yet (domain.md, Authority). `of` is
    whom; None is anybody of higher rank."""

    request_id: str
    by: Person
    of: Person | None
    amounts: tuple[Amount, ...]
    remedy_id: str
    reason: str
    requested_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Lent:
    """Authority lent to this owner for this case. What grants have drawn from it stands in the grants."""

    request_id: str
    lender: Person
    borrower_id: str
    amounts: tuple[Amount, ...]
    remedy_id: str
    lent_at: datetime


@dataclass(frozen=True, slots=True)
class Drawn:
    """The part of a grant that came out of lent authority, and whose day it counts on."""

    request_id: str
    lender_id: str
    lent_on: date
    amount: Amount


@dataclass(frozen=True, slots=True)
class Grant:
    """A remedy given. `charges` are what counts against limits: the cost, and the goods themselves (miles,
    passes); `drawn` is the part of them that was lent."""

    grant_id: str
    remedy_id: str
    employee_id: str
    cost: Amount
    value: Amount
    charges: tuple[Amount, ...]
    granted_at: datetime
    idempotency_key: str
    customer_id: str = ""
    """Whom it was given to; it counts on the 90 days of whoever that customer is by now."""
    quantity: int = 1
    stocked: bool = False
    """Whether it was taken from a stock, to which a revocation gives it back."""
    drawn: tuple[Drawn, ...] = ()
    fulfilment: Fulfilment = Fulfilment.BY_HAND
    fulfil_by: datetime | None = None
    reference: str = ""
    """What the system that fulfilled it calls it."""
    revoked_at: datetime | None = None
    revoked_because: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The solution put to the customer last, and the verdict on it once there is one."""

    proposal_id: str
    description: str
    proposed_at: datetime
    verdict: Verdict | None = None
    verdict_message_id: str = ""
    alternative_to: str = ""
    """The proposal that was below expectations, which this one answers."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of the playbook with the event that proves it."""

    step_id: str
    evidence_event_id: str
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """The live session the customer is in now, and which employees are known to be in it."""

    interaction_id: str
    session_id: str = ""
    employee_ids: tuple[str, ...] = ()
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message of a person of ours since the customer was last heard: whether it arrived, by which
    channel (domain.md, Life of a case: what a closing as unreachable counts)."""

    contact_id: str
    channel: str
    at: datetime
    delivered: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """The final response of a regulated complaint; `ombudsman` is the body that its words name."""

    reply_id: str
    ombudsman: str
    sent_at: datetime
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Absorbed:
    """A case that was merged into this one, and what came with it: all that taking it out again needs."""

    case_id: str
    complained_at: datetime
    own_complained_at: datetime
    """t0 of this case itself, before anything was merged into it."""
    grant_ids: tuple[str, ...] = ()
    step_ids: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defection:
    """The customer left, and what shows it (P1.7)."""

    reason: str
    evidence: str
    defected_at: datetime


@dataclass(frozen=True, slots=True)
class WinBack:
    """Who is asked to win the customer back, and by when (P4). `acted`: one of us has spoken to the customer
    since; `overdue`: nobody had when the time was up."""

    employee: Person
    started_at: datetime
    due_at: datetime
    acted: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class Case:
    """One complaint under way. It has exactly one owner in every state it can be in.

    Without slots, so that `evolve` copies sixty fields as one mapping.
    """

    case_id: str
    tenant_id: str
    version: int
    status: Status
    owner: Person
    first_contact: Person
    owner_since: datetime
    customer_id: str
    first_name: str
    full_name: str
    channel: str
    severity: str
    category: str
    language: str
    playbook_id: str
    playbook_version: int
    opened_at: datetime
    last_word: Word
    complained_at: datetime
    """t0: the provider's origin time of the complaint, else the time we received it."""
    linked_case_id: str = ""
    successor_id: str = ""
    """The newer case this customer's later words belong to, once the reopen window has passed."""
    addresses: tuple[Address, ...] = ()
    """One per channel, the one written from last in front."""
    call: Call | None = None
    helpers: tuple[Person, ...] = ()
    hand_off: HandOff | None = None
    replies: int = 0
    """How often a person of ours has spoken to the customer, in writing or on a call."""
    said: tuple[str, ...] = ()
    """Goods of the reply check already given on this case: apology, thanks, first_name, ..."""
    grants: tuple[Grant, ...] = ()
    proposal: Proposal | None = None
    fixes: int = 0
    """Fixes applied since the last time the case was opened or reopened."""
    cause: str = ""
    prevention: str = ""
    steps: tuple[StepDone, ...] = ()
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    closing: Closing | None = None
    closing_message_id: str = ""
    held_back: tuple[str, ...] = ()
    """Messages whose "yes" contradicts itself: never evidence for a closing."""
    reopened: int = 0
    asked: Asked | None = None
    lent: tuple[Lent, ...] = ()
    """Ends with a change of owner, and when the case is closed."""
    held_back_at: datetime | None = None
    """Since when only a new word of the customer can confirm."""
    attempts: tuple[Attempt, ...] = ()
    letter: Letter | None = None
    absorbed: tuple[Absorbed, ...] = ()
    """Cases merged into this one, oldest first."""
    related: tuple[str, ...] = ()
    """Cases that have to do with this one, each of them a case of its own."""
    heard: tuple[Stretch, ...] = ()
    """The last words of each of us on the call (domain/speech.py)."""
    hinted: tuple[str, ...] = ()
    """Goods whose absence the employee on the call has been told of, each once."""
    cause_code: str = ""
    debriefs: int = 0
    prevention_due_at: datetime | None = None
    """By when cause, prevention and debrief are asked for; None when nobody is asked or the time has
    passed."""
    repeats_of: tuple[str, ...] = ()
    """Earlier cases of this customer with the same failure (domain.md: within 90 days)."""
    waiting: bool = False
    """Whether the customer has said something since one of us last did."""
    repeat_contacts: int = 0
    defection: Defection | None = None
    win_back: WinBack | None = None
    won_back: int = 0

    invited: tuple[Person, ...] = ()
    """Whom the owner asked to help and who has not joined yet."""

    def step_done(self, step_id: str) -> bool:
        return any(done.step_id == step_id for done in self.steps)
