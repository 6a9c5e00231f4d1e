"""Metrics: declared once, labels bounded, buckets in floats, values readable at a scrape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider

from services.chassis import meters
from services.chassis.meters import METRICS, Metric, UnboundedLabel, prometheus_name
from tests.support.scraping import Series, scraping


@pytest.mark.parametrize(
    "label", ["tenant_id", "tenant", "customer_id", "case_id", "amends.case.id", "employee_id"]
)
def test_a_label_that_grows_with_the_business_is_refused(label: str) -> None:
    with pytest.raises(UnboundedLabel):
        Metric("amends.test", "counter", "{thing}", "a test", ("channel", label))


def test_every_metric_is_named_once_and_its_constant_says_what_it_is() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names)) >= 30
    assert all(metric.help for metric in METRICS)


def test_names_become_prometheus_names_without_loss() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"[a-z][a-z0-9_.]*", metric.name)
        assert len({label.replace(".", "_") for label in metric.labels}) == len(metric.labels)


def test_a_metric_is_called_at_a_scrape_as_we_say(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = MeterProvider(metric_readers=[reader := PrometheusMetricReader()], shutdown_on_exit=False)
    monkeypatch.setattr(meters.metrics, "get_meter", provider.get_meter)
    for metric in METRICS:
        labels = {label.replace(".", "_"): "x" for label in metric.labels}
        measure = replace(metric)  # not the one that others may have used
        (measure.add if metric.kind in ("counter", "updown") else measure.record)(1, **labels)
    families = {family.name for family in reader._collector.collect()}
    provider.shutdown()
    # a family of counters is named without _total
    assert {prometheus_name(metric).removesuffix("_total") for metric in METRICS} <= families


def test_histograms_have_rising_float_buckets_and_nothing_else_has_any() -> None:
    for metric in METRICS:
        assert bool(metric.buckets) == (metric.kind == "histogram"), metric.name
        assert all(type(bound) is float for bound in metric.buckets), metric.name
        assert list(metric.buckets) == sorted(set(metric.buckets)), metric.name


def test_durations_are_in_seconds() -> None:
    for metric in METRICS:
        if metric.name.rpartition(".")[2] in ("duration", "age", "lateness", "oldest_age"):
            assert metric.unit == "s", metric.name


def test_exactly_the_declared_labels_are_taken() -> None:
    with pytest.raises(TypeError):
        meters.CONTACTS_RECEIVED.add(1, channel="email")
    with pytest.raises(KeyError):
        meters.CONTACTS_RECEIVED.add(1, channel="email", provider="smtp", result="accepted")


def test_a_measure_is_used_as_what_it_is() -> None:
    with pytest.raises(TypeError):
        meters.CONTACTS_RECEIVED.record(1.0, channel="email", provider="smtp", outcome="accepted")
    with pytest.raises(TypeError):
        meters.ACK_DURATION.add(1, channel="email", outcome="accepted")


@pytest.fixture
def scrape(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Series]]:
    with scraping(monkeypatch) as read:
        yield read


def test_counts_and_records_are_kept_by_label(scrape: Callable[[], Series]) -> None:
    counted = Metric("t.counted", "counter", "{thing}", "a test", ("messaging.destination.name",))
    open_now = Metric("t.open", "updown", "{thing}", "a test")
    timed = Metric("t.duration", "histogram", "s", "a test", ("kind",), (0.1, 1.0))
    counted.add(2, messaging_destination_name="a")
    counted.add(3, messaging_destination_name="a")
    open_now.add(1)
    open_now.add(-1)
    timed.record(0.5, kind="x")
    assert scrape() == {
        "t.counted": {"messaging.destination.name=a": 5},
        "t.open": {"": 0},
        "t.duration": {"kind=x": 1},
    }


def test_a_gauge_is_read_at_the_scrape_until_it_is_ended(
    scrape: Callable[[], Series],
) -> None:
    lag = Metric("t.lag", "gauge", "", "a test", ("group",))
    behind = [7.0]
    end = lag.observe(lambda: behind[0], group="a")
    lag.record(3, group="b")
    assert scrape()["t.lag"] == {"group=a": 7, "group=b": 3}
    behind[0] = 9
    lag.record(4, group="b")
    assert scrape()["t.lag"] == {"group=a": 9, "group=b": 4}
    end()
    assert scrape()["t.lag"] == {"group=b": 4}


def test_ending_an_old_reader_leaves_the_new_one(scrape: Callable[[], Series]) -> None:
    lag = Metric("t.lag", "gauge", "", "a test")
    end_old = lag.observe(lambda: 1.0)
    lag.observe(lambda: 2.0)
    end_old()
    assert scrape()["t.lag"] == {"": 2}
