"""A walker that knows nothing of years, sums or searches: it looks at the wall clock minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.followup.domain.calendars import Calendar

MINUTE = timedelta(minutes=1)


def wall_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the wall at `at` shows a time inside a block of its day or of the day before."""
    shown = at.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None)
    for day in (shown.date(), shown.date() - timedelta(days=1)):
        passed = (shown - datetime.combine(day, time())).total_seconds()
        if any(start <= passed < end for start, end in _blocks(calendar, day)):
            return True
    return False


def walked(calendar: Calendar, since: datetime, until: datetime, step: timedelta = MINUTE) -> timedelta:
    """The open time, when everything in the calendar falls on whole steps."""
    total, at = timedelta(0), since.astimezone(UTC)
    while at < until:
        if wall_open(calendar, at):
            total += step
        at += step
    return total


def walked_to(calendar: Calendar, since: datetime, amount: timedelta, step: timedelta = MINUTE) -> datetime:
    """The first instant by which it was open for `amount`."""
    at = since.astimezone(UTC)
    while amount > timedelta(0):
        if wall_open(calendar, at):
            amount -= step
        at += step
    return at


def _blocks(calendar: Calendar, day: date) -> tuple[tuple[int, int], ...]:
    special = [one.blocks for one in calendar.special if one.day == day]
    return special[0] if special else calendar.week[day.weekday()]
