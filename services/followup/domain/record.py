"""Everything follow-up knows about one case, as facts; what it means is derived elsewhere.

Facts merge commutatively and idempotently: whatever order they come in and however often, the record is the
same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from services.followup.domain.calendars import Calendar
from services.followup.domain.policy import MetBy, Policy, Target
from services.followup.domain.words import Channel, ReplyKind, Severity, Solved, Verdict

# Speech is kept to the first segments: only an employee's first words after a customer's can meet a clock.
KEPT_SEGMENTS = 64


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy a case began under, pinned: a later policy never rewrites a running case (rule 5). Times in
    seconds.
    """

    policy_id: str
    targets: tuple[Target, ...]
    progress_s: Mapping[str, float]  # by severity
    circle_back_s: tuple[float, ...]  # after resolved
    circle_back_grace_s: float  # from due to broken
    circle_back_after_closing: bool  # whether what is promised stays promised once the customer confirmed
    calendars: tuple[Calendar, ...] = ()  # that the targets count by

    @property
    def policy(self) -> Policy:
        """The clocks of these terms."""
        return Policy(self.policy_id, self.targets, self.calendars)

    def progress(self, severity: Severity) -> timedelta:
        """The interval between two progress messages of a case of this severity."""
        return timedelta(seconds=self.progress_s[severity])


@dataclass(frozen=True, slots=True)
class Complaint:
    """How the customer reached us and where an answer goes."""

    message_id: str
    interaction_id: str
    channel: Channel
    account: str
    thread_key: str
    party_kind: str
    party_value: str
    party_name: str
    first_name: str
    subject: str
    provider_message_id: str
    live: bool
    suppressed: bool  # must not be answered automatically (RFC 3834)
    customer_id: str = ""
    language: str = ""  # BCP 47, of the customer's words; empty where they left doubt


@dataclass(frozen=True, slots=True)
class Opened:
    """Resolution opened the case."""

    at: datetime
    severity: Severity


@dataclass(frozen=True, slots=True)
class Assessed:
    """The owner found the case to be of another severity than it was taken for."""

    at: datetime
    severity: Severity

    @property
    def key(self) -> str:
        return f"{self.at.isoformat()}|{self.severity}"


@dataclass(frozen=True, slots=True)
class Owner:
    """One acceptance of ownership; the latest is the owner, the first is whom the acknowledgement names."""

    at: datetime
    employee_id: str
    name: str
    contact: str
    forced: bool = False  # the owner before left the company, so nobody has introduced this one

    @property
    def key(self) -> str:
        return f"{self.at.isoformat()}|{self.employee_id}"


@dataclass(frozen=True, slots=True)
class FirstContact:
    """Who circles back from now on: whom the customer first dealt with has left the company."""

    at: datetime
    employee_id: str

    @property
    def key(self) -> str:
        return f"{self.at.isoformat()}|{self.employee_id}"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the customer: `said_at` is t0 where the provider gave a sane one, else t1."""

    message_id: str
    said_at: datetime
    received_at: datetime
    words: str = ""
    solved: Solved = Solved.UNSPECIFIED
    verdict: Verdict = Verdict.UNSPECIFIED
    recommend: int = -1
    suppressed: bool = False
    live: bool = False
    spoken: bool = False  # on a call, transcribed or written down by an employee: no clock's beginning
    noted_by: str = ""  # the employee who was on the call and wrote it down
    reach: Channel = Channel.UNSPECIFIED  # on which we can write to whoever said it
    satisfaction: int = 0  # 1 to 5, 0 when not said
    effort: int = 0  # 1 to 7, 0 when not said

    @property
    def key(self) -> str:
        return self.message_id

    @property
    def at(self) -> datetime:
        """When we had it; said_at may lie long before, for a mail that was under way."""
        return self.received_at


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's message that was delivered, or an employee's words on a live call (`spoken`)."""

    contact_id: str
    at: datetime  # t6
    spoken: bool = False
    circle_back: bool = False
    promise_id: str = ""
    kind: ReplyKind = ReplyKind.UNSPECIFIED

    @property
    def key(self) -> str:
        return self.contact_id


@dataclass(frozen=True, slots=True)
class Failure:
    """A person's message that did not arrive."""

    contact_id: str
    at: datetime

    @property
    def key(self) -> str:
        return self.contact_id


@dataclass(frozen=True, slots=True)
class Move:
    """A step in the life of the case after it was opened: "resolved", "closed" or "reopened"."""

    at: datetime
    kind: str
    employee_id: str = ""  # of resolved: who circles back, the person the customer first dealt with (P2.7)
    confirmed: bool = True  # of closed: by the customer's own word that it is solved
    merged_into: str = ""  # of closed: the case that goes on with it, until this one is "reopened"
    dropped: bool = False  # of closed: withdrawn by the customer, or no complaint at all

    @property
    def key(self) -> str:
        return f"{self.at.isoformat()}|{self.kind}"


@dataclass(frozen=True, slots=True)
class Judged:
    """The customer's verdict on a proposal, on record with their own words."""

    at: datetime
    verdict: Verdict
    message_id: str

    @property
    def key(self) -> str:
        return f"{self.message_id}|{self.verdict}"


@dataclass(frozen=True, slots=True)
class Policed:
    """A further policy rules the case from now on; those before it go on ruling (rule 5)."""

    at: datetime
    policy: Policy
    because: str = ""

    @property
    def key(self) -> str:
        return self.policy.policy_id


@dataclass(frozen=True, slots=True)
class Sooner:
    """The owner promised the next word earlier than the policy asks."""

    at: datetime
    due_at: datetime

    @property
    def key(self) -> str:
        return self.at.isoformat()


@dataclass(frozen=True, slots=True)
class Carried:
    """A clock that goes on at the survivor: as it was in the merged case, and when a message under way there
    met it."""

    clock: str
    message_id: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    contact_id: str
    met_by: MetBy = MetBy.ANSWER
    policy_id: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What a case that was merged into this one brought along (rule 9). It follows from that case's facts and
    is told again whenever they change: the last telling counts."""

    case_id: str
    at: datetime
    until: datetime | None  # when the merge was undone
    severity: Severity
    clocks: tuple[Carried, ...]
    due_at: datetime | None  # by when the customer had been promised the next word there
    said: tuple[Said, ...] = ()  # what the customer said to that case while it was a part of this one

    @property
    def key(self) -> str:
        return f"{self.at.isoformat()}|{self.case_id}"


Fact = (
    Complaint
    | Opened
    | Assessed
    | Owner
    | FirstContact
    | Said
    | Answer
    | Failure
    | Move
    | Judged
    | Policed
    | Sooner
    | Absorbed
)


class _Dated(Protocol):
    @property
    def key(self) -> str:
        """What makes two reports the same fact."""
        ...

    @property
    def at(self) -> datetime:
        """What facts of one kind are sorted by."""
        ...


K = TypeVar("K", bound=_Dated)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The facts of one case; all tuples sorted by time, one entry per key."""

    tenant_id: str
    case_id: str
    terms: Terms
    complaint: Complaint | None = None
    opened: Opened | None = None
    owners: tuple[Owner, ...] = ()
    said: tuple[Said, ...] = ()
    answers: tuple[Answer, ...] = ()
    failures: tuple[Failure, ...] = ()
    moves: tuple[Move, ...] = ()
    sooner: tuple[Sooner, ...] = ()
    # What deadlines decided; final. Keyed by clock instance or promise, with the time of detection.
    breaches: Mapping[str, datetime] = field(default_factory=dict)
    broken: Mapping[str, datetime] = field(default_factory=dict)
    # Circle-backs whose day has come, with the time it was announced.
    announced: Mapping[str, datetime] = field(default_factory=dict)
    first_contacts: tuple[FirstContact, ...] = ()
    absorbed: tuple[Absorbed, ...] = ()
    judged: tuple[Judged, ...] = ()
    policies: tuple[Policed, ...] = ()
    # Warnings given, each once: keyed by clock instance and moment, with the time they were given.
    warned: Mapping[str, datetime] = field(default_factory=dict)
    assessed: tuple[Assessed, ...] = ()

    @property
    def owner_id(self) -> str:
        """The employee who owns the case now, as far as we have heard; empty before the first."""
        return self.owners[-1].employee_id if self.owners else ""


def learn(record: FollowUp, facts: Iterable[Fact]) -> FollowUp:
    """The record with `facts` in it."""
    for fact in facts:
        record = _learn(record, fact)
    return record


# Where facts that there may be several of are kept.
_LISTS = {
    Assessed: "assessed",
    Owner: "owners",
    FirstContact: "first_contacts",
    Said: "said",
    Answer: "answers",
    Failure: "failures",
    Move: "moves",
    Judged: "judged",
    Policed: "policies",
    Sooner: "sooner",
}


def _learn(record: FollowUp, fact: Fact) -> FollowUp:
    if isinstance(fact, Complaint):
        # Two complaint events of one case cannot be; should it happen, the choice does not depend on order.
        known = record.complaint or fact
        return replace(record, complaint=min(known, fact, key=lambda one: one.message_id))
    if isinstance(fact, Opened):
        return replace(record, opened=_earlier(record.opened, fact))
    if isinstance(fact, Absorbed):
        others = (one for one in record.absorbed if one.key != fact.key)
        return replace(record, absorbed=tuple(sorted((*others, fact), key=lambda one: (one.at, one.key))))
    name = _LISTS[type(fact)]
    facts: tuple[Any, ...] = _with(getattr(record, name), fact)
    changes: dict[str, Any] = {name: _answers(facts) if name == "answers" else facts}
    return replace(record, **changes)


def _earlier(known: Opened | None, fact: Opened) -> Opened:
    return fact if known is None else min(known, fact, key=lambda one: (one.at, one.severity))


def _with(facts: tuple[K, ...], fact: K) -> tuple[K, ...]:
    """`facts` and `fact`, sorted by time; of two with one key the earlier stays, so that order does not
    matter.
    """
    by_key = {one.key: one for one in facts}
    known = by_key.get(fact.key)
    by_key[fact.key] = fact if known is None else min(known, fact, key=lambda one: one.at)
    return tuple(sorted(by_key.values(), key=lambda one: (one.at, one.key)))


def _answers(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    spoken = [one for one in answers if one.spoken]
    dropped = {one.key for one in spoken[KEPT_SEGMENTS:]}
    return tuple(one for one in answers if one.key not in dropped)
