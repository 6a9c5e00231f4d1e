"""Facts that other services published, as far as they change a case: they are not published a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Address, ReplyKind, Word


@dataclass(frozen=True, slots=True)
class CustomerSpoke:
    """Heard: a further word of the customer, in writing (with an address) or on a call (without). `severity`
    and `grounds` are what intake reads from these words alone; "" and none where nobody assessed them."""

    word: Word
    address: Address | None = None
    severity: str = ""
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmployeeSpoke:
    """Heard: a stretch of an employee's speech on the call; `said` are the goods the reply check found
    completed in it."""

    employee_id: str
    segment_id: str
    spoken_at: datetime
    said: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class CallStarted:
    """Heard: the customer is in a live session."""

    interaction_id: str
    session_id: str
    started_at: datetime | None = None


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
class ContactMade:
    """Heard: a message of a person of ours was delivered to the customer, or could not be; reply_id names
    the words."""

    contact_id: str
    reply_id: str
    channel: str
    at: datetime
    delivered: bool
    kind: ReplyKind = ReplyKind.REPLY
    """What the words were for, as far as it was told."""


@dataclass(frozen=True, slots=True)
class CustomerRenamed:
    """Heard: who the customer of this case is, after two turned out to be one person."""

    customer_id: str


@dataclass(frozen=True, slots=True)
class CustomerRestored:
    """Heard: the customer of this case is another person than the one they had been taken for; what they were
    given here is theirs."""

    customer_id: str


@dataclass(frozen=True, slots=True)
class SuccessorOpened:
    """Heard from ourselves: a later word of this customer opened a new case, linked to this one."""

    case_id: str


Heard: TypeAlias = (
    CustomerSpoke
    | EmployeeSpoke
    | CallStarted
    | CallJoined
    | CallEnded
    | ContactMade
    | CustomerRenamed
    | CustomerRestored
    | SuccessorOpened
)
