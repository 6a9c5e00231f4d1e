"""Deadlines in days: which day is the last, and when on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.followup.domain.calendar_days import (
    Close,
    Unit,
    business_days_after,
    due,
    instant,
    months_after,
)
from services.followup.domain.calendars import Block, Calendar, NeverOpen, Special, hours

H = 3600
DAY_BLOCKS: tuple[Block, ...] = ((9 * H, 12 * H), (13 * H, 17 * H))
# The bank holidays of England and Wales around the days asked for.
BANK = tuple(
    Special(date.fromisoformat(day))
    for day in (
        "2025-12-25",
        "2025-12-26",
        "2026-01-01",
        "2026-04-03",
        "2026-04-06",
        "2026-12-25",
        "2026-12-28",
    )
)
OFFICE = hours(Calendar("uk", "Europe/London", (DAY_BLOCKS,) * 5 + ((), ()), BANK))
SYDNEY = hours(Calendar("au", "Australia/Sydney", (DAY_BLOCKS,) * 5 + ((), ())))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("since", "number", "unit", "close", "expected"),
    [
        # A Friday: the third business day after it is the Wednesday.
        ("2026-11-27T10:15:00Z", 3, Unit.BUSINESS_DAYS, Close.BUSINESS, "2026-12-02T17:00:00Z"),
        ("2026-11-27T10:15:00Z", 3, Unit.BUSINESS_DAYS, Close.SAME_TIME, "2026-12-02T10:15:00Z"),
        ("2026-11-27T10:15:00Z", 3, Unit.BUSINESS_DAYS, Close.DAY, "2026-12-03T00:00:00Z"),
        # At the weekend nothing is counted twice: Saturday and Friday have the same third day.
        ("2026-11-28T10:15:00Z", 3, Unit.BUSINESS_DAYS, Close.BUSINESS, "2026-12-02T17:00:00Z"),
        # Over Easter: Good Friday, the weekend and the Monday are left out.
        ("2026-04-02T23:30:00+01:00", 1, Unit.BUSINESS_DAYS, Close.BUSINESS, "2026-04-07T17:00:00+01:00"),
        # Over Christmas and the New Year.
        ("2025-12-24T12:00:00Z", 3, Unit.BUSINESS_DAYS, Close.BUSINESS, "2025-12-31T17:00:00Z"),
        ("2025-12-24T12:00:00Z", 4, Unit.BUSINESS_DAYS, Close.BUSINESS, "2026-01-02T17:00:00Z"),
        # 23:30 UTC in summer is half past midnight of the next day in London.
        ("2026-07-01T23:30:00Z", 1, Unit.BUSINESS_DAYS, Close.DAY, "2026-07-04T00:00:00+01:00"),
        ("2026-11-27T10:15:00Z", 0, Unit.BUSINESS_DAYS, Close.BUSINESS, "2026-11-27T17:00:00Z"),
        # Eight weeks over the end of summer time end at midnight of the winter.
        ("2026-09-15T12:00:00+01:00", 8, Unit.WEEKS, Close.DAY, "2026-11-11T00:00:00Z"),
        ("2026-02-10T12:00:00Z", 8, Unit.WEEKS, Close.SAME_TIME, "2026-04-07T12:00:00+01:00"),
        ("2026-01-31T12:00:00Z", 1, Unit.MONTHS, Close.DAY, "2026-03-01T00:00:00Z"),
        ("2028-01-31T12:00:00Z", 1, Unit.MONTHS, Close.SAME_TIME, "2028-02-29T12:00:00Z"),
        ("2028-02-29T12:00:00Z", 12, Unit.MONTHS, Close.SAME_TIME, "2029-02-28T12:00:00Z"),
        ("2026-11-30T12:00:00Z", 2, Unit.MONTHS, Close.SAME_TIME, "2027-01-30T12:00:00Z"),
        # The end of business of a day that has none is its midnight.
        ("2026-11-27T12:00:00Z", 1, Unit.DAYS, Close.BUSINESS, "2026-11-29T00:00:00Z"),
        # 01:30 is left out on 29 March, and comes twice on 25 October.
        ("2026-03-28T01:30:00Z", 1, Unit.DAYS, Close.SAME_TIME, "2026-03-29T01:00:00Z"),
        ("2026-10-24T01:30:00+01:00", 1, Unit.DAYS, Close.SAME_TIME, "2026-10-25T01:30:00+01:00"),
    ],
)
def test_the_last_day_and_the_hour_are_those_of_the_office(
    since: str, number: int, unit: Unit, close: Close, expected: str
) -> None:
    assert due(OFFICE, at(since), number, unit, close) == at(expected)


def test_days_are_those_of_the_offices_zone() -> None:
    """Monday evening in London is Tuesday in Sydney."""
    found = due(SYDNEY, at("2026-11-23T20:00:00Z"), 1, Unit.DAYS, Close.DAY)
    assert found == at("2026-11-26T00:00:00+11:00")


def test_a_midnight_that_is_left_out_is_the_moment_the_clock_is_turned() -> None:
    """Beirut turned its clocks at midnight of 29 March 2026: that day begins at 01:00."""
    beirut = hours(Calendar("lb", "Asia/Beirut", (DAY_BLOCKS,) * 7))
    assert due(beirut, at("2026-03-27T12:00:00+02:00"), 1, Unit.DAYS, Close.DAY) == at("2026-03-28T22:00:00Z")


def test_a_closing_time_inside_the_hour_that_comes_twice_is_its_second_one() -> None:
    night = hours(Calendar("night", "Europe/London", (((20 * H, 25 * H + 1800),),) * 7))
    found = due(night, at("2026-10-23T12:00:00Z"), 1, Unit.DAYS, Close.BUSINESS)
    assert found == at("2026-10-25T01:30:00Z")


def test_an_office_without_business_days_says_so() -> None:
    with pytest.raises(NeverOpen):
        business_days_after(hours(Calendar("never", "UTC", ((),) * 7)), date(2026, 1, 1), 1)


@given(st.dates(date(2025, 12, 1), date(2027, 1, 10)), st.integers(0, 60))
def test_between_the_start_and_the_last_day_lie_as_many_business_days_as_were_asked_for(
    start: date, number: int
) -> None:
    last = business_days_after(OFFICE, start, number)
    holidays = {one.day for one in BANK}
    passed = [start + timedelta(days=day + 1) for day in range((last - start).days)]
    working = [day for day in passed if day.weekday() < 5 and day not in holidays]
    assert len(working) == number
    assert not working or working[-1] == last


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 48))
def test_months_later_is_the_same_day_or_the_last_of_the_month(start: date, number: int) -> None:
    later = months_after(start, number)
    assert (later.year - start.year) * 12 + later.month - start.month == number
    assert later.day == start.day or (later.day < start.day and (later + timedelta(days=1)).day == 1)


@given(
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"]),
    st.integers(0, 365 * 86400),
)
def test_the_instant_of_a_wall_time_is_the_first_that_shows_it_or_the_turn_past_it(
    zone: str, second: int
) -> None:
    wall = datetime.combine(date(2026, 1, 1), time()) + timedelta(seconds=second)
    clock = hours(Calendar("zone", zone, ((),) * 7))
    found = instant(clock, wall)
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    before = (found - timedelta(seconds=1)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == wall or before < wall < shown
