"""evolve(state, event) -> state: the only place where a case's state changes. Total over events that decide()
makes; an event that the state table does not allow raises, so a log that could not have happened is never
folded quietly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve import (
    authority,
    closing,
    heard,
    hints,
    learning,
    life,
    merging,
    ownership,
    remedies,
    replies,
    solution,
)
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.evolve.solution import ACT_OF_VERDICT as ACT_OF_VERDICT
from services.resolution.domain.state import Case

_CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    **life.CHANGES,
    **ownership.CHANGES,
    **remedies.CHANGES,
    **replies.CHANGES,
    **hints.CHANGES,
    **solution.CHANGES,
    **closing.CHANGES,
    **authority.CHANGES,
    **merging.CHANGES,
    **learning.CHANGES,
    **heard.CHANGES,
}


def evolve(case: Case | None, event: e.Event) -> Case:
    """The state after `event`. Only CaseOpened may come first; raises LookupError for anything else without a
    case."""
    if isinstance(event, e.CaseOpened):
        return life.opened(event)
    if case is None:
        raise LookupError(f"{type(event).__name__} before CaseOpened")
    return _changed(case, {"version": case.version + 1, **_CHANGES[type(event)](case, event)})


_NAMES = frozenset(field.name for field in fields(Case))


def _changed(case: Case, changes: Changes) -> Case:
    """dataclasses.replace, which takes many times as long over sixty fields. Raises TypeError for a name
    that is no field.
    """
    if not changes.keys() <= _NAMES:
        raise TypeError(f"no fields of Case: {sorted(changes.keys() - _NAMES)}")
    changed = object.__new__(Case)
    changed.__dict__.update(case.__dict__, **changes)
    return changed


def fold(case: Case | None, events: Iterable[e.Event]) -> Case | None:
    """Every event in order."""
    for event in events:
        case = evolve(case, event)
    return case
