"""What is different between two playbooks, step by step and field by field, in words for a reviewer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from services.resolution.domain.playbook import Condition, Playbook, Step, Test


class ChangeKind(StrEnum):
    """What happened to a step, or (`changed` with no step) to the playbook's own words."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field in words, before and after; "" is nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One change; step_id "" is the playbook itself."""

    kind: ChangeKind
    step_id: str
    fields: tuple[FieldChange, ...]


def differences(old: Playbook, new: Playbook) -> list[Difference]:
    """The playbook's own words first, then removed steps in the old order, then the rest in the new order.
    The number of the version is no difference."""
    of_old, of_new = _by_id(old), _by_id(new)
    own = _changed({"title": old.title, "source": old.source}, {"title": new.title, "source": new.source})
    found = [Difference(ChangeKind.CHANGED, "", own)] if own else []
    found += [
        Difference(ChangeKind.REMOVED, step_id, _changed(in_words(step), {}))
        for step_id, step in of_old.items()
        if step_id not in of_new
    ]
    moved = _moved([each for each in of_old if each in of_new], [each for each in of_new if each in of_old])
    for step_id, step in of_new.items():
        found += _of_step(step_id, of_old.get(step_id), step, step_id in moved)
    return found


def _of_step(step_id: str, before: Step | None, after: Step, moved: bool) -> list[Difference]:
    if before is None:
        return [Difference(ChangeKind.ADDED, step_id, _changed({}, in_words(after)))]
    found = [Difference(ChangeKind.MOVED, step_id, ())] if moved else []
    fields = _changed(in_words(before), in_words(after))
    return [*found, Difference(ChangeKind.CHANGED, step_id, fields)] if fields else found


def _by_id(playbook: Playbook) -> dict[str, Step]:
    return {step.step_id: step for step in playbook.steps}


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The common steps that are not in their old order, as few as explain the new one."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(old) - {old[block.a + place] for block in blocks for place in range(block.size)}


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys([*before, *after])
    pairs = [FieldChange(name, before.get(name, ""), after.get(name, "")) for name in names]
    return tuple(pair for pair in pairs if pair.before != pair.after)


def in_words(step: Step) -> dict[str, str]:
    """The fields of a step as a person reads them."""
    within = f"{step.within.total_seconds():g} s after {step.after}" if step.within else ""
    return {
        "title": step.title,
        "say": step.say,
        "evidence": " or ".join(map(_condition, step.evidence)),
        "follows": step.follows,
        "within": within,
        "gates": step.gates,
    }


def _condition(condition: Condition) -> str:
    tests = " and ".join(map(_test, condition.tests))
    return f"{condition.event.__name__}{' where ' + tests if tests else ''}"


def _test(test: Test) -> str:
    wanted = ", ".join(map(str, test.wanted)) if isinstance(test.wanted, list | tuple) else str(test.wanted)
    return f"{test.field} {test.operator.replace('_', ' ')} {wanted or 'nothing'}"


def as_text(found: Iterable[Difference]) -> str:
    """One line per change, its fields below it; "" when nothing is different."""
    return "\n".join(line for difference in found for line in _lines(difference))


def _lines(difference: Difference) -> list[str]:
    what = f"step {difference.step_id}" if difference.step_id else "the playbook"
    return [f"{difference.kind} {what}", *map(_field_line, difference.fields)]


def _field_line(change: FieldChange) -> str:
    if not change.before:
        return f"  {change.field}: {change.after}"
    if not change.after:
        return f"  {change.field}: no longer {change.before}"
    return f"  {change.field}: {change.before} -> {change.after}"
