"""Answers about one tenant's windows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from services.metrics.app.book import WindowBook
from services.metrics.app.ports import Freshness, RangeTooWide
from services.metrics.domain.window import Figures, Tally, WindowKey, is_final, tally

# One window is about 450 bytes on the wire; this many stay well below the message limit.
WINDOWS_LIMIT = 5000


class Question(NamedTuple):
    """Windows of `tenant_id` that start in [since, until), None = open; `channel` None = all."""

    tenant_id: str
    since: datetime | None = None
    until: datetime | None = None
    channel: str | None = None


class WindowAnswer(NamedTuple):
    """One window's figures; `final` when it will not change any more."""

    key: WindowKey
    figures: Figures
    final: bool


class SummaryLine(NamedTuple):
    """The figures of one channel over the range, or of all when `channel` is None; or of a group that is
    named "severity=high"."""

    channel: str | None
    figures: Figures


class Windows:
    """Queries over the book. Every answer comes with the moment up to which it is complete."""

    def __init__(self, book: WindowBook, freshness: Freshness, grace: timedelta) -> None:
        self._book = book
        self._freshness = freshness
        self._grace = grace

    def query(self, asked: Question) -> tuple[list[WindowAnswer], datetime]:
        """The windows, oldest first. Raises StreamBehind, RangeTooWide."""
        as_of = self._freshness.as_of()
        found = self._book.windows(*asked)
        if len(found) > WINDOWS_LIMIT:
            raise RangeTooWide(len(found), WINDOWS_LIMIT)
        answers = [
            WindowAnswer(
                key,
                tally(window.contributions()),
                is_final(key.start, window.changed_at, window.still_open, as_of, self._grace),
            )
            for key, window in found
        ]
        return answers, as_of

    def summarize(self, asked: Question) -> tuple[list[SummaryLine], datetime]:
        """One line per channel, by name, and one over all at the end. Raises StreamBehind."""
        as_of = self._freshness.as_of()
        channels: dict[str, Tally] = defaultdict(Tally)
        everything = Tally()
        for key, window in self._book.windows(*asked):
            for given in window.contributions():
                channels[key.channel].add(given)
                everything.add(given)
        lines = [SummaryLine(channel, channels[channel].figures()) for channel in sorted(channels)]
        return [*lines, SummaryLine(None, everything.figures())], as_of
