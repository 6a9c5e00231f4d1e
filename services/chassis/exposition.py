"""What `/metrics` answers: every metric of the process, as text for people or as OpenMetrics for Prometheus.

OpenMetrics has exemplars: beside a bucket of a histogram one measurement of it with the trace it was made
in, so that a board leads from a slow bucket to one slow request. The SDK takes them of sampled spans alone,
one per bucket and scrape; its exporter leaves them out, so they are put in here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics.export import HistogramDataPoint, MetricsData
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client import generate_latest as text
from prometheus_client.core import Exemplar
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as OPENMETRICS
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

from services.chassis.meters import METRICS, prometheus_name

TEXT = "text/plain; version=0.0.4; charset=utf-8"
_HISTOGRAMS = {metric.name: prometheus_name(metric) for metric in METRICS if metric.kind == "histogram"}


class Bucket(NamedTuple):
    """One bucket of one series: its histogram's name, its labels without `le`, its bound as text."""

    name: str
    labels: frozenset[tuple[str, str]]
    le: str


class ExemplarReader(PrometheusMetricReader):
    """Makes the metrics readable, and keeps the exemplars of the last time they were read."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        super().__init__(scope_info_enabled=False, registry=registry)
        self.exemplars: dict[Bucket, Exemplar] = {}

    def _receive_metrics(self, metrics_data: MetricsData, *args: Any, **options: Any) -> None:
        if metrics_data is not None:
            self.exemplars = dict(_exemplars(metrics_data))
        super()._receive_metrics(metrics_data, *args, **options)


class Exposition:
    """Answers scrapes of one registry; before a reader is attached there are no exemplars."""

    def __init__(self, reader: ExemplarReader | None = None, registry: CollectorRegistry = REGISTRY) -> None:
        self._reader = reader
        self._registry = registry

    def attach(self, reader: ExemplarReader) -> None:
        """Take the exemplars from this one."""
        self._reader = reader

    def answer(self, accept: str) -> tuple[bytes, str]:
        """The metrics and their content type, by what the scraper says it takes."""
        if "application/openmetrics-text" in accept:
            told: bytes = cast("Any", openmetrics)(self)
            return told, OPENMETRICS
        return text(self._registry), TEXT

    def collect(self) -> Iterator[Family]:
        """The families with their exemplars."""
        for family in self._registry.collect():
            if family.type == "histogram" and self._reader is not None:
                family.samples = [
                    sample._replace(exemplar=self._reader.exemplars.get(_bucket(family.name, sample.labels)))
                    if sample.name.endswith("_bucket")
                    else sample
                    for sample in family.samples
                ]
            yield family


def _bucket(name: str, labels: dict[str, str]) -> Bucket:
    others = frozenset((key, value) for key, value in labels.items() if key != "le")
    return Bucket(name, others, labels["le"])


def _exemplars(data: MetricsData) -> Iterator[tuple[Bucket, Exemplar]]:
    found = (one for r in data.resource_metrics for scope in r.scope_metrics for one in scope.metrics)
    for metric in found:
        name = _HISTOGRAMS.get(metric.name)
        for point in metric.data.data_points if name else ():
            if isinstance(point, HistogramDataPoint):
                yield from _of_point(str(name), point)


def _of_point(name: str, point: HistogramDataPoint) -> Iterator[tuple[Bucket, Exemplar]]:
    labels = frozenset((key.replace(".", "_"), str(value)) for key, value in (point.attributes or {}).items())
    for one in point.exemplars:
        if one.trace_id:
            place = bisect_left(point.explicit_bounds, one.value)
            le = f"{point.explicit_bounds[place]}" if place < len(point.explicit_bounds) else "+Inf"
            trace = {"trace_id": f"{one.trace_id:032x}", "span_id": f"{one.span_id:016x}"}
            yield Bucket(name, labels, le), Exemplar(trace, one.value, one.time_unix_nano / 1e9)
