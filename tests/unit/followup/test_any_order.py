"""Whatever order facts arrive in, and however often: the same record, and never fewer breaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from services.followup.domain.advance import Picture, advance, fire, next_due, picture
from services.followup.domain.record import Fact, FollowUp
from services.followup.domain.words import PromiseKind, PromiseState, Severity, Solved
from tests.unit.followup.cases import (
    DAY,
    TERMS,
    answer,
    at,
    bounce,
    complaint,
    fresh,
    move,
    opened,
    owner,
    responses,
    said,
)

# A whole life: late flight, answered in time, handed over, resolved, asked too early, not solved, solved.
HISTORY: tuple[Fact, ...] = (
    complaint(),
    said("m0", 0, received=1),
    opened(2),
    owner("maria", 2),
    answer("c1", 40),
    said("m1", 300, received=301),
    bounce("c2", 310),
    answer("c3", 400),
    owner("jonas", 500),
    move("resolved", 1000, "maria"),
    answer("c4", 1500, circle_back=True),
    said("m2", 2000, solved=Solved.NO),
    move("reopened", 2001),
    answer("c5", 2100),
    move("resolved", 3000, "maria"),
    said("m3", 4000, solved=Solved.YES),
    move("closed", 4001),
    answer("c6", 3000 + DAY / 2, circle_back=True),
)
LATER = at(4 * DAY)
# Under these nothing is ever late, so no deadline decides anything while facts are still under way.
PATIENT = replace(
    TERMS,
    targets=responses(30 * DAY, 30 * DAY, 30 * DAY),
    progress_s=dict.fromkeys(Severity, 30 * DAY),
)


def told(facts: tuple[Fact, ...], now: datetime = LATER) -> FollowUp:
    record = fresh()
    for fact in facts:
        record = advance(record, [fact], now).record
    return record


def breaches(record: FollowUp) -> int:
    seen = picture(record)
    broken = sum(promise.state is PromiseState.BROKEN for promise in seen.promises)
    return broken + sum(clock.breached for clock in seen.clocks)


EXPECTED = told(HISTORY)


@given(st.permutations(HISTORY))
def test_every_order_of_a_history_gives_the_same_clocks_promises_and_feedback(facts: list[Fact]) -> None:
    """Told at once, as after a pause of ours: what is late is judged when all of it is known."""
    record = advance(fresh(), facts, LATER).record
    assert record == advance(fresh(), HISTORY, LATER).record
    assert picture(record).feedback == picture(EXPECTED).feedback


# What Kafka keeps in order: each topic by itself. Receipts (answers, bounces) are their own keys.
TOPICS = (
    [fact for fact in HISTORY if type(fact).__name__ in ("Complaint", "Said")],
    [fact for fact in HISTORY if type(fact).__name__ in ("Opened", "Owner", "Move")],
    *[[fact] for fact in HISTORY if type(fact).__name__ in ("Answer", "Failure")],
)


@st.composite
def interleavings(draw: st.DrawFn) -> list[Fact]:
    waiting = [list(topic) for topic in TOPICS]
    order: list[Fact] = []
    while any(waiting):
        topic = draw(st.sampled_from([topic for topic in waiting if topic]))
        order.append(topic.pop(0))
    return order


@given(interleavings())
def test_every_interleaving_of_the_topics_ends_in_the_same_picture_one_event_at_a_time(
    order: list[Fact],
) -> None:
    """What was said on the way may differ; what is true in the end does not."""
    record = patient = replace(fresh(), terms=PATIENT)
    for fact in order:
        record = advance(record, [fact], LATER).record
    expected = advance(patient, HISTORY, LATER).record
    assert record == expected
    assert picture(record) == picture(expected)


@given(st.lists(st.sampled_from(HISTORY), max_size=30))
def test_redelivery_changes_nothing(again: list[Fact]) -> None:
    step = advance(EXPECTED, again, LATER)
    assert (step.record, step.events) == (EXPECTED, ())


@given(
    st.permutations(HISTORY),
    st.lists(st.floats(min_value=0, max_value=5 * DAY), min_size=len(HISTORY), max_size=len(HISTORY)),
)
def test_no_order_and_no_timer_ever_takes_a_breach_back(facts: list[Fact], pauses: list[float]) -> None:
    record, known = fresh(), 0
    for fact, when in zip(facts, sorted(pauses), strict=True):
        record = fire(advance(record, [fact], at(when)).record, at(when)).record
        settled = len(record.breaches) + len(record.broken)
        assert settled >= known
        known = settled
    assert all(clock.breached for clock in picture(record).clocks if clock.instance_id in record.breaches)


@given(st.permutations(HISTORY), st.integers(min_value=0, max_value=len(HISTORY)))
def test_an_open_case_owes_exactly_one_word_and_a_settled_one_none(facts: list[Fact], known: int) -> None:
    record = advance(fresh(), facts[:known], at(3 * DAY)).record
    pending = [one for one in picture(record).promises if one.pending and one.kind is PromiseKind.PROGRESS]
    last = record.moves[-1].kind if record.moves else "open"
    owed = last == "reopened" or (last == "open" and record.opened is not None)
    assert len(pending) == (1 if owed else 0)


@given(st.permutations(HISTORY))
def test_firing_settles_everything_that_is_due(facts: list[Fact]) -> None:
    now = at(20 * DAY)
    record = fire(advance(fresh(), facts, at(DAY)).record, now).record
    seen: Picture = picture(record)
    assert (next_due(record, seen) or at(21 * DAY)) > now
    assert fire(record, now).events == ()
