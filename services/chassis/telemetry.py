"""Traces and metrics of a process; the measures themselves are named in `meters`.

Traces: parent-based ratio sampling, exported by OTLP only when an endpoint is configured. Metrics: always at /metrics
of the admin port, by OTLP too when an endpoint is configured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.trace import Span, SpanKind, Tracer

from services.chassis.config import PlatformSettings
from services.chassis.meters import METRICS, Metric

__all__ = [
    "METRICS",
    "Metric",
    "Span",
    "SpanKind",
    "current_traceparent",
    "inject",
    "setup",
    "span_from",
    "tracer",
]


@contextmanager
def setup(service: str, settings: PlatformSettings) -> Iterator[None]:
    """Install the providers for this process; flushed and shut down on leaving."""
    yield


def tracer(name: str) -> Tracer:
    """The tracer of a module."""
    raise RuntimeError


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span (sampled or not), None outside any."""
    return None


def inject() -> str | None:
    """Same as current_traceparent: what goes into an outgoing header."""
    return current_traceparent()


@contextmanager
def span_from(
    traceparent: str | None,
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Any] | None = None,
) -> Iterator[Span]:
    """A current span that continues `traceparent` (None: the current context, or a new trace).

    Cheap when not sampled: no attributes are copied. An exception marks the span as failed and goes on.
    """
    raise RuntimeError
    yield
