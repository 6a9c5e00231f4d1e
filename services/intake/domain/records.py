"""What every channel turns its input into: one shape whatever the provider (conventions 1.10).

A provider's request becomes one `Submission`: the raw bytes, and the items found in them. Times are aware
UTC; `occurred_at` is the provider's own origin time (t0), None when it gave none: it is never invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

from services.intake.domain.assessment import Assessment, Severity

# How far a provider's clock may be ahead of ours: an origin time beyond it is none.
FUTURE_LIMIT = timedelta(minutes=2)


class Channel(StrEnum):
    """The ways in that intake serves; values are the words of the event contract."""

    PHONE = "phone"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    X = "x"
    TELEGRAM = "telegram"
    WEBCHAT = "webchat"
    WEBFORM = "webform"
    API = "api"
    LINE = "line"
    VIBER = "viber"


@dataclass(frozen=True, slots=True)
class Party:
    """Where a customer can be reached; `value` is normalised (lower-case address, E.164, provider id)."""

    kind: str  # email, phone, handle, crm, or the channel whose id it is: whatsapp, messenger, ...
    value: str
    display_name: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two parties the same person: a WhatsApp id is the phone number it was made from."""
        return ("phone" if self.kind == "whatsapp" else self.kind, self.value)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came along; never opened. `data` is None when the provider keeps it."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str  # hex, empty when we do not hold the bytes
    data: bytes | None = field(default=None, repr=False)
    sniffed_type: str = ""  # what its first bytes show; `media_type` is what its sender declared
    inline: bool = False  # shown within the text


@dataclass(frozen=True, slots=True)
class ThreadKey:
    """One handle by which later input finds the same conversation.

    `scope` names the kind of handle ("session", "mail", "open:<account>"). `per_customer`: the handle counts
    for the same customer only, so that a stranger who knows a Message-ID cannot write into somebody's case.
    `window_s` forgets the handle after that many seconds without a word; 0 means never.
    `claims_only`: the handle says nothing about where this word belongs, but leads later words here.
    """

    scope: str
    key: str
    threaded_by: str  # the word of the event contract: provider_thread, references, open_case
    per_customer: bool = False
    window_s: int = 0
    claims_only: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """A claim to belong to one case: a signed token, our own Message-ID, the caller's word, a subject tag."""

    threaded_by: str  # token, references, subject_tag, case
    case_id: UUID | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Which provider's event an item is; the four first fields are the inbox key (conventions 1.1)."""

    tenant_id: str
    provider: str
    account: str
    event_id: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class CustomerAnswer:
    """What a customer ticked on the page that asks whether it is solved, or said on a call to the employee
    who wrote it down; the defaults are "nothing"."""

    solved: bool
    verdict: str = ""  # below, meets, exceeds
    recommend: int = -1  # 0 to 10
    satisfaction: int = 0  # 1 to 5
    effort: int = 0  # 1 to 7, the more the easier
    comment: str = ""
    noted_by: str = ""  # the employee who wrote it down


@dataclass(frozen=True, slots=True)
class CustomerWord:
    """A customer said something, or called: may begin a case or continue one."""

    source: Source
    parties: tuple[Party, ...]  # the first is the one to answer to
    provider_message_id: str = ""
    full_name: str = ""
    first_name: str = ""
    subject: str = ""
    text: str = ""
    text_stripped: str = ""
    language: str = ""
    attachments: tuple[Attachment, ...] = ()
    occurred_at: datetime | None = None
    parent_id: str = ""
    suppressed_reason: str = ""
    keys: tuple[ThreadKey, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    must_thread: bool = False  # refuse with `unknown_case` rather than begin a case
    point_of_contact_id: str = ""
    required_skill: str = ""
    severity: Severity = Severity.UNKNOWN
    category: str = ""
    assessment: Assessment | None = None  # of what was written; None where nothing was, as on the telephone
    live: bool = False
    session_id: str = ""
    imported_from: str = ""  # the earlier system it was taken over from
    due_at: datetime | None = None  # by when that system had promised it solved
    protection: str = ""  # pgp_encrypted, smime_encrypted, pgp_signed, smime_signed
    fingerprint: bytes = b""  # of the caller's body, where the same event id must mean the same body
    answer: CustomerAnswer | None = None  # ticked on the page behind a circle-back's link


class SessionStep(StrEnum):
    """What can happen in a live session besides speech."""

    JOINED = "joined"
    ENDED = "ended"
    LINKED = "linked"  # a further id of the same session became known
    RECORDED = "recorded"  # the provider keeps a recording


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that stays with the provider; `seconds` is 0 where it does not say how long it is."""

    recording_id: str
    kept: Attachment  # its name is the address at the provider
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """Something happened in a live session that began earlier."""

    source: Source
    step: SessionStep
    session_ids: tuple[str, ...]  # provider ids, any of which may be known already
    employee_id: str = ""
    outcome: str = ""
    occurred_at: datetime | None = None
    recording: Recording | None = None
    unless_known: str = ""  # an id by which the session goes on: an end counts only while nobody has named it
    may_wait: bool = False  # the provider keeps no order: put aside until its session is announced


@dataclass(frozen=True, slots=True)
class Speech:
    """One stretch of live speech as the provider wrote it down."""

    source: Source
    session_ids: tuple[str, ...]
    by_employee: bool
    employee_id: str
    segment_id: str
    text: str
    language: str = ""
    occurred_at: datetime | None = None
    may_wait: bool = False  # as of a SessionEvent
    assessment: Assessment | None = None  # of what the customer said; None of an employee


class ReceiptOutcome(IntEnum):
    """What became of a message of ours; the numbers are those of the event contract."""

    SENT = 1
    DELIVERED = 2
    READ = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word on a message that follow-up sent."""

    source: Source
    provider_message_id: str
    outcome: ReceiptOutcome
    reason: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Valid, and of no meaning to us (providers add event types without notice): kept raw, answered 200."""

    source: Source
    what: str


Item = CustomerWord | SessionEvent | Speech | Receipt | Unrecognised


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that could not be accepted; `detail` holds no personal data."""

    tenant_id: str
    channel: Channel
    provider: str
    code: str
    detail: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """How input came, kept with its bytes so that they can be read again: by a hook, or by mail."""

    hook: str = ""  # its path in the registry
    url: str = ""  # as the provider called it: some sign it
    headers: Mapping[str, str] = field(default_factory=dict)  # type and signature; never a password or token
    verified: bool = False  # the signature held when it came
    protocol: str = ""  # smtp, lmtp
    sender: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """Kept bytes that are read again: their id, and the refusals that end when they are taken now."""

    raw_id: UUID
    settles: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """One request or mail: its raw bytes and what was found in them; durable as a whole or not at all."""

    raw: bytes = field(repr=False)
    media_type: str
    received_at: datetime  # t1: our socket
    normalised_at: datetime  # t2
    items: tuple[Item, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    raw_size: int = 0  # of the whole, when only its beginning was kept
    traceparent: str | None = None
    origin: Origin | None = None  # None: its sender was told, and nobody reads it again
    again: Again | None = None


class Outcome(StrEnum):
    """What became of an item."""

    CASE_BEGUN = "case_begun"
    THREADED = "threaded"
    QUERY = "query"
    RECORDED = "recorded"  # receipts, session events
    UNRECOGNISED = "unrecognised"  # kept, of no meaning to us yet
    WAITING = "waiting"  # kept until the session it belongs to is announced
    UNKNOWN_SESSION = "unknown_session"
    UNKNOWN_CASE = "unknown_case"
    REUSED_KEY = "reused_key"  # the same event id with another body


# What is not answered for good: once its call or case is known, a repeat is taken.
NOWHERE = frozenset({Outcome.UNKNOWN_SESSION, Outcome.UNKNOWN_CASE})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the channel tells its provider; a repeat gets the answer of the first time."""

    outcome: Outcome
    received_at: datetime
    conversation_id: UUID | None = None  # the case id, or the query's
    interaction_id: UUID | None = None
    message_id: UUID | None = None
    duplicate: bool = False
