"""Playbooks as data: steps, the words to say, and the evidence that proves each step.

Evidence is a small total language over the case's events: one condition, or `any` of several. A condition
names an event type and, in `where`, what its fields must be: a bare value or `is`, `not`, `in`, `has` (a
member of a list, or text within text), `at_least`, `at_most`. Event types and fields are checked when the
file is read, so that reading a condition never fails afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, cast, get_args

from services.resolution.domain import events
from services.resolution.domain.errors import BadData
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
    limit. A step gates a command: until it is proven, that command is refused."""

    step_id: str
    title: str
    say: str
    evidence: tuple[Condition, ...]
    after: str
    within: timedelta | None
    gates: str

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
            if step.proven_by(event) and not case.step_done(step.step_id)
        ]

    def _completed(self, step: Step, case: Case, event_id: str, at: datetime) -> events.StepCompleted:
        start = STARTS[step.after](case) or case.opened_at
        after_ms = max(int((at - start) / timedelta(milliseconds=1)), 0)
        return events.StepCompleted(self.playbook_id, self.version, step.step_id, event_id, at, after_ms)

    def closed_gates(self, case: Case, command: str) -> Sequence[Step]:
        """The steps that still stand before this command ("reply", "resolve", "close")."""
        return [step for step in self.steps if step.gates == command and not case.step_done(step.step_id)]


def parse(document: Mapping[str, Any]) -> Playbook:
    """A playbook from its data file; raises BadData("bad_playbook") naming what is wrong."""
    try:
        steps = tuple(_step(entry) for entry in document["steps"])
        playbook = Playbook.of(
            str(document["id"]),
            int(document["version"]),
            str(document["title"]),
            str(document["source"]),
            steps,
        )
    except KeyError as missing:
        raise BadData("bad_playbook", f"The playbook has no {missing}.") from missing
    names = [step.step_id for step in playbook.steps]
    if len(set(names)) != len(names):
        raise BadData("bad_playbook", f"A step id is used twice in {playbook.playbook_id}.")
    return playbook


def _step(entry: Mapping[str, Any]) -> Step:
    limit = cast(Mapping[str, Any], entry.get("within", {}))
    return Step(
        step_id=str(entry["id"]),
        title=str(entry["title"]),
        say=str(entry.get("say", "")),
        evidence=_evidence(entry["evidence"]),
        after=_one_of(STARTS, limit.get("after", "complaint")),
        within=timedelta(seconds=float(limit["seconds"])) if "seconds" in limit else None,
        gates=_one_of(GATES, entry.get("gates", "")),
    )


def _evidence(entry: Mapping[str, Any]) -> tuple[Condition, ...]:
    if "any" in entry:
        return tuple(_condition(each) for each in entry["any"])
    return (_condition(entry),)


def _condition(entry: Mapping[str, Any]) -> Condition:
    kind = EVENT_TYPES[_one_of(EVENT_TYPES, entry["event"])]
    assert is_dataclass(kind)
    known = [field.name for field in fields(kind)]
    where = cast(Mapping[str, Any], entry.get("where", {}))
    return Condition(kind, tuple(_test(_one_of(known, field), demand) for field, demand in where.items()))


def _test(field: str, demand: object) -> Test:
    if not isinstance(demand, Mapping):
        return Test(field, "is", demand)
    if len(demand) != 1:
        raise BadData("bad_playbook", f"{field}: one operator per field, not {len(demand)}.")
    ((operator, wanted),) = demand.items()
    _fitting(field, _one_of(OPERATORS, operator), wanted)
    return Test(field, operator, wanted)


def _fitting(field: str, operator: str, wanted: object) -> None:
    """What an operator compares with must have its shape, or reading the condition could fail later."""
    shapes: Mapping[str, type | tuple[type, ...]] = {
        "in": list,
        "has": str,
        "at_least": (int, float),
        "at_most": (int, float),
    }
    if operator in shapes and not isinstance(wanted, shapes[operator]):
        raise BadData("bad_playbook", f"{field}: {operator} cannot compare with {wanted!r}.")


def _one_of(words: Mapping[str, Any] | Sequence[str], word: object) -> str:
    if not isinstance(word, str) or word not in words:
        raise BadData("bad_playbook", f"{word!r} is none of {', '.join(filter(None, words))}.")
    return word
