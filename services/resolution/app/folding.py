"""Cases in memory while one transaction works on them: events go in, states and things to publish come
out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.chassis.ids import Ids
from services.resolution.app.rules import Rules
from services.resolution.app.shapes import CaseKey, Cause, Change, Said
from services.resolution.domain import events as e
from services.resolution.domain.evolve import evolve
from services.resolution.domain.state import Case


class Folding:
    """Applies events to cases in their order, and adds the playbook's steps that they prove."""

    def __init__(self, cases: Mapping[CaseKey, Case], rules: Rules, ids: Ids) -> None:
        self._before = dict(cases)
        self._cases = dict(cases)
        self._rules = rules
        self._ids = ids
        self.said: list[Said] = []

    def find(self, key: CaseKey) -> Case | None:
        """The case as it is now; for a closed one with a successor, that one: the customer's words are for
        it."""
        case = self._cases.get(key)
        while case is not None and case.successor_id:
            following = self._cases.get((case.tenant_id, case.successor_id))
            if following is None:
                break
            case = following
        return case

    def get(self, key: CaseKey) -> Case | None:
        """Exactly this case as it is now, whatever it led to."""
        return self._cases.get(key)

    def apply(
        self,
        key: CaseKey,
        events: Sequence[e.Event],
        at: datetime,
        cause: Cause | None = None,
        heard_id: str = "",
    ) -> None:
        """`events` in order. `heard_id` is the id of the event that was heard, the evidence it can be."""
        case = self._cases.get(key)
        for event in events:
            case = evolve(case, event)
            event_id = self._ids.new()
            self.said.append(Said(event_id, case.tenant_id, case.case_id, event, at, cause))
            case = self._steps(case, event, heard_id or str(event_id), at, cause)
        if case is not None:
            self._cases[key] = case

    def _steps(self, case: Case, event: e.Event, event_id: str, at: datetime, cause: Cause | None) -> Case:
        when = event.spoken_at if isinstance(event, e.EmployeeSpoke) else at
        for done in self._rules.playbook_of(case).proven(case, event, event_id, when):
            case = evolve(case, done)
            self.said.append(Said(self._ids.new(), case.tenant_id, case.case_id, done, at, cause))
        return case

    def changes(self) -> list[Change]:
        """The cases that are not as they were, in the order of their ids."""
        return [
            Change(self._before.get(key), case)
            for key, case in sorted(self._cases.items())
            if case is not self._before.get(key)
        ]
