"""Two cases that are one complaint, one that is two, and those that have to do with each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.state import Case, Grant


@dataclass(frozen=True, slots=True)
class CasesMerged:
    """Another case of this customer became a part of this one, which keeps the earliest receipt (domain.md,
    Clocks 9)."""

    merged_case_id: str
    employee_id: str
    reason: str
    complained_at: datetime
    merged_at: datetime
    merged: Case  # kept: the other case as it was


@dataclass(frozen=True, slots=True)
class CasesLinked:
    """These two have to do with each other, and stay two; said on both."""

    other_case_id: str
    employee_id: str
    reason: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class CaseSplit:
    """A part became, or became again, a case of its own; said on both. undoes_merge: the two were merged."""

    from_case_id: str
    to_case_id: str
    employee_id: str
    reason: str
    message_ids: tuple[str, ...]
    undoes_merge: bool
    split_at: datetime
    grants: tuple[Grant, ...] = ()  # kept: those that go back with the case


Published: TypeAlias = CasesMerged | CasesLinked | CaseSplit
