"""Questions: what a case is, what may be given, what the check would say. Nothing here changes a case."""

from __future__ import annotations

from collections.abc import Sequence

from services.resolution.app import giving
from services.resolution.app.shapes import CaseList, HistoryEntry
from services.resolution.app.turn import Caller, Turns
from services.resolution.domain.catalogue import Remedy
from services.resolution.domain.decide import replies
from services.resolution.domain.errors import Unknown
from services.resolution.domain.events import ReplyChecked
from services.resolution.domain.state import Case
from services.resolution.domain.words import ReplyKind


class Questions:
    """Read-only, one transaction each."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def get_case(self, caller: Caller, case_id: str) -> Case:
        """Raises Unknown("unknown_case")."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            case = await work.read_case((caller.tenant_id, case_id))
        if case is None:
            raise Unknown("unknown_case", "There is no such case.")
        return case

    async def list_cases(self, caller: Caller, wanted: CaseList) -> Sequence[Case]:
        """A page of cases, newest first; at most MAX_PAGE."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await work.list_cases(caller.tenant_id, wanted)

    async def concerning(self, caller: Caller) -> Sequence[Case]:
        """The caller's screen: every open case that concerns them, newest first."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await work.concerning(caller.tenant_id, caller.employee_id)

    async def history(self, caller: Caller, case_id: str, after: int, limit: int) -> Sequence[HistoryEntry]:
        """What was published about a case behind the position `after`. Raises Unknown("unknown_case") when
        there never was anything."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            entries = await work.history((caller.tenant_id, case_id), after, limit)
        if not entries and not after:
            raise Unknown("unknown_case", "There is no such case.")
        return entries

    async def check_reply(
        self, caller: Caller, case_id: str, text: str, language: str, kind: ReplyKind
    ) -> ReplyChecked:
        """What the reply check says to these words, without sending them."""
        case = await self.get_case(caller, case_id)
        return replies.read(case, text, kind, self._turns.rules.pack_of(case, language))

    async def suggest_remedies(self, caller: Caller, case_id: str) -> Sequence[Remedy]:
        """What fits the failure and what is left to its owner, the most worth for its cost first. Two
        questions to the database: the case, and everything that limits its owner."""
        day = self._turns.clock.now().date()
        async with self._turns.works.begin(caller.tenant_id) as work:
            case = await work.read_case((caller.tenant_id, case_id))
            if case is None:
                raise Unknown("unknown_case", "There is no such case.")
            standing = await work.standing(case, day)
        return giving.suggest(case, standing, self._turns.rules.terms_of(caller.tenant_id), day)
