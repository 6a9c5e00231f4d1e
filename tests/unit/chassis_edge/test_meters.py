"""Metrics: declared once, labels bounded, buckets in floats, values readable at a scrape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from services.chassis import meters
from services.chassis.meters import METRICS, Metric, UnboundedLabel


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
def scrape(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], dict[str, dict[str, float]]]]:
    """What a scrape would see of metrics made in this test: name -> labels -> value (histograms: count)."""
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    monkeypatch.setattr(meters.metrics, "get_meter", provider.get_meter)

    def read() -> dict[str, dict[str, float]]:
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


def test_counts_and_records_are_kept_by_label(scrape: Callable[[], dict[str, dict[str, float]]]) -> None:
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
    scrape: Callable[[], dict[str, dict[str, float]]],
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


def test_ending_an_old_reader_leaves_the_new_one(scrape: Callable[[], dict[str, dict[str, float]]]) -> None:
    lag = Metric("t.lag", "gauge", "", "a test")
    end_old = lag.observe(lambda: 1.0)
    lag.observe(lambda: 2.0)
    end_old()
    assert scrape()["t.lag"] == {"": 2}
