"""What is known of one case does not depend on how its events arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain import observations as seen
from services.metrics.domain.case import Case, observe
from services.metrics.domain.errors import CaseBeganTwice
from services.metrics.domain.stamps import UNKNOWN
from services.metrics.domain.window import contribute, place

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fold(*told: seen.Observation) -> Case:
    return reduce(observe, told, Case())


BEGAN = seen.Began("b", after(0.3), "email", t0=after(0), t1=after(0.1), t2=after(0.2))

WAYS = ("withdrawn", "unreachable", "merged", "not_a_complaint", "final_response")
SAID = {"recommend": 9, "satisfaction": 3, "effort": 5}
moments = st.integers(-120, 7200).map(after)
maybe = st.none() | moments
ids = st.sampled_from("abcdef")
sequences = st.integers(1, 9)
observations: st.SearchStrategy[list[seen.Observation]] = st.lists(
    st.one_of(
        st.just(BEGAN),
        # The same event id is always the same event.
        st.builds(lambda *stamps: seen.Answered(repr(stamps), *stamps), moments, maybe, maybe),
        st.builds(lambda *stamps: seen.Spoke(repr(stamps), *stamps), moments, maybe),
        # One clock instance is always of one clock.
        ids.map(lambda one: seen.ClockMet(one, f"clock_{one}")),
        ids.map(lambda one: seen.ClockBreached(one, f"clock_{one}")),
        ids.map(lambda one: seen.PromiseKept(one, one < "c")),
        st.builds(seen.PromiseBroken, ids),
        st.builds(seen.HandedOff, ids),
        st.builds(seen.HandOffRefused, ids),
        ids.map(lambda one: seen.Granted(one, after(ord(one)), "EUR", ord(one), 2 * ord(one))),
        st.builds(seen.Revoked, ids),
        ids.map(lambda one: seen.ReplyChecked(one, "stopped" if one < "c" else "passed", ("excuse",))),
        st.builds(seen.Done, st.sampled_from(["apology", "responsibility", "decision"]), moments),
        st.builds(seen.Noted, st.sampled_from(["chases", "champions", "authority_requests"]), ids),
        # One service's order of one case: the same sequence is always the same event.
        sequences.map(lambda n: seen.Owned(f"{n:02}", after(n), after(n + 1), f"team {n}")),
        sequences.map(lambda n: seen.Assessed(f"{n:02}", f"severity {n}")),
        sequences.map(lambda n: seen.Felt(f"{n:02}", dict(list(SAID.items())[: n % 4]))),
        sequences.map(lambda n: seen.Closed(f"{2 * n:02}", n % 2 == 0, "" if n % 2 == 0 else WAYS[n // 2])),
        sequences.map(lambda n: seen.Reopened(f"r{n}", f"{2 * n + 1:02}")),
    ),
    max_size=25,
)


@given(observations, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_case(
    told: list[seen.Observation], chance: st.DataObject
) -> None:
    again = told + chance.choices(told, k=len(told)) if told else []
    chance.shuffle(again)
    assert contribute(fold(*again)) == contribute(fold(*told))
    assert place(fold(*again), "t") == place(fold(*told), "t")


def test_a_case_gives_nothing_before_its_complaint_is_known() -> None:
    early = fold(seen.Owned("1", after(1), after(1)), seen.Answered("a", after(9), after(8), after(9)))
    assert (contribute(early), place(early, "t")) == (None, None)
    known = contribute(observe(early, BEGAN))
    assert known is not None
    assert known.answered


def test_a_second_beginning_is_refused_and_the_first_stays() -> None:
    with pytest.raises(CaseBeganTwice) as refused:
        fold(BEGAN, seen.Began("other", after(5), "phone"))
    assert refused.value.rule == "case_began_twice"


def test_a_breach_is_final_even_when_the_clock_is_met_as_well() -> None:
    given_ = contribute(fold(BEGAN, seen.ClockMet("i"), seen.ClockBreached("i"), seen.ClockMet("j")))
    assert given_ is not None
    assert (given_.counts.clocks_met, given_.counts.clocks_breached) == (1, 1)


def test_a_broken_promise_stays_broken_when_it_is_kept_late() -> None:
    given_ = contribute(fold(BEGAN, seen.PromiseKept("p"), seen.PromiseBroken("p"), seen.PromiseKept("q")))
    assert given_ is not None
    assert (given_.counts.promises_kept, given_.counts.promises_broken) == (1, 1)


def test_a_merge_undone_opens_a_case_and_is_no_reopening_by_the_customer() -> None:
    told = fold(BEGAN, seen.Closed("5", confirmed=False), seen.Reopened("r", "6", counted=False))
    figures = contribute(told)
    assert figures is not None
    assert (figures.counts.open, figures.counts.reopened) == (1, 0)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_closing_is_counted_apart_while_it_lasts(way: str) -> None:
    closed = seen.Closed("5", confirmed=False, otherwise=way)
    for told, counted in (([closed], 1), ([closed, seen.Reopened("r", "6", counted=False)], 0)):
        given_ = contribute(fold(BEGAN, *told))
        assert given_ is not None
        closings = {
            name: n for name, n in given_.counts._asdict().items() if name.startswith("closed_") and n
        }
        assert closings == ({f"closed_{way}": 1} if counted else {})
        assert given_.counts.open == 1 - counted


def test_what_was_taken_back_is_counted_beside_what_was_given() -> None:
    given_ = contribute(
        fold(
            BEGAN,
            seen.Granted("g", NOON, "EUR", 500, 900),
            seen.Granted("h", NOON, "miles", 100, 300),
            *[seen.Revoked("g")] * 2,
        )
    )
    assert given_ is not None
    assert (given_.counts.grants, given_.counts.grants_revoked) == (2, 1)
    assert {name: n for name, n in given_.more.items() if name.startswith("grant_")} == {
        "grant_cost.miles": 100,
        "grant_value.miles": 300,
    }


def test_recovery_is_offered_when_the_last_of_its_four_parts_was_first_done() -> None:
    parts: list[seen.Observation] = [
        seen.Done("apology", after(5)),
        seen.Done("apology", after(500)),
        seen.Done("responsibility", after(9)),
        seen.Done("decision", after(40)),
    ]
    offered = [seen.Granted("g", after(30)), seen.Granted("h", after(300))]
    before, whole = contribute(fold(BEGAN, *parts)), contribute(fold(BEGAN, *offered, *parts))
    nobody_knows = contribute(fold(seen.Began("b", after(0), "email"), *offered, *parts))
    assert [one.recovery for one in (before, whole, nobody_knows) if one] == [None, 40_000_000, UNKNOWN]


def test_a_remedy_is_on_the_spot_when_nobody_had_to_be_asked_for_it() -> None:
    granted, asked = seen.Granted("g", NOON, "EUR", 5, 9), seen.Noted("authority_requests", "e")
    alone, lent = contribute(fold(BEGAN, granted)), contribute(fold(BEGAN, granted, asked))
    assert [(one.more["remedied"], one.more.get("on_the_spot", 0)) for one in (alone, lent) if one] == [
        (1, 1),
        (1, 0),
    ]


def test_a_breached_clock_is_counted_under_its_name_and_never_as_met() -> None:
    given_ = contribute(
        fold(
            BEGAN,
            seen.ClockBreached("i", "first_response"),
            seen.ClockMet("i", "first_response"),
            seen.ClockMet("j", "proposal"),
        )
    )
    assert given_ is not None
    assert given_.more == {"clock_met.proposal": 1, "clock_breached.first_response": 1}


def test_of_every_question_the_last_answer_counts_and_a_case_once() -> None:
    given_ = contribute(
        fold(
            BEGAN,
            seen.PromiseKept("p", circle_back=True),
            seen.PromiseKept("q", circle_back=True),
            seen.Felt("3", {"recommend": 6, "satisfaction": 5}),
            seen.Felt("2", {"recommend": 10, "effort": 4}),
        )
    )
    assert given_ is not None
    assert given_.more == {
        "surveys.sent": 1,
        "surveys.answered": 1,
        "nps.detractors": 1,
        "csat.answers": 1,
        "csat.satisfied": 1,
        "ces.answers": 1,
        "ces.sum": 4,
    }


def test_a_case_carries_its_last_severity_its_first_team_and_its_playbook() -> None:
    given_ = contribute(
        fold(
            BEGAN,
            seen.Assessed("5", "critical"),
            seen.Opened("1", "low", "sixty-seconds"),
            seen.Owned("6", after(9), after(9), "second"),
            seen.Owned("2", after(1), after(1), "first"),
        )
    )
    assert given_ is not None
    assert (given_.severity, given_.team, given_.playbook) == ("critical", "first", "sixty-seconds")


def test_the_last_word_of_resolution_decides_whether_a_case_is_open() -> None:
    closed = seen.Closed("5", confirmed=True)
    reopened = seen.Reopened("r", "6")
    closed_again = seen.Closed("7", confirmed=False)
    figures = [
        contribute(fold(BEGAN, *told))
        for told in ([], [closed], [reopened, closed], [closed_again, reopened, closed])
    ]
    counts = [one.counts for one in figures if one]
    assert [(one.open, one.closed_confirmed, one.reopened) for one in counts] == [
        (1, 0, 0),
        (0, 1, 0),
        (1, 0, 1),
        (0, 0, 1),
    ]


def test_t3_and_t4_are_those_of_the_first_owner() -> None:
    case = fold(BEGAN, seen.Owned("9", after(500), after(500)), seen.Owned("2", after(1), after(2)))
    assert case.first_owner == seen.Owned("2", after(1), after(2))


def test_a_greeting_before_the_complaint_is_no_answer_to_it() -> None:
    greeting = seen.Spoke("s1", after(-30), after(-30))
    answer = seen.Spoke("s2", after(12), after(12))
    for told in ([greeting, answer, BEGAN], [BEGAN, answer, greeting], [greeting, BEGAN, answer]):
        assert fold(*told).answer() == seen.Answered("s2", after(12), after(12), after(12))
    assert fold(greeting, BEGAN).answer() is None


def test_on_a_call_what_is_said_counts_before_what_is_delivered_later() -> None:
    case = fold(
        BEGAN, seen.Answered("m", after(50), after(40), after(50)), seen.Spoke("s", after(7), after(7))
    )
    answer = case.answer()
    assert answer is not None
    assert answer.t6 == after(7)


def test_a_linked_case_is_counted_and_its_missing_stamps_are_unknown() -> None:
    linked = seen.Began("l", after(100), "sms")
    given_ = contribute(fold(linked, seen.Answered("a", after(110), after(105), after(110))))
    assert given_ is not None
    assert given_.answered
    assert given_.gaps[-1] == -1
