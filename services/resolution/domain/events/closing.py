"""How a case ends, and begins again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Closing


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """Closed, with the evidence that this kind of closing demands."""

    closing: Closing
    message_id: str
    evidence: str
    closed_at: datetime
    survivor_case_id: str = ""


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
    word_at: datetime | None = None  # kept: only a word of the customer after this one can settle it


Published: TypeAlias = CaseClosed | CaseReopened | ConfirmationHeldBack
