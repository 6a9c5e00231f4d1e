"""A tenant's windows cut in other ways: longer, hopping, by severity, team or playbook, the highest first.

Minutes hold the single values of their cases, so that every cut is exact. What lies in two hopping windows
counts in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from services.chassis.errors import InvalidArgument
from services.metrics.app.book import WindowBook
from services.metrics.app.ports import Freshness, RangeTooWide
from services.metrics.app.values import rates, values
from services.metrics.domain.window import WINDOW, Contribution, Figures, Tally, final_at

DIMENSIONS = ("channel", "severity", "team", "playbook")
ROWS_LIMIT = 5000
_OVERLAP_LIMIT = 60  # hopping windows that one minute lies in
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_NOTHING: Mapping[str, str] = {}
_NO_TIME = timedelta(0)


class Top(NamedTuple):
    """The `limit` rows with the highest figure `by`, or the lowest; one that does not have it is 0."""

    by: str
    limit: int
    lowest: bool = False


class Cut(NamedTuple):
    """Cases of minutes in [since, until), None = open, that are `where` says, a row per group and window.

    `length` 0 is one window over the range; `hop` 0 is `length`, so that windows do not overlap. Windows
    start at whole multiples of the hop, and are those that lie in [since, until) from beginning to end.
    """

    tenant_id: str
    since: datetime | None = None
    until: datetime | None = None
    where: Mapping[str, str] = _NOTHING
    group_by: tuple[str, ...] = ()
    length: timedelta = _NO_TIME
    hop: timedelta = _NO_TIME
    top: Top | None = None


class Row(NamedTuple):
    """The figures of one group in one window; `start` None is the whole range. `final_at`: when it will not
    change any more unless something happens until then, None while a case is open. `oldest_open` is the
    minute of the oldest complaint that is open, None when none is.
    """

    group: Mapping[str, str]
    start: datetime | None
    figures: Figures
    final: bool
    final_at: datetime | None
    oldest_open: datetime | None


@dataclass(slots=True)
class _Heap:
    tally: Tally = field(default_factory=Tally)
    final_at: datetime | None = _FIRST
    oldest_open: datetime | None = None

    def add(self, given: Contribution, minute: datetime, final: datetime | None) -> None:
        """One case more, of a minute that is final then."""
        self.tally.add(given)
        self.final_at = max(self.final_at, final) if self.final_at and final else None
        if given.counts.open:
            self.oldest_open = min(self.oldest_open or minute, minute)


class Cuts:
    """Answers with cuts. Every answer comes with the moment up to which it is complete."""

    def __init__(self, book: WindowBook, freshness: Freshness, grace: timedelta) -> None:
        self._book = book
        self._freshness = freshness
        self._grace = grace

    @property
    def revision(self) -> int:
        """Rises with every change of the book: while it stands, so does every answer."""
        return self._book.revision

    def cut(self, asked: Cut) -> tuple[list[Row], datetime]:
        """The rows, by window and group, or by the figure asked for. Raises StreamBehind, RangeTooWide,
        InvalidArgument("unknown_dimension" | "bad_window" | "bad_top").
        """
        _check(asked)
        as_of = self._freshness.as_of()
        heaps: dict[tuple[datetime, tuple[str, ...]], _Heap] = {}
        for key, window in self._book.windows(asked.tenant_id, asked.since, asked.until):
            final = final_at(key.start, window.changed_at, window.still_open, self._grace)
            starts = list(_starts(asked, key.start))
            for given in window.contributions() if starts else ():
                group = _group(asked, key.channel, given)
                if group is None:
                    continue
                for start in starts:
                    heaps.setdefault((start, group), _Heap()).add(given, key.start, final)
            if len(heaps) > ROWS_LIMIT:
                raise RangeTooWide(len(heaps), ROWS_LIMIT)
        return _ordered(asked, [_row(asked, place, heaps[place], as_of) for place in sorted(heaps)]), as_of


def _check(asked: Cut) -> None:
    named = [*asked.where, *asked.group_by]
    unknown = [name for name in named if name not in DIMENSIONS]
    if unknown or len(set(asked.group_by)) != len(asked.group_by):
        raise InvalidArgument("unknown_dimension", f"each of {', '.join(DIMENSIONS)} at most once: {named}")
    hop = asked.hop or asked.length
    whole = asked.length % WINDOW == _NO_TIME == hop % WINDOW
    if not whole or not _NO_TIME <= hop <= asked.length or (hop and asked.length / hop > _OVERLAP_LIMIT):
        raise InvalidArgument(
            "bad_window", f"whole minutes, a hop of at most the length and at least 1/{_OVERLAP_LIMIT} of it"
        )
    if asked.top and asked.top.limit < 1:
        raise InvalidArgument("bad_top", "at least one row")


def _starts(asked: Cut, minute: datetime) -> Iterator[datetime]:
    """Of every window that the minute lies in, the start."""
    if not asked.length:
        yield _FIRST
        return
    hop = asked.hop or asked.length
    start = minute - (minute - _FIRST) % hop
    while start > minute - asked.length:
        begins = asked.since is None or start >= asked.since
        if begins and (asked.until is None or start + asked.length <= asked.until):
            yield start
        start -= hop


def labels(channel: str, given: Contribution) -> dict[str, str]:
    """What a case is grouped by, by the names of DIMENSIONS."""
    return {
        "channel": channel,
        "severity": given.severity or "unspecified",
        "team": given.team,
        "playbook": given.playbook,
    }


def _group(asked: Cut, channel: str, given: Contribution) -> tuple[str, ...] | None:
    """The group of a case, or None when it is not asked for."""
    of = labels(channel, given)
    if any(of[name] != wanted for name, wanted in asked.where.items()):
        return None
    return tuple(of[name] for name in asked.group_by)


def _row(asked: Cut, place: tuple[datetime, tuple[str, ...]], heap: _Heap, as_of: datetime) -> Row:
    start, group = place
    named = dict(zip(asked.group_by, group, strict=True))
    began = start if asked.length else None
    final = heap.final_at is not None and heap.final_at <= as_of
    return Row(named, began, heap.tally.figures(), final, heap.final_at, heap.oldest_open)


def _ordered(asked: Cut, rows: list[Row]) -> list[Row]:
    if asked.top is None:
        return rows
    top = asked.top

    def figure(row: Row) -> float:
        found = dict(values(row.figures)) | {rate.name: rate.value for rate in rates(row.figures)}
        return found.get(top.by, 0.0)

    return sorted(rows, key=figure, reverse=not top.lowest)[: top.limit]
