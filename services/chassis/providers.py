"""What becomes of the traces and metrics of a process; the measures themselves are named in `meters`.

Traces: parent-based ratio sampling, exported by OTLP only when an endpoint is configured. Metrics: always
read at /metrics of the admin port, and pushed by OTLP when an endpoint is configured.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from services.chassis.config import PlatformSettings
from services.chassis.exposition import ExemplarReader, Exposition

_exposition = Exposition()
# Retries included: what a collector that is away may cost the end of a process.
_PUSH_TIMEOUT_S = 4.0


@contextmanager
def setup(service: str, settings: PlatformSettings) -> Iterator[None]:
    """Install the providers, once per process; on leaving, buffers are flushed and they are closed."""
    resource = _resource(service)
    traces = TracerProvider(
        sampler=ParentBasedTraceIdRatio(settings.trace_ratio), resource=resource, shutdown_on_exit=False
    )
    exemplars = ExemplarReader()
    _exposition.attach(exemplars)
    readers: list[MetricReader] = [exemplars]
    if settings.otlp_endpoint:
        readers.append(_export(traces, settings.otlp_endpoint.rstrip("/")))
    meters = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(meters)
    try:
        yield
    finally:
        traces.shutdown()
        meters.shutdown()


def _resource(service: str) -> Resource:
    try:
        running = version("amends")
    except PackageNotFoundError:
        running = "unknown"
    # Resource.create lets OTEL_RESOURCE_ATTRIBUTES add and the explicit ones win.
    return Resource.create(
        {
            "service.name": service,
            "service.namespace": "amends",
            "service.version": running,
            "service.instance.id": str(uuid.uuid4()),
        }
    )


def _export(traces: TracerProvider, endpoint: str) -> MetricReader:
    """Push spans and metrics by OTLP/HTTP. Imported here: a process without a collector need not carry it."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    spans = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_PUSH_TIMEOUT_S)
    values = OTLPMetricExporter(endpoint=f"{endpoint}/v1/metrics", timeout=_PUSH_TIMEOUT_S)
    traces.add_span_processor(BatchSpanProcessor(spans))
    return PeriodicExportingMetricReader(values)


def scraped(accept: str) -> tuple[bytes, str]:
    """Every metric of the process and the content type, by the scraper's `accept`: OpenMetrics with
    exemplars, else Prometheus text format 0.0.4.
    """
    return _exposition.answer(accept)
