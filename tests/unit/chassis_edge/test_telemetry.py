"""Traces: W3C context in and out, free when not sampled, quiet about texts of errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.chassis import telemetry
from services.chassis.errors import NotFound
from services.chassis.telemetry import SpanKind, current_traceparent, inject, parse_traceparent, span_from

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE_ID}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE_ID}-b7ad6b7169203331-00"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", lambda name="amends": provider.get_tracer(name))
    yield exporter
    provider.shutdown()


def test_a_sampled_trace_is_continued_and_goes_on(spans: InMemorySpanExporter) -> None:
    with span_from(SAMPLED, "process", SpanKind.CONSUMER, {"messaging.system": "kafka"}):
        outgoing = current_traceparent()
    (span,) = spans.get_finished_spans()
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    assert outgoing == f"00-{TRACE_ID}-{span.context.span_id:016x}-01"
    assert span.attributes == {"messaging.system": "kafka"}


def test_a_trace_that_is_not_sampled_is_handed_on_without_a_span(spans: InMemorySpanExporter) -> None:
    with span_from(UNSAMPLED, "process"):
        assert inject() == UNSAMPLED
    assert spans.get_finished_spans() == ()
    assert current_traceparent() is None


def test_without_a_parent_the_current_span_is_continued(spans: InMemorySpanExporter) -> None:
    with span_from(None, "outer"), span_from(None, "inner"):
        assert current_traceparent() is not None
    inner, outer = spans.get_finished_spans()
    assert outer.parent is None
    assert inner.parent == outer.context


def test_an_error_is_told_by_type_and_rule_and_goes_on(spans: InMemorySpanExporter) -> None:
    with pytest.raises(NotFound), span_from(SAMPLED, "call"):
        raise NotFound("unknown_case", "jo@example.org has none")
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "NotFound"
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description == "unknown_case"
    assert "jo@example.org" not in span.to_json()


@pytest.mark.parametrize(
    "malformed",
    [None, "", "junk", f"ff-{TRACE_ID}-b7ad6b7169203331-01", f"00-{'0' * 32}-b7ad6b7169203331-01",
     f"00-{TRACE_ID}-{'0' * 16}-01", SAMPLED.upper(), SAMPLED + "x", "00-" + SAMPLED],
)  # fmt: skip
def test_a_malformed_traceparent_is_no_parent(malformed: str | None) -> None:
    assert parse_traceparent(malformed) is None


@given(st.text(max_size=80))
def test_no_header_can_break_the_parser(text: str) -> None:
    found = parse_traceparent(text)
    assert found is None or found.is_valid


def test_a_later_version_with_more_fields_is_still_understood() -> None:
    found = parse_traceparent(f"01-{TRACE_ID}-b7ad6b7169203331-01-more")
    assert found is not None
    assert f"{found.trace_id:032x}" == TRACE_ID
