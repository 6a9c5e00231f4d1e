"""How a case changes: what is learnt of it, and what it says of the customer's loyalty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Case, Defection, WinBack


def _defected(case: Case, event: e.CustomerDefected) -> Changes:
    return {"defection": Defection(event.reason, event.evidence, event.defected_at), "win_back": None}


def _win_back(case: Case, event: e.WinBackStarted) -> Changes:
    return {"win_back": WinBack(event.employee, event.started_at, event.due_at)}


def _win_back_due(case: Case, event: e.WinBackDue) -> Changes:
    return {"win_back": replace(case.win_back, overdue=True) if case.win_back else None}


def _won_back(case: Case, event: e.CustomerWonBack) -> Changes:
    return {"defection": None, "win_back": None, "won_back": case.won_back + 1}


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.PreventionAskedFor: lambda case, event: {"prevention_due_at": event.due_at},
    e.PreventionOverdue: lambda case, event: {"prevention_due_at": None},
    e.DebriefHeld: lambda case, event: {"debriefs": case.debriefs + 1},
    e.RepeatFailureFound: lambda case, event: {"repeats_of": (*case.repeats_of, event.earlier_case_id)},
    e.RepeatContactCounted: lambda case, event: {"repeat_contacts": event.count},
    e.CustomerDefected: _defected,
    e.WinBackStarted: _win_back,
    e.WinBackDue: _win_back_due,
    e.WinBackGivenUp: lambda case, event: {"win_back": None},
    e.CustomerWonBack: _won_back,
}
