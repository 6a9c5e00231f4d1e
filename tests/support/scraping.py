"""Metrics as a scrape would see them, of one test alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from services.chassis import meters

# name -> labels -> value (histograms: count)
Series: TypeAlias = dict[str, dict[str, float]]


@contextmanager
def scraping(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Series]]:
    """What a scrape would see of metrics that are first used inside the block."""
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    monkeypatch.setattr(meters.metrics, "get_meter", provider.get_meter)

    def read() -> Series:
        data = reader.get_metrics_data()
        found = [
            one for r in (data.resource_metrics if data else ()) for s in r.scope_metrics for one in s.metrics
        ]
        return {one.name: {_labels(point): _value(point) for point in one.data.data_points} for one in found}

    yield read
    provider.shutdown()


def _labels(point: Any) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(point.attributes.items()))


def _value(point: Any) -> float:
    return float(point.count if hasattr(point, "count") else point.value)
