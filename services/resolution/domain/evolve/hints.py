"""How a case changes: what an employee on a call has been told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Case


def _given(case: Case, event: e.HintGiven) -> Changes:
    return {"hinted": (*case.hinted, *(each.good for each in event.missing))} if event.missing else {}


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.HintGiven: _given,
}
