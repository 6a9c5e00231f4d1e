"""Playbooks as data: steps, the words to say, and the evidence that proves each step.

Evidence is a small total language over the case's events: one condition, or `any` of several. A condition
names an event type and, in `where`, what its fields must be: a bare value or `is`, `not`, `in`, `has` (a
member of a list, or text within text), `at_least`, `at_most`. A step that `follows` another is proven only by
an event that came after the one which proved the other. Files are read by playbook_reading, which checks
event types and fields, so that reading a condition never fails afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from services.resolution.domain import events
from services.resolution.domain.state import Case

GATES = ("", "reply", "resolve", "close")
STARTS: Mapping[str, Callable[[Case], datetime | None]] = {
    "complaint": lambda case: case.complained_at,
    "opened": lambda case: case.opened_at,
    "owned": lambda case: case.owner_since,
    "proposed": lambda case: case.proposal.proposed_at if case.proposal else None,
    "resolved": lambda case: case.resolved_at,
}
"""Instants a step's time can count from."""

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda actual, wanted: bool(actual == wanted),
    "not": lambda actual, wanted: bool(actual != wanted),
    "in": lambda actual, wanted: actual in wanted,
    "has": lambda actual, wanted: isinstance(actual, str | tuple) and wanted in actual,
    "at_least": lambda actual, wanted: isinstance(actual, int | float) and actual >= wanted,
    "at_most": lambda actual, wanted: isinstance(actual, int | float) and actual <= wanted,
}
EVENT_TYPES: Mapping[str, type] = {
    kind.__name__: kind for union in (events.Published, events.Heard) for kind in get_args(union)
}


@dataclass(frozen=True, slots=True)
class Test:
    """field <operator> wanted."""

    field: str
    operator: str
    wanted: object

    __test__ = False

    def holds(self, event: events.Event) -> bool:
        return OPERATORS[self.operator](getattr(event, self.field), self.wanted)


@dataclass(frozen=True, slots=True)
class Condition:
    """An event of this type for which every test holds."""

    event: type
    tests: tuple[Test, ...] = ()

    def holds(self, event: events.Event) -> bool:
        return type(event) is self.event and all(test.holds(event) for test in self.tests)


@dataclass(frozen=True, slots=True)
class Step:
    """One demand of the playbook. `within` counts from the instant `after` (a key of STARTS); None is no
    limit. A step gates a command: until it is proven, that command is refused. `follows` is the id of the
    step that must have been proven by an earlier event; "" is none."""

    step_id: str
    title: str
    say: str
    evidence: tuple[Condition, ...]
    after: str
    within: timedelta | None
    gates: str
    follows: str = ""

    def proven_by(self, event: events.Event) -> bool:
        return any(condition.holds(event) for condition in self.evidence)


@dataclass(frozen=True, slots=True)
class Playbook:
    """A recovery procedure with its version; `source` says where its demands come from."""

    playbook_id: str
    version: int
    title: str
    source: str
    steps: tuple[Step, ...]
    by_event: Mapping[type, tuple[Step, ...]]
    """The steps that an event of a type can prove; most events prove none, and most cases are new ones."""

    def __hash__(self) -> int:
        return hash((self.playbook_id, self.version))

    @classmethod
    def of(cls, playbook_id: str, version: int, title: str, source: str, steps: tuple[Step, ...]) -> Playbook:
        """A playbook of these steps."""
        kinds = {condition.event for step in steps for condition in step.evidence}
        by_event = {
            kind: tuple(step for step in steps if kind in {each.event for each in step.evidence})
            for kind in kinds
        }
        return cls(playbook_id, version, title, source, steps, by_event)

    def proven(
        self, case: Case, event: events.Event, event_id: str, at: datetime
    ) -> list[events.StepCompleted]:
        """Steps that `event` proves and that were not proven before."""
        return [
            self._completed(step, case, event_id, at)
            for step in self.by_event.get(type(event), ())
            if step.proven_by(event) and self._turn_of(step, case)
        ]

    @staticmethod
    def _turn_of(step: Step, case: Case) -> bool:
        """Not proven yet, and what it follows was proven before this event."""
        return not case.step_done(step.step_id) and (not step.follows or case.step_done(step.follows))

    def _completed(self, step: Step, case: Case, event_id: str, at: datetime) -> events.StepCompleted:
        start = STARTS[step.after](case) or case.opened_at
        after_ms = max(int((at - start) / timedelta(milliseconds=1)), 0)
        return events.StepCompleted(self.playbook_id, self.version, step.step_id, event_id, at, after_ms)

    def closed_gates(self, case: Case, command: str) -> Sequence[Step]:
        """The steps that still stand before this command ("reply", "resolve", "close")."""
        return [step for step in self.steps if step.gates == command and not case.step_done(step.step_id)]
