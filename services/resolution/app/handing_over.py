"""Hand-offs and helpers: who answers for a case, and who lends a hand. Events: HandOffOffered,
HandOffIntroduced, HandOffAccepted, HandOffDeclined, HandOffTimedOut, HandOffRefused, OwnerAssigned,
HelperJoined, HelperLeft."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from services.chassis.ids import Ids
from services.resolution.app.folding import Folding
from services.resolution.app.people import known
from services.resolution.app.ports import Work
from services.resolution.app.rules import Rules
from services.resolution.app.shapes import CaseKey, Cause
from services.resolution.app.turn import Caller, Turns
from services.resolution.domain import commands as c
from services.resolution.domain.decide import authority, ownership, remedies
from services.resolution.domain.events import Event
from services.resolution.domain.state import Case, HandOff


class HandingOver:
    """The commands around ownership."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def offer(
        self, caller: Caller, case_id: str, receiver_id: str, reason: str, summary: str, live: bool
    ) -> HandOff:
        """Asks a colleague of equal or lower rank to take over. Raises Unknown("unknown_employee")."""
        async with self._turns.on(caller, case_id) as turn:
            # held: whoever goes absent now waits for us, and then ends the offer
            receiver = known(await turn.work.hold_employee(caller.tenant_id, receiver_id), receiver_id)
            limit = turn.rules.hand_off_live if live else turn.rules.hand_off
            command = c.OfferHandOff(
                turn.actor,
                str(self._turns.ids.new()),
                receiver.person,
                receiver.present,
                reason,
                summary,
                live,
                turn.now + limit,
            )
            case = turn.apply(ownership.offer(turn.case, command, turn.now))
            if case.hand_off is None:
                raise LookupError("an offer left no hand-off")
            return case.hand_off

    async def accept(self, caller: Caller, case_id: str, hand_off_id: str, summary_read: bool) -> Case:
        """Takes over, with the customer present."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.AcceptHandOff(turn.actor, hand_off_id, summary_read)
            return turn.apply(ownership.accept(turn.case, command, turn.now))

    async def decline(self, caller: Caller, case_id: str, hand_off_id: str, reason: str) -> Case:
        """Says no; the owner stays."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.DeclineHandOff(turn.actor, hand_off_id, reason)
            return turn.apply(ownership.decline(turn.case, command))

    async def withdraw(self, caller: Caller, case_id: str, hand_off_id: str, reason: str) -> Case:
        """Takes an offer back."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.WithdrawHandOff(turn.actor, hand_off_id, reason)
            return turn.apply(ownership.withdraw(turn.case, command))

    async def invite(self, caller: Caller, case_id: str, helper_id: str, question: str) -> Case:
        """Asks somebody to help. Raises Unknown("unknown_employee")."""
        async with self._turns.on(caller, case_id) as turn:
            helper = known(await turn.work.find_employee(caller.tenant_id, helper_id), helper_id)
            return turn.apply(
                ownership.invite(turn.case, c.InviteHelper(turn.actor, helper.person, question))
            )

    async def help_out(self, caller: Caller, case_id: str) -> Case:
        """Joins as a helper, at any rank."""
        async with self._turns.on(caller, case_id) as turn:
            return turn.apply(ownership.help_out(turn.case, turn.actor))

    async def stop_helping(self, caller: Caller, case_id: str) -> Case:
        """Is done helping."""
        async with self._turns.on(caller, case_id) as turn:
            return turn.apply(ownership.stop_helping(turn.case, turn.actor))


class Unanswered(StrEnum):
    """What waits for an answer; spelt as its timers are stored."""

    HAND_OFF = "hand_off_expiry"
    AUTHORITY = "authority_expiry"
    FULFILMENT = "fulfilment_expiry"


_RUN_OUT: Mapping[Unanswered, Callable[[Case, str, datetime], list[Event]]] = {
    Unanswered.HAND_OFF: ownership.time_out,
    Unanswered.AUTHORITY: authority.time_out,
    Unanswered.FULFILMENT: remedies.time_out,
}


class TimeOuts:
    """Ends what nobody can answer any more: its time is up, or the receiver of an offer is gone."""

    def __init__(self, rules: Rules, ids: Ids) -> None:
        self._rules = rules
        self._ids = ids

    async def run_out(
        self, work: Work, due: Sequence[tuple[CaseKey, Unanswered, str]], now: datetime
    ) -> None:
        """`due`: cases with the id of what waited on them and is up. What was answered meanwhile is left
        alone."""
        cases = await work.lock_cases({key for key, _, _ in due})
        folding = Folding(cases, self._rules, self._ids)
        for key, waiting, waiting_id in due:
            case = folding.find(key)
            if case is not None:
                events = _RUN_OUT[waiting](case, waiting_id, now)
                folding.apply(key, events, now, Cause(None, key[1]))
        await work.save(folding.changes())
        await work.publish(folding.said)

    async def receivers_gone(self, work: Work, gone: Sequence[tuple[str, str]], now: datetime) -> None:
        """`gone`: tenants with employees who went absent. Who is back meanwhile keeps the offers made to
        them."""
        offered: list[tuple[CaseKey, str]] = []
        for tenant_id, employee_id in sorted(gone):
            employee = await work.find_employee(tenant_id, employee_id)
            if employee is None or not employee.present:
                keys = await work.offered_to(tenant_id, employee_id)
                offered += [(key, employee_id) for key in keys]
        cases = await work.lock_cases({key for key, _ in offered})
        folding = Folding(cases, self._rules, self._ids)
        for key, employee_id in offered:
            if key in cases:
                events = ownership.hear_absent(cases[key], employee_id)
                folding.apply(key, events, now, Cause(None, key[1]))
        await work.save(folding.changes())
        await work.publish(folding.said)
