"""A customer who left, and the way back (mission.md, P1.7 and P4): who is asked to act, and by when."""

from __future__ import annotations

from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.guard import demand_act, demand_text
from services.resolution.domain.errors import BadCommand, NotNow
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act


def record_defection(case: Case, command: c.RecordDefection, now: datetime) -> list[e.Event]:
    """The customer has left. `counted_on` is another case on which this was recorded and not undone. Raises
    NotNow("already_defected"): a customer leaves once, until they are won back."""
    demand_act(case, Act.RECORD)
    reason, evidence = demand_text("reason", command.reason), demand_text("evidence", command.evidence)
    on = case.case_id if case.defection else command.counted_on
    if on:
        raise NotNow("already_defected", "That this customer left is on record.", {"case_id": on})
    return [e.CustomerDefected(case.customer_id, reason, evidence, command.actor.employee_id, now)]


def start_win_back(case: Case, command: c.StartWinBack, now: datetime) -> list[e.Event]:
    """Asks `employee` to act by due_at. Raises NotNow("not_defected"), NotNow("win_back_under_way"),
    BadCommand("due_in_the_past")."""
    demand_act(case, Act.RECORD)
    _demand_defected(case)
    if case.win_back is not None and not case.win_back.overdue:
        under_way = case.win_back
        raise NotNow(
            "win_back_under_way",
            f"{under_way.employee.display_name} was asked to win this customer back.",
            {"employee_id": under_way.employee.employee_id, "due_at": under_way.due_at.isoformat()},
        )
    if command.due_at <= now:
        raise BadCommand("due_in_the_past", "Name a time to come.", {"after": now.isoformat()})
    return [e.WinBackStarted(command.employee, command.actor.employee_id, command.due_at, now)]


def record_win_back(case: Case, command: c.RecordWinBack, now: datetime) -> list[e.Event]:
    """The customer is with us again, by what shows it. Raises NotNow("not_defected")."""
    demand_act(case, Act.RECORD)
    _demand_defected(case)
    evidence = demand_text("evidence", command.evidence)
    return [e.CustomerWonBack(case.customer_id, evidence, command.actor.employee_id, now)]


def give_up(case: Case, command: c.GiveUpWinBack, now: datetime) -> list[e.Event]:
    """The attempt has ended without success. Raises NotNow("no_win_back"), and NotNow("nobody_spoke") as long
    as none of us has said a word to the customer since it was started: that would be to ignore them (P3)."""
    demand_act(case, Act.RECORD)
    reason, asked = demand_text("reason", command.reason), case.win_back
    if asked is None:
        raise NotNow("no_win_back", "Nobody is winning this customer back.", {"instead": "start_win_back"})
    if not asked.acted:
        raise NotNow(
            "nobody_spoke",
            f"{asked.employee.display_name} was asked, and nobody has spoken to the customer since.",
            {"employee_id": asked.employee.employee_id, "instead": "send_reply"},
        )
    by, to = command.actor.employee_id, asked.employee.employee_id
    return [e.WinBackGivenUp(case.customer_id, to, reason, by, now)]


def win_back_time_out(case: Case, now: datetime) -> list[e.Event]:
    """The time is up: due, unless a person of ours has said something to the customer since."""
    asked = case.win_back
    if asked is None or asked.acted or asked.overdue or asked.due_at > now:
        return []
    return [e.WinBackDue(asked.employee.employee_id, asked.due_at)]


def _demand_defected(case: Case) -> None:
    if case.defection is None:
        raise NotNow(
            "not_defected",
            "That this customer left is not on record here.",
            {"instead": "record_defection"},
        )
