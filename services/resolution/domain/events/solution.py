"""Proposal, verdict, fix, cause, prevention, resolved (domain.md, Life of a case)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Person, Verdict


@dataclass(frozen=True, slots=True)
class SolutionProposed:
    """A solution was put to the customer (P5.3); reply_id is empty when it was spoken on a live call."""

    proposal_id: str
    employee_id: str
    description: str
    reply_id: str
    proposed_at: datetime
    alternative_to: str = ""
    """The proposal that was below expectations and that this one answers (P4.4)."""


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
    """Why it happened; cause_code is of the tenant's list, "" for none of them."""

    employee_id: str
    cause: str
    cause_code: str = ""


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


Published: TypeAlias = (
    SolutionProposed
    | VerdictGiven
    | AlternativesAskedFor
    | FixApplied
    | CauseRecorded
    | PreventionRecorded
    | CaseResolved
)
