"""What an event makes different: fields of Case by name, with their new values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from services.resolution.domain.state import Case

Changes: TypeAlias = dict[str, Any]


def spoken(case: Case) -> Changes:
    """What is different once one of us has said something to the customer, in writing or on a call."""
    asked = case.win_back
    return {"waiting": False, "win_back": replace(asked, acted=True) if asked and not asked.acted else asked}
