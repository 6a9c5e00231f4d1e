"""Authority asked for and lent down to the owner. Events: AuthorityRequested, AuthorityLent,
AuthorityDenied."""

from __future__ import annotations

from services.resolution.app import giving
from services.resolution.app.turn import Caller, Turn, Turns
from services.resolution.domain import commands as c
from services.resolution.domain.decide import authority
from services.resolution.domain.errors import Unknown
from services.resolution.domain.state import Asked, Case
from services.resolution.domain.words import Amount, Person


class Lending:
    """The commands around authority."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def request(
        self,
        caller: Caller,
        case_id: str,
        amounts: tuple[Amount, ...],
        remedy: tuple[str, int],
        of_id: str,
        reason: str,
    ) -> Asked:
        """The owner asks for `amounts`, or for what a remedy (id and quantity) charges; of one employee, or
        with "" of anybody of higher rank. Raises Unknown("unknown_employee") and
        Unknown("unknown_remedy")."""
        async with self._turns.on(caller, case_id) as turn:
            terms = turn.rules.terms_of(caller.tenant_id)
            remedy_id, quantity = remedy
            charges = terms.catalogue.get(remedy_id).charges(quantity) if remedy_id else ()
            command = c.RequestAuthority(
                turn.actor,
                str(self._turns.ids.new()),
                await _employee(turn, of_id) if of_id else None,
                (*charges, *amounts),
                remedy_id,
                reason,
                turn.now + terms.authority.answer_within,
            )
            case = turn.apply(authority.request(turn.case, command, turn.now))
            if case.asked is None:
                raise LookupError("a request left nothing asked for")
            return case.asked

    async def lend(self, caller: Caller, case_id: str, request_id: str, amounts: tuple[Amount, ...]) -> Case:
        """A higher rank lends, and it counts on the lender's own day until the case gives the rest back."""
        async with self._turns.on(caller, case_id) as turn:
            terms = turn.rules.terms_of(caller.tenant_id)
            limits, before = terms.authority.of(turn.actor.rank), turn.case
            remedy = terms.catalogue.remedies.get(before.asked.remedy_id) if before.asked else None
            min_rank = remedy.min_rank if remedy else 0
            command = c.LendAuthority(turn.actor, request_id, amounts, limits, min_rank)
            after = turn.apply(authority.lend(before, command, turn.now))
            await giving.take(turn, before, after, lambda account: limits.per_day.get(account.unit, 0))
            return after

    async def deny(self, caller: Caller, case_id: str, request_id: str, reason: str) -> Case:
        """A higher rank refuses, with a reason."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.DenyAuthority(turn.actor, request_id, reason)
            return turn.apply(authority.deny(turn.case, command, turn.now))


async def _employee(turn: Turn, employee_id: str) -> Person:
    employee = await turn.work.find_employee(turn.key[0], employee_id)
    if employee is None:
        raise Unknown("unknown_employee", f"No employee {employee_id!r} is registered.")
    return employee.person
