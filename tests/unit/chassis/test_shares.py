"""Figures with their intervals: published examples, and what must hold of any counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.shares import nps, share

COUNTS = st.integers(min_value=0, max_value=5000)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # Newcombe, Stat. Med. 17 (1998) 857-872, table I, method 3 (score without continuity correction)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(count: int, n: int, low: float, high: float) -> None:
    told = share(count, n)
    assert (round(told.low, 4), round(told.high, 4)) == (low, high)
    assert told.value == count / n


@given(COUNTS, COUNTS)
def test_a_share_lies_in_its_interval_and_the_other_share_in_the_mirrored_one(count: int, rest: int) -> None:
    told, other = share(count, count + rest), share(rest, count + rest)
    assert 0 <= told.low <= told.value <= told.high <= 1
    if told.n:
        assert told.low == pytest.approx(1 - other.high)
        assert told.high == pytest.approx(1 - other.low)


@given(COUNTS, COUNTS, COUNTS)
def test_a_net_promoter_score_lies_in_its_interval_and_turns_round_with_the_answers(
    promoters: int, passives: int, detractors: int
) -> None:
    told, turned = nps(promoters, passives, detractors), nps(detractors, passives, promoters)
    assert -100 <= told.low <= told.score + 1e-9
    assert told.score - 1e-9 <= told.high <= 100
    assert told.score == pytest.approx(-turned.score)
    assert told.low == pytest.approx(-turned.high)


def test_the_score_is_promoters_minus_detractors_and_says_how_many_answered() -> None:
    told = nps(50, 30, 20)
    assert (told.n, told.score) == (100, pytest.approx(30))
    # the usual interval of so many answers, 30 +- 15.3, is near
    assert told.low == pytest.approx(14, abs=2)
    assert told.high == pytest.approx(44, abs=2)


def test_without_passives_the_score_is_twice_the_share_of_promoters_and_so_is_its_interval() -> None:
    told, good = nps(70, 0, 30), share(70, 100)
    assert told.low == pytest.approx(100 * (2 * good.low - 1))
    assert told.high == pytest.approx(100 * (2 * good.high - 1))


def test_of_no_answers_nothing_is_known() -> None:
    assert (share(0, 0).n, share(0, 0).low, share(0, 0).high) == (0, 0, 1)
    assert (nps(0, 0, 0).low, nps(0, 0, 0).high) == (-100, 100)


@given(st.integers(min_value=1, max_value=50))
def test_more_answers_of_the_same_kind_make_the_interval_narrower(times: int) -> None:
    few, many = nps(5 * times, 3 * times, 2 * times), nps(10 * times, 6 * times, 4 * times)
    assert many.high - many.low < few.high - few.low
