"""What operators see of deadlines and promises: how they ended, by clock and kind, nobody's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from services.followup.adapters import counting
from services.followup.app.ports import Advanced, Cause
from services.followup.domain.advance import Step
from tests.support.scraping import Series, scraping
from tests.unit.followup.cases import Case, answer, complaint, opened, owner, said


@pytest.fixture
def series(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Series]]:
    for name in ("SLA_DEADLINES", "PROMISES", "TIME_TO_ACKNOWLEDGE"):
        monkeypatch.setattr(counting, name, replace(getattr(counting, name)))
    with scraping(monkeypatch) as read:
        yield read


def count(*cases: Case) -> None:
    """Count what these cases said."""
    for case in cases:
        step = Step(case.record, tuple(case.events), (), None, None)
        counting.count([Advanced(step, Cause(), (), timer_moved=False)])


def test_an_answer_in_time_meets_and_one_too_late_breaches(series: Callable[[], Series]) -> None:
    begun = Case().learn(1, complaint(), opened(1), said("m0", 0), owner())
    in_time = begun.learn(45, answer("c1", 40))
    late = (
        Case().learn(1, complaint(), opened(1), said("m0", 0), owner()).fire(61).learn(75, answer("c1", 70))
    )
    count(in_time, late)
    found = series()
    assert found["amends.sla.deadlines"]["kind=response_60s,result=met"] == 1
    assert found["amends.sla.deadlines"]["kind=response_60s,result=breached"] == 1
    assert sum(found["amends.case.time_to_acknowledge"].values()) == 2


def test_a_promise_that_passes_is_counted_broken(series: Callable[[], Series]) -> None:
    case = Case().learn(1, complaint(), opened(1), said("m0", 0), owner()).fire(86400 + 2)
    count(case)
    assert series()["amends.promises"]["kind=progress,result=broken"] == 1
