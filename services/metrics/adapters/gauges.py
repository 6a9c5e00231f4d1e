"""What operators see at /metrics: figures of all tenants together, per channel, over the last hour or so.

Gauges read from the book, not counters bumped by events: a replay or a restart shows the same values.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from amends.common.v1 import common_pb2

from services.chassis.clock import Clock
from services.chassis.meters import CONSUMER_LAG, Metric
from services.metrics.adapters.progress import Progress
from services.metrics.adapters.wire import channel_name
from services.metrics.app.book import WindowBook
from services.metrics.app.ports import StreamBehind
from services.metrics.domain.stamps import GAPS
from services.metrics.domain.window import Counts, Figures, tally

_FRESH = timedelta(seconds=5)
_CHANNELS = tuple(channel_name(number) for number in common_pb2.Channel.values())
_NOTHING = tally([])

COMPLAINTS = Metric(
    "amends.recent.complaints",
    "gauge",
    "",
    "Complaints of the recent windows, by state",
    ("channel", "state"),  # received, answered, within_60s, unknown
)
SHARE_60S = Metric(
    "amends.recent.share_60s", "gauge", "", "Answered within sixty seconds, of those answered", ("channel",)
)
GAP_SECONDS = Metric(
    "amends.recent.gap",
    "gauge",
    "s",
    "Stretches of the sixty seconds, t0 to t6",
    ("channel", "gap", "quantile"),
)
OUTCOMES = Metric(
    "amends.recent.outcomes",
    "gauge",
    "",
    "What became of the cases of the recent windows",
    ("channel", "outcome"),  # the names of Counts
)
AGE = Metric("amends.figures.age", "gauge", "s", "How long ago the windows were complete up to the present")


class Gauges:
    """Keeps one fold of the recent windows for all gauges of a scrape."""

    def __init__(self, book: WindowBook, progress: Progress, clock: Clock, span: timedelta) -> None:
        self._book = book
        self._progress = progress
        self._clock = clock
        self._span = span
        self._figures: dict[str, Figures] = {}
        self._folded_at: datetime | None = None
        self._complete_at = clock.now()

    def install(self) -> list[Callable[[], None]]:
        """Start answering scrapes; call each of the results to end it."""
        lag = {"messaging_destination_name": "all", "messaging_consumer_group_name": "metrics"}
        ends = [CONSUMER_LAG.observe(lambda: self._progress.lag, **lag), AGE.observe(self._age)]
        for channel in _CHANNELS:
            ends += self._of_channel(channel)
        return ends

    def _of_channel(self, channel: str) -> list[Callable[[], None]]:
        def complaints(state: str) -> Callable[[], None]:
            name = "complaints" if state == "received" else state
            return COMPLAINTS.observe(
                lambda: getattr(self._read(channel), name), channel=channel, state=state
            )

        def outcome(name: str) -> Callable[[], None]:
            return OUTCOMES.observe(
                lambda: getattr(self._read(channel).counts, name), channel=channel, outcome=name
            )

        def gap(index: int, quantile: str) -> Callable[[], None]:
            return GAP_SECONDS.observe(
                lambda: getattr(self._read(channel).gaps[index], f"p{quantile}_s"),
                channel=channel,
                gap=GAPS[index],
                quantile=f"0.{quantile}",
            )

        return [
            SHARE_60S.observe(lambda: self._read(channel).share_60s, channel=channel),
            *(complaints(state) for state in ("received", "answered", "within_60s", "unknown")),
            *(outcome(name) for name in Counts._fields),
            *(gap(index, quantile) for index in range(len(GAPS)) for quantile in ("50", "95", "99")),
        ]

    def _age(self) -> float:
        """Grows while the stream stands, and since the start until it has caught up."""
        with suppress(StreamBehind):
            self._complete_at = self._progress.as_of()
        return max(0.0, (self._clock.now() - self._complete_at).total_seconds())

    def _read(self, channel: str) -> Figures:
        now = self._clock.now()
        if self._folded_at is None or now - self._folded_at > _FRESH:
            recent = self._book.recent(now - self._span)
            self._figures = {name: total.figures() for name, total in recent.items()}
            self._folded_at = now
        return self._figures.get(channel, _NOTHING)
