"""The figures per hour as rows of PostgreSQL, for BI tools that speak SQL and nothing else.

An hour is written whole whenever one of its cases changed; after a start, every hour that is held. What is
written follows the stream by a while and is never read back: the stream, and its recount, say what is true.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.wakeup import pause
from services.metrics.app.book import WindowBook
from services.metrics.app.cuts import DIMENSIONS, Cut, Cuts, Row
from services.metrics.app.ports import StreamBehind
from services.metrics.domain.stamps import HEADLINE
from services.metrics.domain.window import WindowKey

_log = get_logger(__name__)

HOUR = timedelta(hours=1)
_COUNTS = (
    *("open", "closed_confirmed", "reopened", "clocks_met", "clocks_breached", "promises_kept"),
    *("promises_broken", "hand_offs", "hand_offs_refused", "grants", "replies_stopped"),
)
_NAMED = ("champions", "defections")
_COLUMNS = (
    *("tenant_id", "hour", *DIMENSIONS, "complaints", "answered", "within_60s", "unknown"),
    *("headline_p50_s", "headline_p95_s", "headline_p99_s"),
    *("recovery_offered", "recovery_p50_s", "recovery_p95_s"),
    *(*_COUNTS, *_NAMED, "more", "final", "as_of"),
)
_FORGET = "delete from figures_hourly where tenant_id = $1 and hour = $2"
_WRITE = (
    f"insert into figures_hourly ({', '.join(_COLUMNS)}) "  # noqa: S608 - of constants
    f"values ({', '.join(f'${number}' for number in range(1, len(_COLUMNS) + 1))})"
)


class Rollup:
    """Component that writes the hours of which something changed."""

    name = "rollup"

    def __init__(self, book: WindowBook, cuts: Cuts, database: Database, every_s: float) -> None:
        self._book = book
        self._cuts = cuts
        self._database = database
        self._every_s = every_s

    async def run(self, stop: asyncio.Event) -> None:
        """Write every so often until `stop` is set; what could not be written is written the next time."""
        while not stop.is_set():
            await pause(stop, self._every_s)
            try:
                await self.write(stop)
            except (Retryable, StreamBehind) as reason:
                _log.warning("rollup waits", rule=reason.rule)

    async def write(self, stop: asyncio.Event) -> None:
        """Each hour in a transaction of its own, so that the stream goes on in between. Raises Retryable,
        StreamBehind.
        """
        waiting: dict[tuple[str, datetime], set[WindowKey]] = defaultdict(set)
        for key in self._book.touched:
            waiting[key.tenant_id, _hour(key.start)].add(key)
        for (tenant_id, hour), touched in sorted(waiting.items(), key=itemgetter(0)):
            if stop.is_set():
                return
            asked = Cut(tenant_id, hour, hour + HOUR, group_by=DIMENSIONS)
            rows, as_of = self._cuts.cut(asked)
            # before anything is awaited: what changes from here on is written again
            self._book.touched -= touched
            try:
                await self._replace(tenant_id, hour, [_values(asked, row, as_of) for row in rows])
            except BaseException:
                self._book.touched |= touched
                raise

    async def _replace(self, tenant_id: str, hour: datetime, rows: Sequence[tuple[object, ...]]) -> None:
        async with self._database.transaction({tenant_id}) as tx:
            await tx.execute(_FORGET, tenant_id, hour)
            await tx.executemany(_WRITE, rows)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _values(asked: Cut, row: Row, as_of: datetime) -> tuple[object, ...]:
    figures, more = row.figures, row.figures.more
    headline, recovery = figures.gaps[HEADLINE], figures.recovery
    return (
        *(asked.tenant_id, asked.since, *(row.group[name] for name in DIMENSIONS)),
        *(figures.complaints, figures.answered, figures.within_60s, figures.unknown),
        *(headline.p50_s, headline.p95_s, headline.p99_s),
        *(recovery.known, recovery.p50_s, recovery.p95_s),
        *(getattr(figures.counts, name) for name in _COUNTS),
        *(more.get(name, 0) for name in _NAMED),
        *(json.dumps(more), row.final, as_of),
    )
