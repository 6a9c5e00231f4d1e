"""What resolution hears from intake and follow-up, in its own words, each with the record it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.chassis.envelope import Event
from services.resolution.app.shapes import CaseKey, Cause
from services.resolution.domain.decide.closing import Feedback
from services.resolution.domain.events import CallEnded, CallJoined, CallStarted, ContactMade, CustomerSpoke
from services.resolution.domain.words import Address, Word


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint that expects an answer. origin_at is the provider's own time (t0), None when it gave
    none."""

    customer_id: str
    first_name: str
    full_name: str
    channel: str
    severity: str
    category: str
    language: str
    word: Word
    origin_at: datetime | None
    address: Address | None
    interaction_id: str
    live: bool
    point_of_contact_id: str
    required_skill: str


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of an employee's speech on the call, as transcribed."""

    employee_id: str
    segment_id: str
    text: str
    spoken_at: datetime


@dataclass(frozen=True, slots=True)
class Introduced:
    """The introduction of a hand-off was delivered to the customer."""

    hand_off_id: str
    contact: ContactMade


What: TypeAlias = (
    Complaint
    | CustomerSpoke
    | Speech
    | CallStarted
    | CallJoined
    | CallEnded
    | ContactMade
    | Introduced
    | Feedback
)


@dataclass(frozen=True, slots=True)
class OnePerson:
    """Customers of a tenant that are one person: the survivor and who was merged into it."""

    event: Event
    survivor: str
    merged: frozenset[str]
    merged_at: datetime

    @property
    def cause(self) -> Cause:
        return Cause(self.event.event_id, self.event.correlation_id, self.event.traceparent)


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """A merge taken back: `restored`, who `merged` are too, is not `survivor`; `case_ids` are theirs."""

    event: Event
    survivor: str
    restored: str
    merged: frozenset[str]
    case_ids: frozenset[str]
    split_at: datetime

    @property
    def cause(self) -> Cause:
        return Cause(self.event.event_id, self.event.correlation_id, self.event.traceparent)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing heard about one case; `event` is the record, to name it when it cannot be worked on."""

    event: Event
    case_id: str
    what: What
    needs_case: bool = False
    """Whether it must not be heard before its case is open."""

    @property
    def key(self) -> CaseKey:
        return (self.event.tenant_id, self.case_id)

    @property
    def cause(self) -> Cause:
        return Cause(self.event.event_id, self.event.correlation_id, self.event.traceparent)
