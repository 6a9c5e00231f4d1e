"""Whole days from an iCal file (RFC 5545), as offices and public bodies publish their holidays.

Only events of whole days count: a meeting at noon closes no office. Repetition is followed inside the years
that are asked for and nowhere else, so that a file cannot ask for endless work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib import import_module
from typing import Any

LARGEST = 1_000_000
"""Bytes of a file; decades of holidays have less."""
MOST_EVENTS = 5_000
MOST_DAYS = 366
"""Days that one event may last: a year off is a mistake."""

OLDEST_YEAR = 1900
# What closes every week is no holiday but the hours of the week, and cheap to write without end.
_FREQUENCIES = ("YEARLY", "MONTHLY")
_DAY = timedelta(days=1)


class BadICal(ValueError):
    """The file is no iCal file, or larger than any list of holidays."""


def days(content: bytes, first_year: int, last_year: int) -> set[date]:
    """The days of a file's whole-day events inside these years. Raises BadICal."""
    if len(content) > LARGEST:
        raise BadICal(f"more than {LARGEST} bytes")
    # Read only where a calendar names a file: 4 MB and 0.1 s.
    library = import_module("icalendar")
    try:
        events = library.Calendar.from_ical(content).walk("VEVENT")
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadICal(f"no iCal file: {error}") from error
    if len(events) > MOST_EVENTS:
        raise BadICal(f"more than {MOST_EVENTS} events")
    return {day for event in events for day in _days(event, first_year, last_year)}


def _days(event: Any, first_year: int, last_year: int) -> Iterator[date]:
    start = _value(event, "DTSTART")
    if not isinstance(start, date) or isinstance(start, datetime):
        return
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    length = _length(event, start)
    for first in _occurrences(event, start, first_year, last_year):
        for number in range(length):
            day = first + number * _DAY
            if first_year <= day.year <= last_year:
                yield day


def _value(event: Any, name: str) -> Any:
    found = event.get(name)
    return getattr(found, "dt", None)


def _length(event: Any, start: date) -> int:
    """Days of an event: up to DTEND, which does not count any more, or its DURATION; else one."""
    end, duration = _value(event, "DTEND"), _value(event, "DURATION")
    number = 1
    if isinstance(end, date) and not isinstance(end, datetime):
        number = (end - start).days
    elif isinstance(duration, timedelta):
        number = duration.days
    if number > MOST_DAYS:
        raise BadICal(f"an event of {number} days")
    return max(1, number)


def _occurrences(event: Any, start: date, first_year: int, last_year: int) -> Iterator[date]:
    left_out = {day for entry in _lists(event, "EXDATE") for day in entry}
    more = {day for entry in _lists(event, "RDATE") for day in entry}
    rule = event.get("RRULE")
    repeated = _repeated(rule, start, first_year, last_year) if rule is not None else (start,)
    yield from sorted({*repeated, *more} - left_out)


def _repeated(rule: Any, start: date, first_year: int, last_year: int) -> Iterator[date]:
    frequency = "" if isinstance(rule, list) else str((rule.get("FREQ") or [""])[0]).upper()
    if frequency not in _FREQUENCIES or start.year < OLDEST_YEAR:
        raise BadICal(f"a holiday repeats by months or years, in one rule, and began after {OLDEST_YEAR}")
    rrule = import_module("dateutil.rrule")
    try:
        found = rrule.rrulestr(
            rule.to_ical().decode(), dtstart=datetime.combine(start, time()), ignoretz=True
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BadICal(f"a rule that is none: {error}") from error
    # A year more at the front: an event of many days may have begun in the year before.
    first = datetime.combine(date(max(first_year - 1, OLDEST_YEAR), 1, 1), time())
    for occurrence in found.xafter(first, inc=True):
        if occurrence.year > last_year:
            return
        yield occurrence.date()


def _lists(event: Any, name: str) -> Iterator[Iterator[date]]:
    found = event.get(name, [])
    for entry in found if isinstance(found, list) else [found]:
        yield (each.dt for each in entry.dts if not isinstance(each.dt, datetime))
