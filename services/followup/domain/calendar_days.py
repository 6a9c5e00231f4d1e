"""Deadlines in days: business days, calendar days, weeks and months, and at what time of the last day.

The day of the start is day 0 and the first counted is the one after it, by the local date of the calendar. A
business day is one on which a block begins. Sources of the rule: policies/ names them, policy by policy; an
event-driven period does not count the day of the event (Regulation 1182/71 article 3 says so for the EU).
"""

from __future__ import annotations

import calendar as gregorian
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from services.followup.domain.calendars import HORIZON_YEARS, Hours, NeverOpen

_DAY = timedelta(days=1)


class Close(StrEnum):
    """When on its last day a deadline in days is."""

    BUSINESS = "end of business"  # the last block's end; of a day without one, midnight
    DAY = "end of day"  # local midnight after it
    SAME_TIME = "same time"  # what the clock showed at the start


class Unit(StrEnum):
    """What a number counts."""

    SECONDS = "seconds"  # of time that the calendar is open
    BUSINESS_DAYS = "business days"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


def local_day(hours: Hours, at: datetime) -> date:
    """The date that the calendar on the wall shows."""
    return at.astimezone(hours.zone).date()


def is_business_day(hours: Hours, day: date) -> bool:
    """Whether the office opens on it."""
    return bool(hours.blocks(day))


def due(hours: Hours, since: datetime, number: int, unit: Unit, close: Close) -> datetime:
    """The instant that is `number` of `unit` after `since`. Raises NeverOpen when no business day comes.

    A month that has no such day ends on its last one (31 January and one month: 28 or 29 February).
    """
    return _closing(hours, _last_day(hours, local_day(hours, since), number, unit), close, since)


def _last_day(hours: Hours, start: date, number: int, unit: Unit) -> date:
    match unit:
        case Unit.BUSINESS_DAYS:
            return business_days_after(hours, start, number)
        case Unit.DAYS:
            return start + number * _DAY
        case Unit.WEEKS:
            return start + 7 * number * _DAY
        case Unit.MONTHS:
            return months_after(start, number)
        case Unit.SECONDS:
            raise ValueError("seconds are counted in a calendar, not in days")


def business_days_after(hours: Hours, start: date, number: int) -> date:
    """The `number`-th business day after `start`; `start` itself for none. Raises NeverOpen."""
    day, left = start, number
    horizon = start + HORIZON_YEARS * 366 * _DAY
    while left:
        day += _DAY
        if day > horizon:
            raise NeverOpen(f"{hours.calendar.calendar_id} has no {number} business days after {start}")
        left -= is_business_day(hours, day)
    return day


def months_after(start: date, number: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    return date(year, month + 1, min(start.day, gregorian.monthrange(year, month + 1)[1]))


def instant(hours: Hours, wall: datetime) -> datetime:
    """When the wall first shows `wall` (no zone) or, where the clock is turned past it, a later time."""
    aware = wall.replace(tzinfo=hours.zone)
    found = aware.astimezone(UTC)
    if found.astimezone(hours.zone).replace(tzinfo=None) == wall:
        return found
    # In a gap. With fold=1 the offset after the gap is taken, so this lies before it and the other behind:
    # the turn is where the wall, counted by the earlier offset, first shows what does not exist.
    before = aware.replace(fold=1).astimezone(UTC)
    low, high = before, found
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        shown = middle.astimezone(hours.zone).replace(tzinfo=None)
        low, high = (middle, high) if shown < wall else (low, middle)
    return high


def _closing(hours: Hours, day: date, close: Close, since: datetime) -> datetime:
    match close:
        case Close.SAME_TIME:
            return instant(hours, datetime.combine(day, since.astimezone(hours.zone).time()))
        case Close.BUSINESS:
            passed = [stretch for block in hours.blocks(day)[-1:] for stretch in hours.instants(day, block)]
            if passed:
                return passed[-1][1]
    return instant(hours, datetime.combine(day + _DAY, time()))
