"""The commands of an owner, one short function each: look up what the decision needs, decide, answer.

| command | decided by | events |
|---|---|---|
| send_reply | decide.replies.send | ReplyChecked, ReplySent |
| propose_solution | decide.solution.propose | ReplyChecked, ReplySent, SolutionProposed |
| record_verdict | decide.solution.record_verdict | VerdictGiven, AlternativesAskedFor, CaseReopened |
| apply_fix, record_prevention | decide.solution | FixApplied, PreventionRecorded |
| assess_severity | decide.solution | SeverityAssessed |
| resolve_case | decide.solution.resolve, decide.learning | CaseResolved, PreventionAskedFor |
| close_case | decide.closing.close | CaseClosed |
| grant_remedy | decide.remedies.grant, then the accounts (giving.py) | RemedyGranted |

Hand-offs and helpers are in handing_over.py, what is learnt and customers who left in learning.py. Every one
of them may also complete steps of the playbook.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from services.resolution.app import giving
from services.resolution.app.turn import Caller, Turn, Turns
from services.resolution.domain import commands as c
from services.resolution.domain.decide import closing, learning, replies, solution
from services.resolution.domain.errors import BadCommand
from services.resolution.domain.events import ReplyChecked
from services.resolution.domain.state import Case, Grant
from services.resolution.domain.words import Closing, ReplyKind, Verdict


class Commands:
    """What an owner does to a case."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def send_reply(
        self, caller: Caller, case_id: str, draft: c.SendReply, language: str
    ) -> ReplyChecked:
        """Checks the words and sends them unless the check stops them; `draft` has no actor and no reply id
        yet."""
        async with self._turns.on(caller, case_id) as turn:
            covers = await self._covers(turn, draft.kind)
            command = replace(draft, actor=turn.actor, reply_id=self._id(), covers=covers)
            pack = turn.rules.pack_of(turn.case, language)
            events = replies.send(turn.case, command, turn.now, pack, turn.playbook)
            turn.apply(events)
            return cast(ReplyChecked, events[0])

    async def propose_solution(
        self, caller: Caller, case_id: str, description: str, text: str, override_reason: str
    ) -> Case:
        """Puts a solution to the customer, in checked words."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.ProposeSolution(
                turn.actor, self._id(), self._id(), description, text, override_reason
            )
            pack = turn.rules.pack_of(turn.case)
            return turn.apply(solution.propose(turn.case, command, turn.now, pack))

    async def record_verdict(self, caller: Caller, case_id: str, verdict: Verdict, message_id: str) -> Case:
        """Writes down the customer's word, with the message that says so."""
        async with self._turns.on(caller, case_id) as turn:
            word = await turn.work.find_word(turn.key, message_id)
            command = c.RecordVerdict(turn.actor, verdict, message_id, word)
            return turn.apply(solution.record_verdict(turn.case, command, turn.now))

    async def apply_fix(self, caller: Caller, case_id: str, description: str) -> Case:
        """Says what was done."""
        async with self._turns.on(caller, case_id) as turn:
            return turn.apply(solution.apply_fix(turn.case, c.ApplyFix(turn.actor, description), turn.now))

    async def assess_severity(self, caller: Caller, case_id: str, severity: str) -> Case:
        """Says how severe the case is; the reason is the caller's."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.AssessSeverity(turn.actor, severity, caller.meta.reason)
            return turn.apply(solution.assess_severity(turn.case, command, turn.now))

    async def record_prevention(self, caller: Caller, case_id: str, prevention: str) -> Case:
        """Says what stops it happening again."""
        async with self._turns.on(caller, case_id) as turn:
            command = c.RecordPrevention(turn.actor, prevention)
            return turn.apply(solution.record_prevention(turn.case, command))

    async def resolve_case(self, caller: Caller, case_id: str) -> Case:
        """Says that it is fixed; the customer has the last word."""
        async with self._turns.on(caller, case_id) as turn:
            events = solution.resolve(turn.case, c.ResolveCase(turn.actor), turn.now, turn.playbook)
            resolved, within = turn.apply(events), turn.rules.prevention_within
            return turn.apply(learning.ask_for_prevention(resolved, turn.now, within))

    async def close_case(
        self, caller: Caller, case_id: str, kind: Closing, message_id: str, note: str
    ) -> Case:
        """Closes, with the evidence that this kind of closing demands."""
        async with self._turns.on(caller, case_id) as turn:
            word = await turn.work.find_word(turn.key, message_id)
            command = c.CloseCase(turn.actor, kind, message_id, note, word)
            return turn.apply(closing.close(turn.case, command, turn.now, turn.playbook))

    async def grant_remedy(
        self, caller: Caller, case_id: str, remedy_id: str, quantity: int, key: str
    ) -> tuple[Grant, bool]:
        """Gives something of value on the spot. The flag tells that this key had paid here already."""
        if not key:
            raise BadCommand("idempotency_key_missing", "A grant needs an idempotency key: it pays once.")
        async with self._turns.on(caller, case_id) as turn:
            return await giving.grant(turn, self._id(), remedy_id, quantity, key)

    async def _covers(self, turn: Turn, kind: ReplyKind) -> frozenset[str]:
        """Whose promises the actor keeps; asked only where it can matter."""
        owns = turn.actor.employee_id == turn.case.owner.employee_id
        if owns or kind not in (ReplyKind.PROGRESS, ReplyKind.CIRCLE_BACK):
            return frozenset()
        return await turn.work.covers_of(turn.key[0], turn.actor.employee_id, turn.now)

    def _id(self) -> str:
        return str(self._turns.ids.new())
