"""Every metric of the platform, named once: meaning, unit, bounded labels, buckets (conventions: semantic names).

Labels never hold a tenant, customer or case: their number is not bounded. Seconds everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure. `add` for counter and updown, `record` for histogram and gauge, `observe` for gauges read at scrape."""

    name: str
    kind: Literal["counter", "updown", "histogram", "gauge"]
    unit: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    def add(self, amount: int, **labels: str) -> None:
        """Count; `labels` are exactly the declared ones."""

    def record(self, value: float, **labels: str) -> None:
        """Record one value; `labels` are exactly the declared ones."""

    def observe(self, read: Callable[[], float], **labels: str) -> None:
        """Ask `read` at every scrape; for gauges."""


METRICS: tuple[Metric, ...] = ()
