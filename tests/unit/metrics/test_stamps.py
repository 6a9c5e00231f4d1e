"""Missing and impossible stamps are unknown, never met."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.metrics.domain.observations import Answered, Began, Owned
from services.metrics.domain.stamps import GAPS, UNKNOWN, between, gaps, origin

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def began(t0: datetime | None = NOON, t1: datetime | None = None, t2: datetime | None = None) -> Began:
    return Began("b", after(0.5), "email", t0, t1 or after(0.1), t2 or after(0.2))


def test_the_gaps_are_measured_from_stamp_to_stamp_and_the_headline_from_end_to_end() -> None:
    owned = Owned("1", after(0.5), after(0.75))
    measured = gaps(began(), owned, Answered("a", after(30), after(20), after(30)))
    assert dict(zip(GAPS, measured, strict=True)) == {
        "t0_t1": 100_000,
        "t1_t2": 100_000,
        "t2_t3": 300_000,
        "t3_t4": 250_000,
        "t4_t5": 19_250_000,
        "t5_t6": 10_000_000,
        "headline": 30_000_000,
    }


def test_what_has_not_happened_yet_is_neither_known_nor_unknown() -> None:
    assert gaps(began(), None, None)[2:] == (None, None, None, None, None)


@pytest.mark.parametrize(
    "t0",
    [
        pytest.param(None, id="the provider gave none"),
        pytest.param(LONG_AGO, id="before 2000"),
        pytest.param(after(0.1 + 2.1), id="later than we received it"),
    ],
)
def test_an_impossible_origin_makes_the_headline_unknown(t0: datetime | None) -> None:
    measured = gaps(began(t0), None, Answered("a", after(5), after(5), after(5)))
    assert (measured[0], measured[-1]) == (UNKNOWN, UNKNOWN)


def test_an_impossible_origin_leaves_the_case_in_the_minute_we_received_it() -> None:
    assert origin(began(after(3600))) == after(0.1)
    assert origin(Began("b", after(9), "email")) == after(9)


def test_a_receipt_before_the_complaint_is_unknown_and_never_met() -> None:
    assert gaps(began(), None, Answered("a", after(5), after(-60), after(-60)))[-1] == UNKNOWN


def test_whole_second_stamps_of_a_provider_count_as_zero_but_our_own_clocks_may_not_run_backwards() -> None:
    # A provider that cuts to whole seconds reports t6 = 20 for what we sent at 20.7.
    assert gaps(began(), None, Answered("a", after(21), after(20.7), after(20)))[5] == 0
    assert gaps(began(t1=after(0.3), t2=after(0.2)), None, None)[1] == UNKNOWN


def test_between_counts_microseconds() -> None:
    assert between(NOON, NOON + timedelta(microseconds=1)) == 1
