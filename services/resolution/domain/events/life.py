"""A case begins, is assessed again, and the steps of its playbook are proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Address, Person, Word


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
    first_contact: Person | None = None  # kept: where it is not the owner


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
class SeverityAssessed:
    """The owner found the case to be more severe, or less, than it was taken for; or a later word of the
    customer (`message_id`) shows on these `grounds` that it is more severe, and employee_id is ""."""

    employee_id: str
    was: str
    severity: str
    assessed_at: datetime
    message_id: str = ""
    grounds: tuple[str, ...] = ()


Published: TypeAlias = CaseOpened | StepCompleted | SeverityAssessed
