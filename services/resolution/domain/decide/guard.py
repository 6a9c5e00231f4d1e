"""Conditions that several decisions share."""

from __future__ import annotations

import re

from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act, next_status
from services.resolution.domain.words import Person

MAX_TEXT = 20_000
"""Characters of one text; longer ones are letters, not replies, and every text is read by the reply check."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # without tab, line feed, carriage return
_ANY_CONTROL = re.compile(r"[\x00-\x1f]")


def demand_act(case: Case, act: Act) -> None:
    """Raises NotNow("not_in_this_status")."""
    next_status(case.status, act)


def demand_owner(case: Case, actor: Person) -> None:
    """Only the owner acts for the case; others help. Raises NotYours("not_the_owner") naming the owner."""
    if actor.employee_id != case.owner.employee_id:
        raise NotYours(
            "not_the_owner",
            f"{case.owner.display_name} owns this case. Join as a helper, or ask for a hand-off.",
            {"owner_id": case.owner.employee_id, "instead": "join_as_helper"},
        )


def demand_text(name: str, text: str, *, one_line: bool = False) -> str:
    """The text without surrounding blanks. Raises BadCommand when it is empty, too long, or has control
    characters (line breaks too where it becomes a header)."""
    text = text.strip()
    if not text:
        raise BadCommand(f"{name}_missing", f"{name} must say something.")
    if len(text) > MAX_TEXT:
        raise BadCommand(f"{name}_too_long", f"{name} has {len(text)} characters.", {"max": str(MAX_TEXT)})
    if (_ANY_CONTROL if one_line else _CONTROL).search(text):
        raise BadCommand(f"{name}_has_control_characters", f"{name} has control characters.")
    return text


def demand_gates(case: Case, playbook: Playbook, command: str) -> None:
    """Raises NotNow("step_missing") naming the playbook's steps that must be proven first."""
    if missing := playbook.closed_gates(case, command):
        raise NotNow(
            "step_missing",
            f"The playbook asks for this first: {'; '.join(step.title for step in missing)}.",
            {step.step_id: step.title for step in missing},
        )
