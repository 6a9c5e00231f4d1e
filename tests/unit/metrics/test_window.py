"""Shares, percentiles and sums of many cases, in any order and any grouping."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.case import Case, observe
from services.metrics.domain.observations import Began
from services.metrics.domain.stamps import GAPS, UNKNOWN
from services.metrics.domain.window import Contribution, Counts, is_final, percentile, place, tally

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SECOND = 1_000_000

gap = st.none() | st.just(UNKNOWN) | st.integers(0, 200 * SECOND)
contributions = st.lists(
    st.builds(
        Contribution,
        st.booleans(),
        st.tuples(*[gap for _ in GAPS]),
        st.builds(Counts, *[st.integers(0, 3) for _ in Counts._fields]),
    ),
    max_size=30,
)


def headline(microseconds: int | None, *, answered: bool = True) -> Contribution:
    return Contribution(answered, (None,) * 6 + (microseconds,), Counts())


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=200), st.sampled_from([1, 50, 95, 99, 100]))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[int], p: int
) -> None:
    enough = [one for one in values if sum(other <= one for other in values) * 100 >= p * len(values)]
    assert percentile(sorted(values), p) == min(enough)


@given(contributions, st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_no_figure(given_: list[Contribution], chance: st.DataObject) -> None:
    shuffled = list(given_)
    chance.shuffle(shuffled)
    assert tally(shuffled) == tally(given_)


@given(contributions)
def test_every_answered_stretch_is_counted_once(given_: list[Contribution]) -> None:
    figures = tally(given_)
    for index, one in enumerate(figures.gaps):
        assert one.known + one.unknown == sum(case.gaps[index] is not None for case in given_)
        assert one.p50_s <= one.p95_s <= one.p99_s
    assert figures.counts.grants == sum(case.counts.grants for case in given_)
    assert figures.complaints == len(given_)


def test_exactly_sixty_seconds_is_within_and_one_microsecond_more_is_not() -> None:
    assert tally([headline(60 * SECOND)]).within_60s == 1
    assert tally([headline(60 * SECOND + 1)]).within_60s == 0


def test_an_unknown_headline_lowers_the_share() -> None:
    figures = tally([headline(SECOND), headline(UNKNOWN), headline(None, answered=False)])
    assert (figures.complaints, figures.answered, figures.within_60s, figures.unknown) == (3, 2, 1, 1)
    assert math.isclose(figures.share_60s, 0.5)


def test_a_window_of_nothing_says_zero() -> None:
    assert (tally([]).share_60s, tally([]).gaps[0].p99_s) == (0.0, 0.0)


def test_a_case_lies_in_the_minute_of_its_origin() -> None:
    case = observe(
        Case(), Began("b", NOON, "sms", NOON + timedelta(seconds=59.9), NOON + timedelta(seconds=61))
    )
    assert place(case, "acme") == ("acme", "sms", NOON)


@pytest.mark.parametrize(
    ("still_open", "quiet_s", "final"), [(0, 600, True), (0, 599, False), (1, 9999, False)]
)
def test_a_window_is_final_when_nothing_is_open_and_grace_has_passed(
    still_open: int, quiet_s: int, final: bool
) -> None:
    changed = NOON + timedelta(minutes=5)
    now = changed + timedelta(seconds=quiet_s)
    assert is_final(NOON, changed, still_open, now, timedelta(seconds=600)) is final
