"""Spans, and the trace context that goes from one process to the next. Whether anything is recorded is for
`providers` to say, which a process that only calls others can do without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache

from opentelemetry import context, trace
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)
from opentelemetry.util.types import AttributeValue

__all__ = [
    "Span",
    "SpanKind",
    "current_traceparent",
    "inject",
    "is_sampled",
    "parse_traceparent",
    "span_from",
    "tracer",
]

_SCOPE = "amends"
_SAMPLED = frozenset("13579bdf")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


@cache
def tracer(name: str = _SCOPE) -> Tracer:
    """The tracer of a module (`__name__`); one asked for before there are providers finds the real one."""
    return trace.get_tracer(name)


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span (sampled or not), None outside any."""
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


def inject() -> str | None:
    """What goes into an outgoing header `traceparent`: the current one."""
    return current_traceparent()


def parse_traceparent(text: str | None) -> SpanContext | None:
    """The remote span a traceparent names; None when it names none (W3C: malformed is ignored)."""
    matched = _TRACEPARENT.fullmatch(text) if text else None
    if matched is None or (text or "").startswith("ff"):
        return None
    trace_id, span_id, flags = (int(part, 16) for part in matched.groups())
    found = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & TraceFlags.SAMPLED))
    return found if found.is_valid else None


def is_sampled(traceparent: str | None) -> bool:
    """Whether spans of this trace are recorded, by the lowest bit of the flags (W3C Trace Context): a trace
    begun here also says that its id is random (03). Asking costs less than a span that is not recorded.
    """
    return traceparent is not None and traceparent[-1:] in _SAMPLED


def span_from(
    traceparent: str | None,
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, AttributeValue] | None = None,
) -> AbstractContextManager[Span]:
    """A current span that continues `traceparent` (None: the current context, or a new trace).

    When the parent was not sampled there is no new span, only its context handed on: that costs two context
    switches and nothing else. An exception marks the span as failed by its type: its text may be personal.
    """
    parent = parse_traceparent(traceparent)
    if parent is None:
        span = tracer().start_span(name, kind=kind, attributes=attributes)
    elif parent.trace_flags.sampled:
        above = trace.set_span_in_context(NonRecordingSpan(parent), context.Context())
        span = tracer().start_span(name, above, kind, attributes)
    else:
        span = NonRecordingSpan(parent)
    return _Current(span)


class _Current:
    """Makes a span the current one and ends it; by hand, since every call and event has one, and a generator
    costs as much as a span that is not recorded."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(self, _: type[BaseException] | None, failure: BaseException | None, __: object) -> None:
        if isinstance(failure, Exception):
            mark_failed(self._span, failure)
        context.detach(self._token)
        self._span.end()


def mark_failed(span: Span, failure: BaseException) -> None:
    """Set the span's error by type and, for our own errors, by rule."""
    if span.is_recording():
        span.set_attribute("error.type", type(failure).__qualname__)
        span.set_status(Status(StatusCode.ERROR, str(getattr(failure, "rule", ""))))
