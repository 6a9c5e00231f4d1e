"""Metrics: declared once, labels bounded, buckets in floats, values readable at a scrape."""

from __future__ import annotations

import re

import pytest

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
