"""Two cases in one transaction: linked, merged, split. Both are locked, in one order, before anything is
decided.

| command | decided by | events here | events there |
|---|---|---|---|
| link_cases | decide.merging.link | CasesLinked | CasesLinked |
| merge_cases | decide.merging.merge | CaseReopened, CasesMerged | CaseClosed |
| split_case | decide.merging.split | CaseSplit | CaseOpened or CaseReopened, OwnerAssigned, CaseSplit |
"""

from __future__ import annotations

from collections.abc import Collection

from services.resolution.app.turn import Caller, Turn, Turns
from services.resolution.domain import commands as c
from services.resolution.domain.decide import merging
from services.resolution.domain.decide.merging import Both
from services.resolution.domain.errors import NotNow
from services.resolution.domain.state import Case
from services.resolution.domain.words import Word


class Merging:
    """The commands about two cases; each needs a reason."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def link_cases(self, caller: Caller, case_id: str, other_id: str) -> Case:
        """Says that two cases have to do with each other."""
        async with self._turns.on(caller, case_id, other_id) as turn:
            command = c.LinkCases(turn.actor, turn.other(other_id), caller.meta.reason)
            return _apply(turn, other_id, merging.link(turn.case, command, turn.now))

    async def merge_cases(self, caller: Caller, case_id: str, other_id: str) -> Case:
        """Makes the other case a part of this one; the words of its customer can be evidence here."""
        async with self._turns.on(caller, case_id, other_id) as turn:
            command = c.MergeCases(turn.actor, turn.other(other_id), caller.meta.reason)
            both = merging.merge(turn.case, command, turn.now)
            if both.here:
                await turn.work.copy_words((caller.tenant_id, other_id), turn.key)
            return _apply(turn, other_id, both)

    async def split_case(
        self, caller: Caller, case_id: str, merged_id: str, message_ids: Collection[str]
    ) -> Case:
        """Undoes a merge, or takes words out as a case of their own; answers with that case."""
        async with self._turns.on(caller, case_id, *([merged_id] if merged_id else [])) as turn:
            other = turn.other(merged_id) if merged_id else None
            new_id = merged_id or str(self._turns.ids.new())
            words = await _words(turn, message_ids)
            command = c.SplitCase(turn.actor, other, new_id, words, caller.meta.reason)
            both = merging.split(turn.case, command, turn.now)
            there = (caller.tenant_id, new_id)
            await turn.work.move_words(turn.key, there, message_ids, undo=bool(merged_id))
            _apply(turn, new_id, both)
            return turn.other(new_id)


async def _words(turn: Turn, message_ids: Collection[str]) -> tuple[Word, ...]:
    """The customer's words of these ids. Raises NotNow("evidence_missing") for one that is none of theirs."""
    words = []
    for message_id in sorted(set(message_ids)):
        word = await turn.work.find_word(turn.key, message_id)
        if word is None:
            raise NotNow("evidence_missing", f"Message {message_id} is not a word of this case's customer.")
        words.append(word)
    return tuple(words)


def _apply(turn: Turn, other_id: str, both: Both) -> Case:
    case = turn.apply(both.here)
    turn.apply_to(other_id, both.there)
    return case
