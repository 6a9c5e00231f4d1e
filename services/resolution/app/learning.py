"""What is learnt of a case, and the customers who left: HoldDebrief, RecordCause, SetCauses, RecordDefection,
StartWinBack, GiveUpWinBack, RecordWinBack; and what happens when nobody acts in time (PreventionOverdue,
WinBackDue)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from services.chassis.ids import Ids
from services.resolution.app.folding import Folding
from services.resolution.app.ports import Work
from services.resolution.app.rules import Rules
from services.resolution.app.shapes import CaseKey, Cause
from services.resolution.app.turn import Caller, Turn, Turns
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.causes import demand_known, demand_list
from services.resolution.domain.decide import learning, loyalty, solution
from services.resolution.domain.errors import Unknown
from services.resolution.domain.state import Case
from services.resolution.domain.words import Person

TimeOut: TypeAlias = Callable[[Case, datetime], list[e.Event]]


class Learning:
    """What an owner, and whoever wins customers back, puts on record."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def record_cause(self, caller: Caller, case_id: str, cause: str, code: str) -> Case:
        """Says why it happened; by its code the same failure of this customer is recognised. Raises
        BadCommand("unknown_cause_code") naming the tenant's list."""
        async with self._turns.on(caller, case_id) as turn:
            if code:
                demand_known(code, await self._causes(turn.work, caller))
            case = turn.apply(solution.record_cause(turn.case, c.RecordCause(turn.actor, cause, code)))
            if not code or not case.customer_id:
                return case
            customer = (case.tenant_id, case.customer_id)
            since = case.opened_at - learning.REPEAT_WITHIN
            earlier = await turn.work.earlier_failures([customer], since)
            return turn.apply(learning.repeats_by_cause(case, earlier.get(customer, ())))

    async def hold_debrief(
        self, caller: Caller, case_id: str, participant_ids: Sequence[str], outcome: str
    ) -> Case:
        """The talk with the staff involved. Raises Unknown("unknown_employee")."""
        async with self._turns.on(caller, case_id) as turn:
            ids = sorted(set(participant_ids))
            present = tuple([await _employee(turn, each) for each in ids])
            command = c.HoldDebrief(turn.actor, present, outcome)
            return turn.apply(learning.hold_debrief(turn.case, command, turn.now))

    async def record_defection(self, caller: Caller, case_id: str, reason: str, evidence: str) -> Case:
        """The customer of this case has left."""
        async with self._turns.on(caller, case_id) as turn:
            case = turn.case
            on = await turn.work.defected_on(case.tenant_id, case.customer_id) if case.customer_id else ""
            command = c.RecordDefection(turn.actor, reason, evidence, on)
            return turn.apply(loyalty.record_defection(case, command, turn.now))

    async def start_win_back(
        self, caller: Caller, case_id: str, employee_id: str, due_at: datetime | None
    ) -> Case:
        """Asks an employee to act, "" for the owner; without a time the usual one. Raises
        Unknown("unknown_employee")."""
        async with self._turns.on(caller, case_id) as turn:
            person = await _employee(turn, employee_id) if employee_id else turn.case.owner
            command = c.StartWinBack(turn.actor, person, due_at or turn.now + turn.rules.win_back_within)
            return turn.apply(loyalty.start_win_back(turn.case, command, turn.now))

    async def give_up_win_back(self, caller: Caller, case_id: str) -> Case:
        """The attempt has ended without success, for the reason given."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.GiveUpWinBack(turn.actor, caller.meta.reason)
            return turn.apply(loyalty.give_up(turn.case, command, turn.now))

    async def record_win_back(self, caller: Caller, case_id: str, evidence: str) -> Case:
        """The customer is with us again."""
        async with self._turns.on(caller, case_id) as turn:
            return turn.apply(
                loyalty.record_win_back(turn.case, c.RecordWinBack(turn.actor, evidence), turn.now)
            )

    async def list_causes(self, caller: Caller) -> Mapping[str, str]:
        """The tenant's causes by code, else those that ship."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await self._causes(work, caller)

    async def set_causes(self, caller: Caller, causes: Sequence[tuple[str, str]]) -> Mapping[str, str]:
        """The tenant's own list in place of the one before; an empty one is the one that ships. Raises
        BadCommand as causes.demand_list does."""
        wanted = demand_list(causes)
        async with self._turns.works.begin(caller.tenant_id) as work:
            await work.save_causes(caller.tenant_id, wanted)
        return wanted or self._turns.rules.causes

    async def _causes(self, work: Work, caller: Caller) -> Mapping[str, str]:
        return await work.causes(caller.tenant_id) or self._turns.rules.causes


async def _employee(turn: Turn, employee_id: str) -> Person:
    found = await turn.work.find_employee(turn.key[0], employee_id)
    if found is None:
        raise Unknown("unknown_employee", f"No employee {employee_id!r} is registered.")
    return found.person


class Overdue:
    """What is put on record when nobody acted in time."""

    def __init__(self, rules: Rules, ids: Ids) -> None:
        self._rules = rules
        self._ids = ids

    async def not_learnt(self, work: Work, due: Sequence[CaseKey], now: datetime) -> None:
        """`due`: cases whose time for cause, prevention and debrief is up."""
        await self._say(work, due, now, learning.prevention_time_out)

    async def not_won_back(self, work: Work, due: Sequence[CaseKey], now: datetime) -> None:
        """`due`: cases whose time to win the customer back is up."""
        await self._say(work, due, now, loyalty.win_back_time_out)

    async def _say(self, work: Work, due: Sequence[CaseKey], now: datetime, time_out: TimeOut) -> None:
        cases = await work.lock_cases(due)
        folding = Folding(cases, self._rules, self._ids)
        for key in due:
            if key in cases:
                folding.apply(key, time_out(cases[key], now), now, Cause(None, key[1]))
        await work.save(folding.changes())
        await work.publish(folding.said)
