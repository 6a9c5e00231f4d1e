"""Who answers for a case: owner, helpers, hand-offs (domain.md, Ownership)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Because, Person


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
class HandOffWithdrawn:
    """The owner took the offer back, or left the company: the receiver has nothing to answer any more."""

    hand_off_id: str
    employee_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandOffContinuedInWriting:
    """The customer left the call before the receiver had accepted: the same offer goes on by an introduction
    in writing, until `expires_at`."""

    hand_off_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HelperInvited:
    """The owner asked somebody, of any rank, to help with a question; ownership does not move."""

    helper: Person
    invited_by_employee_id: str
    question: str


@dataclass(frozen=True, slots=True)
class FirstContactMoved:
    """The person the customer first dealt with left the company: the duty to circle back is the owner's
    now."""

    employee_id: str
    first_contact: Person


@dataclass(frozen=True, slots=True)
class HandOffRefused:
    """Somebody tried to pass the case up, or to move it without the protocol; counted by who tried."""

    tried_by_employee_id: str
    to_employee_id: str
    rule: str


Published: TypeAlias = (
    OwnerAssigned
    | HelperJoined
    | HelperLeft
    | HandOffOffered
    | HandOffIntroduced
    | HandOffAccepted
    | HandOffDeclined
    | HandOffTimedOut
    | HandOffRefused
    | HandOffWithdrawn
    | HandOffContinuedInWriting
    | HelperInvited
    | FirstContactMoved
)
