"""Histories written down once must fold to the same state for ever: a change of the rules may not rewrite
the past.

A file of tests/histories has one event per line (`type`, and its fields) and, last, the state they make."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from services.resolution.domain.evolve import evolve
from services.resolution.domain.playbook import EVENT_TYPES
from services.resolution.domain.state import Case

HISTORIES = sorted((Path(__file__).parents[2] / "histories").glob("resolution*.jsonl"))


def test_there_are_histories() -> None:
    assert HISTORIES


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
def test_a_history_folds_to_the_state_it_was_written_down_with(file: Path) -> None:
    *events, final = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    case: Case | None = None
    for line in events:
        kind = EVENT_TYPES[line.pop("type")]
        case = evolve(case, msgspec.convert(line, kind))
    assert case == msgspec.convert(final["state"], Case)
