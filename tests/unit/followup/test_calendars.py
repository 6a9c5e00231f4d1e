"""Business time equals what a walker sees on the wall, minute by minute, also where the clock is turned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.followup.domain.calendars import ALWAYS, DAY_S, Block, Calendar, NeverOpen, Special, hours
from tests.unit.followup.walls import walked, walked_to, wall_open

H = 3600
OFFICE: tuple[Block, ...] = ((9 * H, 12 * H + 1800), (13 * H + 1800, 17 * H))
WEEKDAYS = (OFFICE,) * 5 + ((), ())
NIGHT = (((22 * H, 30 * H),),) * 7
# Half an hour in Lord Howe, a whole day left out in Samoa, at midnight in Beirut, twice around Ramadan.
ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "UTC",
)
# Days around which clocks were turned somewhere in ZONES, and the turns of years.
TURNS = (
    datetime(2026, 3, 8, tzinfo=UTC),
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC),
    datetime(2026, 10, 3, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 2, 15, tzinfo=UTC),
    datetime(2026, 3, 22, tzinfo=UTC),
    datetime(2018, 11, 4, tzinfo=UTC),
    datetime(2025, 12, 31, tzinfo=UTC),
    datetime(2024, 2, 29, tzinfo=UTC),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def london(week: tuple[tuple[Block, ...], ...] = WEEKDAYS, *special: Special) -> Calendar:
    return Calendar("test", "Europe/London", week, special)


@st.composite
def days(draw: st.DrawFn) -> tuple[Block, ...]:
    """Up to three blocks of whole minutes, the last perhaps into the next day."""
    marks = sorted(draw(st.sets(st.integers(0, 1439), max_size=6)))
    pairs = [(first * 60, then * 60) for first, then in zip(marks[::2], marks[1::2], strict=False)]
    if pairs and draw(st.booleans()):
        start, end = pairs[-1]
        pairs[-1] = (start, draw(st.integers(end // 60, (start + DAY_S) // 60)) * 60)
    return tuple(pairs)


@st.composite
def calendars(draw: st.DrawFn, around: datetime) -> Calendar:
    week = tuple(draw(days()) for _ in range(7))
    special = draw(st.dictionaries(st.integers(-3, 3), st.one_of(st.just(()), days()), max_size=3))
    return Calendar(
        "random",
        draw(st.sampled_from(ZONES)),
        week,
        tuple(Special((around + timedelta(days=day)).date(), blocks) for day, blocks in special.items()),
    )


@st.composite
def spans(draw: st.DrawFn) -> tuple[Calendar, datetime, datetime]:
    around = draw(st.sampled_from(TURNS))
    since = around + timedelta(minutes=draw(st.integers(-900, 900)))
    return draw(calendars(around)), since, since + timedelta(minutes=draw(st.integers(0, 1800)))


@given(spans())
@settings(max_examples=60, deadline=None)
def test_open_time_is_what_a_walker_counts_minute_by_minute(
    span: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, since, until = span
    assert hours(calendar).between(since, until) == walked(calendar, since, until)


@given(spans())
@settings(max_examples=60, deadline=None)
def test_the_instant_after_so_much_open_time_is_where_the_walker_stops(
    span: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, since, until = span
    open_time = hours(calendar).between(since, until)
    found = hours(calendar).after(since, open_time)
    assert found == walked_to(calendar, since, open_time)
    assert hours(calendar).between(since, found) == open_time


@given(spans())
@settings(max_examples=60, deadline=None)
def test_it_is_open_when_the_wall_shows_a_time_inside_a_block(
    span: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, since, until = span
    assert hours(calendar).is_open(since) == wall_open(calendar, since)
    assert hours(calendar).is_open(until) == wall_open(calendar, until)


@given(spans(), st.integers(0, 10**7), st.integers(0, 10**7))
@settings(max_examples=60, deadline=None)
def test_open_time_adds_up_to_the_microsecond(
    span: tuple[Calendar, datetime, datetime], first: int, then: int
) -> None:
    calendar, since, _ = span
    middle = since + timedelta(microseconds=first * 997)
    until = middle + timedelta(microseconds=then * 997)
    clock = hours(calendar)
    assert clock.between(since, middle) + clock.between(middle, until) == clock.between(since, until)


@pytest.mark.parametrize(
    ("since", "until", "open_time"),
    [
        ("2026-11-27T09:00:00+00:00", "2026-11-27T17:00:00+00:00", timedelta(hours=7)),
        ("2026-11-27T12:00:01+00:00", "2026-11-27T13:30:02+00:00", timedelta(seconds=1801)),
        ("2026-11-27T16:59:59+00:00", "2026-11-30T09:00:01+00:00", timedelta(seconds=2)),
        ("2026-11-28T00:00:00+00:00", "2026-11-29T23:59:59+00:00", timedelta(0)),
        # In summer the office in London opens at 08:00 UTC.
        ("2026-07-01T07:30:00+00:00", "2026-07-01T08:30:00+00:00", timedelta(minutes=30)),
        ("2026-11-27T17:00:00+00:00", "2026-11-27T09:00:00+00:00", timedelta(0)),
    ],
)
def test_an_office_with_a_lunch_break_is_counted_to_the_second(
    since: str, until: str, open_time: timedelta
) -> None:
    assert hours(london()).between(at(since), at(until)) == open_time


@pytest.mark.parametrize(
    ("day", "open_time"),
    [
        ("2026-03-28", timedelta(hours=7)),
        ("2026-10-24", timedelta(hours=9)),
        ("2026-11-24", timedelta(hours=8)),
    ],
)
def test_a_night_in_which_the_clock_is_turned_is_an_hour_shorter_or_longer(
    day: str, open_time: timedelta
) -> None:
    since = at(f"{day}T12:00:00+00:00")
    assert hours(london(NIGHT)).between(since, since + timedelta(days=1)) == open_time


def test_a_block_inside_the_hour_that_is_left_out_is_no_time_at_all() -> None:
    gap = london((((H + 600, 2 * H - 600),),) * 7)
    since = at("2026-03-29T00:00:00+00:00")
    assert hours(gap).between(since, since + timedelta(hours=23)) == timedelta(0)


def test_a_block_inside_the_hour_that_comes_twice_counts_twice() -> None:
    fold = london((((H + 600, 2 * H - 600),),) * 7)
    since = at("2026-10-24T23:00:00+00:00")
    assert hours(fold).between(since, since + timedelta(hours=25)) == timedelta(minutes=80)


def test_a_calendar_that_never_closes_counts_the_days_of_23_and_25_hours_as_they_are() -> None:
    clock = hours(london(ALWAYS))
    since = at("2026-01-01T00:00:00+00:00")
    assert clock.between(since, since + timedelta(days=365)) == timedelta(days=365)


def test_a_shift_that_began_before_a_holiday_ends_on_it_and_none_begins() -> None:
    clock = hours(london(NIGHT, Special(date(2026, 12, 25))))
    eve = at("2026-12-24T12:00:00+00:00")
    assert clock.between(eve, eve + timedelta(days=1)) == timedelta(hours=8)
    assert clock.between(eve + timedelta(days=1), eve + timedelta(days=2)) == timedelta(0)


def test_a_day_with_other_hours_has_these_and_not_its_weekdays() -> None:
    clock = hours(london(WEEKDAYS, Special(date(2026, 12, 24), ((9 * H, 12 * H),))))
    eve = at("2026-12-24T00:00:00+00:00")
    assert clock.between(eve, eve + timedelta(days=1)) == timedelta(hours=3)


def test_a_target_that_ends_with_the_day_is_due_then_and_not_the_next_morning() -> None:
    clock = hours(london())
    assert clock.after(at("2026-11-27T15:00:00+00:00"), timedelta(hours=2)) == at("2026-11-27T17:00:00+00:00")
    assert clock.after(at("2026-11-27T15:00:00+00:00"), timedelta(hours=2, microseconds=1)) == at(
        "2026-11-30T09:00:00.000001+00:00"
    )


def test_no_time_at_all_is_due_at_once_even_at_night() -> None:
    night = at("2026-11-27T23:00:00+00:00")
    assert hours(london()).after(night, timedelta(0)) == night


def test_a_calendar_that_never_opens_says_so_instead_of_looking_for_ever() -> None:
    with pytest.raises(NeverOpen):
        hours(london(((),) * 7)).after(at("2026-11-27T15:00:00+00:00"), timedelta(seconds=1))


@pytest.mark.parametrize(
    "blocks",
    [
        ((9 * H, 9 * H),),
        ((-1, H),),
        ((DAY_S, DAY_S + 1),),
        ((0, DAY_S + 1),),
        ((9 * H, 12 * H), (11 * H, 13 * H)),
    ],
)
def test_a_block_that_is_none_is_refused(blocks: tuple[Block, ...]) -> None:
    with pytest.raises(ValueError, match="block"):
        london((blocks,) * 7)


def test_a_day_that_is_special_twice_and_a_short_week_are_refused() -> None:
    with pytest.raises(ValueError, match="special once"):
        london(WEEKDAYS, Special(date(2026, 1, 1)), Special(date(2026, 1, 1), OFFICE))
    with pytest.raises(ValueError, match="seven"):
        london((OFFICE,))


def test_a_zone_that_is_none_is_refused_when_the_calendar_is_first_asked() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        hours(Calendar("test", "Europe/Lundon", WEEKDAYS))
