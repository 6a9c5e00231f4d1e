"""A playbook from its document: every fault at once, each with the place where it stands.

Beside the shape, this refuses what could be written but never work: an unknown event, field or word (a typo
would be a step that nothing proves), an operator that cannot compare with its field, a gate that no event
could open. What was read without a fault can be followed without one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from services.resolution.domain.errors import BadData
from services.resolution.domain.playbook import (
    EVENT_TYPES,
    GATES,
    OPERATORS,
    STARTS,
    Condition,
    Playbook,
    Step,
    Test,
)
from services.resolution.domain.playbook_words import fields_of, shut, unfit, words_of

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top of the document: keys of mappings, indices of lists."""

NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
LONGEST_S = 366 * 86_400
"""Seconds that a step may take; more is a mistake in the unit."""
NAMES = ("{first_name}", "{owner}")
"""What may stand in braces in the words to say."""
BOOK_KEYS = ("id", "version", "title", "source", "steps")
STEP_KEYS = ("id", "title", "evidence")
STEP_MAY = ("say", "within", "gates", "follows")
_BRACES = re.compile(r"\{[^{}]*\}?")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a document. `key` says that the last part of the place is itself what is wrong."""

    place: Place
    said: str
    key: bool = False

    def __str__(self) -> str:
        return f"{'.'.join(str(part) for part in self.place) or 'the file'}: {self.said}"


def parse(document: object) -> Playbook:
    """A playbook from its data file; raises BadData("bad_playbook") naming everything that is wrong."""
    playbook, faults = read(document)
    if playbook is None:
        raise BadData("bad_playbook", "; ".join(str(fault) for fault in faults))
    return playbook


def read(document: object) -> tuple[Playbook | None, Sequence[Fault]]:
    """The playbook, or None and its faults in the order of their places in the document's own reading."""
    reader = _Reader()
    book = reader.book(document)
    return (None if reader.faults else book), reader.faults


class _Reader:
    """Reads on after a fault, with something harmless in the place of what was wrong."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def book(self, document: object) -> Playbook | None:
        top = self._mapping((), document, BOOK_KEYS)
        if top is None:
            return None
        playbook_id = self._named(("id",), top.get("id", "id"))
        version = top.get("version", 1)
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self._fault(("version",), "A version is a whole number from 1.")
            version = 1
        title, source = (self._text((name,), top.get(name, name)) for name in ("title", "source"))
        return Playbook.of(playbook_id, version, title, source, self._steps(top.get("steps", ())))

    def _steps(self, entries: object) -> tuple[Step, ...]:
        if not isinstance(entries, list | tuple) or not entries:
            if entries != ():  # a playbook without the key has its fault already
                self._fault(("steps",), "A playbook has a list of steps.")
            return ()
        steps: list[Step] = []
        for number, entry in enumerate(entries):
            step = self._step(("steps", number), entry, [step.step_id for step in steps])
            if step is not None:
                steps.append(step)
        return tuple(steps)

    def _step(self, at: Place, entry: object, before: Sequence[str]) -> Step | None:
        of = self._mapping(at, entry, STEP_KEYS, STEP_MAY)
        if of is None or "id" not in of:
            return None
        step_id = self._named((*at, "id"), of["id"])
        if step_id in before:
            self._fault((*at, "id"), f"There is a step {step_id!r} already.")
        after, within = self._within((*at, "within"), of.get("within"))
        evidence = self._evidence((*at, "evidence"), of["evidence"]) if "evidence" in of else ()
        gates = self._one_of((*at, "gates"), GATES, of["gates"]) if "gates" in of else ""
        self._gate((*at, "gates"), gates, evidence)
        return Step(
            step_id=step_id,
            title=self._text((*at, "title"), of.get("title", "title")),
            say=self._say((*at, "say"), of.get("say", "")),
            evidence=evidence,
            after=after,
            within=within,
            gates=gates,
            follows=self._follows((*at, "follows"), of["follows"], before) if "follows" in of else "",
        )

    def _within(self, at: Place, entry: object) -> tuple[str, timedelta | None]:
        if entry is None:
            return "complaint", None
        of = self._mapping(at, entry, ("seconds",), ("after",))
        if of is None:
            return "complaint", None
        seconds = of.get("seconds", 1)
        if not _number(seconds) or not 0 < seconds <= LONGEST_S:
            self._fault((*at, "seconds"), "A time is a number of seconds, more than none and at most a year.")
            seconds = 1
        return self._one_of((*at, "after"), tuple(STARTS), of.get("after", "complaint")), timedelta(
            seconds=seconds
        )

    def _say(self, at: Place, words: object) -> str:
        if not isinstance(words, str):
            self._fault(at, "Words to say are text.")
            return ""
        for found in _BRACES.findall(words):
            if found not in NAMES:
                self._fault(at, f"Nothing fills in {found}; there are {' and '.join(NAMES)}.")
        return words

    def _follows(self, at: Place, step_id: object, before: Sequence[str]) -> str:
        if step_id not in before:
            self._fault(at, f"{step_id!r} is no step above this one.")
        return str(step_id)

    def _gate(self, at: Place, gates: str, evidence: Sequence[Condition]) -> None:
        """A gate must be one that some event can open, in every language."""
        said = shut(gates, evidence) if gates and evidence else ""
        if said:
            self._fault(at, said)

    def _evidence(self, at: Place, entry: object) -> tuple[Condition, ...]:
        if not (isinstance(entry, Mapping) and "any" in entry):
            return tuple(filter(None, [self._condition(at, entry)]))
        self._mapping(at, entry, ("any",))
        several = entry["any"]
        if not isinstance(several, list | tuple) or not several:
            self._fault((*at, "any"), "`any` is a list of conditions.")
            return ()
        read = [self._condition((*at, "any", number), each) for number, each in enumerate(several)]
        return tuple(filter(None, read))

    def _condition(self, at: Place, entry: object) -> Condition | None:
        of = self._mapping(at, entry, ("event",), ("where",))
        if of is None or "event" not in of:
            return None
        kind = EVENT_TYPES.get(self._one_of((*at, "event"), tuple(EVENT_TYPES), of["event"]))
        if kind is None:
            return None
        known = fields_of(kind)
        where = self._mapping((*at, "where"), of.get("where", {}), (), tuple(known)) or {}
        demands = [(field, demand) for field, demand in where.items() if field in known]
        return Condition(
            kind,
            tuple(
                self._test((*at, "where", field), field, known[field], demand) for field, demand in demands
            ),
        )

    def _test(self, at: Place, field: str, kind: object, demand: object) -> Test:
        if not isinstance(demand, Mapping):
            self._fitting(at, field, kind, "is", demand)
            return Test(field, "is", demand)
        self._mapping(at, demand, (), tuple(OPERATORS))
        if len(demand) != 1:
            self._fault(at, f"One operator per field, not {len(demand)}.")
            return Test(field, "is", "")
        ((operator, wanted),) = demand.items()
        if operator in OPERATORS:
            self._fitting((*at, operator), field, kind, operator, wanted)
        return Test(field, str(operator), wanted)

    def _fitting(self, at: Place, field: str, kind: object, operator: str, wanted: object) -> None:
        """What an operator compares with must have its shape, or reading the condition could fail later."""
        said = unfit(kind, operator, wanted)
        if said:
            self._fault(at, said)
            return
        words = words_of(field, kind)
        for word in wanted if isinstance(wanted, list) else (wanted,):
            if words and word not in words:
                self._fault(at, f"{word!r} is none of {', '.join(words)}.")

    def _mapping(
        self, at: Place, value: object, needed: Iterable[str], may: Iterable[str] = ()
    ) -> Mapping[str, Any] | None:
        """The mapping, once its keys are known to be those it has and may have."""
        if not isinstance(value, Mapping):
            self._fault(at, "This must be a mapping of keys to values.")
            return None
        needed = tuple(needed)
        allowed = (*needed, *may)
        for key in value:
            if key not in allowed:
                self._fault((*at, key), f"{key!r} is none of {', '.join(allowed)}.", key=True)
        for key in needed:
            if key not in value:
                self._fault(at, f"{key!r} is missing.")
        return value

    def _one_of(self, at: Place, words: Sequence[str], word: object) -> str:
        if not isinstance(word, str) or word not in words:
            self._fault(at, f"{word!r} is none of {', '.join(filter(None, words))}.")
            return ""
        return word

    def _named(self, at: Place, name: object) -> str:
        if not isinstance(name, str) or not re.match(NAME, name):
            self._fault(at, "A name is of small letters and digits, joined by hyphens.")
        return str(name)

    def _text(self, at: Place, text: object) -> str:
        if not isinstance(text, str) or not text.strip():
            self._fault(at, "This must say something.")
        return str(text)

    def _fault(self, place: Place, said: str, *, key: bool = False) -> None:
        self.faults.append(Fault(place, said, key))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
