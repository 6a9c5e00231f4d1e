"""What becomes of a grant: it reaches the customer, it does not, or it is taken back. Events:
RemedyFulfilled, RemedyFulfilmentFailed, RemedyRevoked."""

from __future__ import annotations

from services.resolution.app.shapes import GrantsOf, Totals
from services.resolution.app.turn import Caller, Turns
from services.resolution.domain import commands as c
from services.resolution.domain.decide import remedies
from services.resolution.domain.state import Case, Grant


class Fulfilling:
    """The commands and the question about what was given."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def revoke(self, caller: Caller, case_id: str, grant_id: str, reason: str) -> Grant:
        """Takes a grant back, unless the customer has it; limits and stock have it again."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.RevokeRemedy(turn.actor, grant_id, reason)
            return _grant(turn.apply(remedies.revoke(turn.case, command, turn.now)), grant_id)

    async def confirm(self, caller: Caller, case_id: str, command: c.ConfirmFulfilment) -> Grant:
        """The system that fulfils says how it went; it needs to be no employee."""
        async with self._turns.on(caller, case_id, machine=True) as turn:
            return _grant(turn.apply(remedies.confirm(turn.case, command, turn.now)), command.grant_id)

    async def totals(self, caller: Caller, of: GrantsOf) -> Totals:
        """Sums of a case, a customer, or an employee's day."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await work.totals(caller.tenant_id, of)


def _grant(case: Case, grant_id: str) -> Grant:
    return next(given for given in case.grants if given.grant_id == grant_id)
