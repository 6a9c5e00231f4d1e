"""A scrape by Prometheus has exemplars of what was traced; one by a person is plain text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from opentelemetry.trace import get_current_span
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from services.chassis.exposition import OPENMETRICS, TEXT, ExemplarReader, Exposition
from services.chassis.meters import ACK_DURATION, METRICS, prometheus_name

PROMETHEUS = f"{OPENMETRICS};q=0.5,text/plain;version=0.0.4;q=0.2"


class Scrape:
    """A histogram of its own, recorded inside a span."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        reader = ExemplarReader(registry)
        self.meters = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
        self.histogram = self.meters.get_meter("amends").create_histogram(
            ACK_DURATION.name, "s", "", explicit_bucket_boundaries_advisory=ACK_DURATION.buckets
        )
        self.exposition = Exposition(reader, registry)

    def record(self, value: float, sampler: Sampler) -> str:
        """Returns the trace id it was recorded in."""
        tracer = TracerProvider(sampler=sampler, shutdown_on_exit=False).get_tracer("amends")
        with tracer.start_as_current_span("one"):
            self.histogram.record(value, {"channel": "sms", "outcome": "accepted"})
            return f"{get_current_span().get_span_context().trace_id:032x}"

    def exemplars(self) -> dict[str, dict[str, str]]:
        """By the bound of their bucket, as Prometheus would read them."""
        told, _ = self.exposition.answer(PROMETHEUS)
        return {
            sample.labels["le"]: sample.exemplar.labels
            for family in text_string_to_metric_families(told.decode())
            for sample in family.samples
            if sample.exemplar
        }


@pytest.fixture
def scrape() -> Iterator[Scrape]:
    made = Scrape()
    yield made
    made.meters.shutdown()


def test_a_bucket_leads_to_a_trace_that_is_recorded(scrape: Scrape) -> None:
    trace_id = scrape.record(0.3, ALWAYS_ON)
    slow = scrape.record(99.0, ALWAYS_ON)
    found = scrape.exemplars()
    assert {le: labels["trace_id"] for le, labels in found.items()} == {"0.5": trace_id, "+Inf": slow}


def test_every_metric_has_the_same_name_in_openmetrics_as_in_text() -> None:
    """Rules and boards must not depend on how Prometheus asks."""
    registry = CollectorRegistry()
    reader = ExemplarReader(registry)
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    meter = provider.get_meter("amends")
    for one in METRICS:
        if one.kind == "histogram":
            meter.create_histogram(one.name, one.unit).record(1.0)
        elif one.kind == "gauge":
            meter.create_gauge(one.name, one.unit).set(1.0)
        elif one.kind == "counter":
            meter.create_counter(one.name, one.unit).add(1)
        else:
            meter.create_up_down_counter(one.name, one.unit).add(1)
    told, _ = Exposition(reader, registry).answer(PROMETHEUS)
    provider.shutdown()
    names = {
        sample.name.removesuffix("_bucket")
        for family in text_string_to_metric_families(told.decode())
        for sample in family.samples
    }
    assert {prometheus_name(one) for one in METRICS} - names == set()


def test_what_is_not_recorded_leaves_no_exemplar(scrape: Scrape) -> None:
    scrape.record(0.3, ALWAYS_OFF)
    assert scrape.exemplars() == {}


def test_a_person_reads_plain_text(scrape: Scrape) -> None:
    scrape.record(0.3, ALWAYS_ON)
    told, content_type = scrape.exposition.answer("text/html,*/*")
    assert content_type == TEXT
    assert b'amends_intake_ack_duration_seconds_bucket{channel="sms",le="0.5",outcome="accepted"} 1.0' in told
    assert b"trace_id" not in told
