"""What an employee on a call is told while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.events.replies import Finding


@dataclass(frozen=True, slots=True)
class MissingGood:
    """A good of the reply check that a step of the playbook rests on and nobody has said yet; `due_at` is the
    end of the step's time."""

    good: str
    step_id: str
    due_at: datetime
    say: str


@dataclass(frozen=True, slots=True)
class HintGiven:
    """Something to say to the employee about their own words, or about words that are due. `second` counts
    from the beginning of the call, else from the complaint; offsets of findings point into `text`."""

    employee_id: str
    segment_id: str
    second: int
    text: str
    findings: tuple[Finding, ...]
    missing: tuple[MissingGood, ...]
    pack_version: str
    given_at: datetime


Published: TypeAlias = HintGiven
