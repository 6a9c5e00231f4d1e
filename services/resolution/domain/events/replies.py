"""Words to the customer and what the reply check found in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Address, Outcome, Person, ReplyKind


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
    ombudsman: str = ""
    """Of a final response: the body the customer can turn to, as the words name it."""


Published: TypeAlias = ReplyChecked | ReplySent
