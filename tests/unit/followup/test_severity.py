"""A case that is found to be of another severity: clocks are added and none is taken away (rule 5), words are
promised sooner and never later."""

from __future__ import annotations

from dataclasses import replace

from services.followup.domain.advance import picture
from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import clocks
from services.followup.domain.events import ClockBreached, ClockMet, ClockStarted
from services.followup.domain.policy import MetBy, Target
from services.followup.domain.promises import promises
from services.followup.domain.record import Assessed
from services.followup.domain.words import ClockName, PromiseState, Severity
from tests.unit.followup.cases import (
    DAY,
    TERMS,
    Case,
    answer,
    at,
    complaint,
    fresh,
    move,
    opened,
    owner,
    pending,
    said,
)

AMOUNTS = {Severity.LOW: 4000.0, Severity.NORMAL: 2000.0, Severity.HIGH: 900.0, Severity.CRITICAL: 300.0}
BY_SEVERITY = replace(
    TERMS, targets=(*TERMS.targets, Target(ClockName.RESOLUTION_FIRST, AMOUNTS, MetBy.RESOLUTION))
)


def case(severity: Severity = Severity.NORMAL) -> Case:
    return Case(fresh(BY_SEVERITY)).learn(2, complaint(), said("m0", 0), opened(1, severity), owner())


def found(told: Case) -> list[ClockInstance]:
    return [one for one in clocks(told.record) if one.clock == ClockName.RESOLUTION_FIRST]


def test_a_graver_severity_adds_a_clock_from_the_beginning_of_the_case_and_leaves_the_first() -> None:
    told = case()
    (first,) = found(told)
    told.learn(101, Assessed(at(100), Severity.HIGH))
    assert [(one.started_at, one.due_at, one.severity) for one in found(told)] == [
        (at(0), at(2000), ""),
        (at(0), at(900), "high"),
    ]
    assert found(told)[0] == first
    (added,) = [event for event in told.said_of(ClockStarted) if event.clock.severity]  # type: ignore[union-attr]
    assert added.clock.instance_id != first.instance_id  # type: ignore[union-attr]


def test_each_severity_adds_its_clock_once_however_often_it_is_given() -> None:
    told = case().learn(10, Assessed(at(10), Severity.CRITICAL), Assessed(at(11), Severity.HIGH))
    told.learn(20, Assessed(at(20), Severity.CRITICAL))
    assert [one.severity for one in found(told)] == ["", "critical"]


def test_a_lower_severity_gives_no_more_time_and_takes_no_breach() -> None:
    told = case(Severity.CRITICAL).fire(301)
    told.learn(400, Assessed(at(400), Severity.LOW)).fire(5000)
    assert [(one.due_at, one.breached) for one in found(told)] == [(at(300), True)]
    assert len([one for one in told.said_of(ClockBreached) if one.clock.clock == "resolution_first"]) == 1  # type: ignore[union-attr]


def test_what_was_over_before_it_was_found_to_be_graver_is_not_judged_again() -> None:
    told = case().learn(600, answer("c1", 590), move("resolved", 600, "maria"))
    told.learn(700, Assessed(at(700), Severity.CRITICAL)).fire(5000)
    assert [(one.severity, one.in_time) for one in found(told)] == [("", True)]


def test_both_clocks_are_met_by_the_same_resolution_each_by_its_own_time() -> None:
    told = case().learn(101, Assessed(at(100), Severity.HIGH))
    told.learn(1000, answer("c1", 990), move("resolved", 1000, "maria"))
    met = [event.clock for event in told.said_of(ClockMet) if event.clock.clock == "resolution_first"]  # type: ignore[union-attr]
    assert [(one.severity, one.in_time) for one in met] == [("", True), ("high", False)]


def test_the_next_word_is_owed_within_the_graver_interval_from_then_on() -> None:
    told = Case().learn(0, opened(), owner()).learn(100, Assessed(at(100), Severity.CRITICAL))
    first, second = promises(told.record)
    assert (first.state, first.reason) == (PromiseState.SUPERSEDED, "severity_assessed")
    assert (second.due_at, second.because) == (at(100 + 7200), "severity_assessed")
    told.learn(201, answer("c1", 200))
    assert [one.due_at for one in pending(promises(told.record))] == [at(200 + 7200)]


def test_a_lower_severity_makes_no_word_later() -> None:
    told = Case().learn(0, opened(0, Severity.CRITICAL), owner())
    told.learn(100, Assessed(at(100), Severity.LOW)).learn(201, answer("c1", 200))
    assert [one.due_at for one in pending(promises(told.record))] == [at(200 + 7200)]
    assert DAY > 7200


def test_the_timer_is_set_for_the_added_deadline() -> None:
    told = case().learn(70, answer("c1", 50)).learn(101, Assessed(at(100), Severity.HIGH))
    deadlines = [one.deadline for one in picture(told.record).clocks if one.deadline is not None]
    assert told.last is not None
    assert told.last.next_due == min(deadlines) == at(900)
