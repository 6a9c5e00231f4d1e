"""When an office is open: business time between two instants, and the instant that is so much of it away.

A calendar is a time zone, the blocks of each weekday and the days that differ (holidays, other hours). It is
open while the clock on its wall shows a time inside a block: an hour that daylight saving leaves out is no
time at all, an hour that comes twice counts twice. A block belongs to the day it begins on; where it runs
past midnight it ends on the next day even if that is a holiday, for the shift was not sent home.

Instants are aware; inside, they are whole microseconds, so that nothing is rounded. Each year is laid out
once, as sorted openings with the sum of all before them, so that a question costs a binary search.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

Block = tuple[int, int]
"""Opening and closing, in seconds after midnight of the day it begins on; more than a day: on the next."""

DAY_S = 86_400
HORIZON_YEARS = 60
"""How far an answer may lie ahead: a calendar that is open for less than is asked by then is a mistake."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_DAY = timedelta(days=1)


class NeverOpen(ValueError):
    """The calendar is not open that long within the horizon: it has no block, or far too many holidays."""


@dataclass(frozen=True, slots=True)
class Special:
    """A day that is not like its weekday: a holiday has no block."""

    day: date
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours as data. Raises ValueError for a block that is none, or days that are there twice."""

    calendar_id: str
    zone: str  # IANA
    week: tuple[tuple[Block, ...], ...]  # Monday first
    special: tuple[Special, ...] = ()

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        if len({one.day for one in self.special}) != len(self.special):
            raise ValueError("a day is special once")
        for blocks in (*self.week, *(one.blocks for one in self.special)):
            _check(blocks)


def _check(blocks: tuple[Block, ...]) -> None:
    for start, end in blocks:
        if not 0 <= start < DAY_S or not start < end <= start + DAY_S:
            raise ValueError(f"a block begins on its day and lasts at most one: {start}-{end}")
    if any(first[1] > then[0] for first, then in pairwise(blocks)):
        raise ValueError("the blocks of a day come one after the other")


ALWAYS: tuple[tuple[Block, ...], ...] = (((0, DAY_S),),) * 7
"""The week of a calendar that never closes."""


@lru_cache(maxsize=512)
def hours(calendar: Calendar) -> Hours:
    """The calendar, ready to be asked. Raises ZoneInfoNotFoundError for a zone that is none."""
    return Hours(calendar)


@dataclass(frozen=True, slots=True)
class _Year:
    """The openings of one UTC year, in microseconds of the epoch; `before[i]` is the open time before the
    i-th."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> _Year:
        starts, ends = zip(*spans, strict=True) if (spans := tuple(spans)) else ((), ())
        sums = [0, *accumulate(end - start for start, end in zip(starts, ends, strict=True))]
        return cls(starts, ends, tuple(sums[:-1]), sums[-1])

    def until(self, at: int) -> int:
        """The open time of this year up to `at`."""
        index = bisect_right(self.starts, at) - 1
        return 0 if index < 0 else self.before[index] + min(at, self.ends[index]) - self.starts[index]

    def reached(self, amount: int) -> int:
        """The first instant by which this year was open for `amount`, which is more than 0 and at most all
        of it."""
        index = bisect_left(self.before, amount) - 1
        return self.starts[index] + amount - self.before[index]


class Hours:
    """A calendar to be asked. Lays out a year when it is first needed; safe to share."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.zone)
        self._special = {one.day: one.blocks for one in calendar.special}
        self._years: dict[int, _Year] = {}
        self._turns: dict[int, tuple[tuple[datetime, datetime, timedelta], ...]] = {}

    def between(self, since: datetime, until: datetime) -> timedelta:
        """The open time from `since` to `until`; none when that is before."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        if until <= since:
            return timedelta(0)
        found = self._year(until.year).until(_micros(until)) - self._year(since.year).until(_micros(since))
        return timedelta(
            microseconds=found + sum(self._year(year).total for year in range(since.year, until.year))
        )

    def after(self, since: datetime, amount: timedelta) -> datetime:
        """The first instant by which the calendar was open for `amount` since then: the end of a day rather
        than the beginning of the next. Raises NeverOpen."""
        since = since.astimezone(UTC)
        if amount <= timedelta(0):
            return since
        # Counted from the beginning of the year, so that the year's own sums can be used.
        wanted = amount // _MICRO + self._year(since.year).until(_micros(since))
        for year in range(since.year, since.year + HORIZON_YEARS):
            found = self._year(year)
            if wanted <= found.total:
                return _EPOCH + timedelta(microseconds=found.reached(wanted))
            wanted -= found.total
        raise NeverOpen(f"{self.calendar.calendar_id} is not open for {amount} after {since.isoformat()}")

    def is_open(self, at: datetime) -> bool:
        """Whether the wall shows a time inside a block."""
        at = at.astimezone(UTC)
        year, micros = self._year(at.year), _micros(at)
        index = bisect_right(year.starts, micros) - 1
        return index >= 0 and micros < year.ends[index]

    def blocks(self, day: date) -> tuple[Block, ...]:
        """The blocks that begin on a day of this calendar's own."""
        found = self._special.get(day)
        return self.calendar.week[day.weekday()] if found is None else found

    def instants(self, day: date, block: Block) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of a day's block as they really pass, in UTC: none inside a gap, two around a
        fold."""
        yield from _real(day, block, self._stretches(day.year))

    def _stretches(self, year: int) -> tuple[tuple[datetime, datetime, timedelta], ...]:
        found = self._turns.get(year)
        if found is None:
            # More on each side: no zone's clock is more than a day away from UTC, a block lasts into the next
            # day, and the days just outside of the year are asked for as well.
            low, high = (datetime(each, 1, 1, tzinfo=UTC) for each in (year, year + 1))
            found = self._turns[year] = tuple(offsets(self.zone, low - 6 * _DAY, high + 6 * _DAY))
        return found

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = _Year.of(self._spans(year))
        return found

    def _spans(self, year: int) -> Iterator[tuple[int, int]]:
        """The openings inside a UTC year, in order and apart from each other."""
        low, high = (_micros(datetime(each, 1, 1, tzinfo=UTC)) for each in (year, year + 1))
        merged: list[tuple[int, int]] = []
        for since, until in sorted(self._everything(year)):
            start, end = max(_micros(since), low), min(_micros(until), high)
            if start < end and merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            elif start < end:
                merged.append((start, end))
        yield from merged

    def _everything(self, year: int) -> Iterator[tuple[datetime, datetime]]:
        day, last = date(year, 1, 1) - 2 * _DAY, date(year, 12, 31) + 2 * _DAY
        stretches = self._stretches(year)
        while day <= last:
            for block in self.blocks(day):
                yield from _real(day, block, stretches)
            day += _DAY


def _real(
    day: date, block: Block, stretches: Iterable[tuple[datetime, datetime, timedelta]]
) -> Iterator[tuple[datetime, datetime]]:
    """The instants at which the wall shows a time inside the block of the day."""
    midnight = datetime.combine(day, time(), UTC)
    since, until = (midnight + timedelta(seconds=second) for second in block)
    for start, end, offset in stretches:
        first, last = max(since - offset, start), min(until - offset, end)
        if first < last:
            yield first, last


def offsets(
    zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The stretches of one offset from UTC between two UTC instants: (from, to, offset). A clock is looked at
    every twelve hours; one that was turned there and back between two looks would be missed."""
    start, at = since, since
    while at < until:
        then = min(at + _DAY / 2, until)
        if _offset(zone, at) != _offset(zone, then):
            turned = _turned(zone, at, then)
            yield start, turned, _offset(zone, at)
            start = turned
        at = then
    yield start, until, _offset(zone, start)


def _turned(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes between two instants that differ in it."""
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = _offset(zone, before + timedelta(seconds=middle)) == _offset(zone, before)
        low, high = (middle, high) if same else (low, middle)
    return before + timedelta(seconds=high)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    if found is None:
        raise ValueError(f"{zone} has no offset")
    return found


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICRO
