"""Recording rules and burn-rate alerts from slos.yaml, named as Sloth names them, and Sloth's own resource.

Windows and factors are those of Google's SRE workbook for 30 days (Sloth's google-30d). Two things differ
from what Sloth makes: a window in which nothing happened has no ratio, as 0/0 would spoil every average, and
each alert also asks for a number of failures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from services.chassis.meters import METRICS, Metric, prometheus_name

PERIOD_DAYS = 30
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
# severity -> (short window, long window, how many times faster than the budget allows)
BURNS: Mapping[str, tuple[tuple[str, str, float], ...]] = {
    "page": (("5m", "1h", 14.4), ("30m", "6h", 6.0)),
    "ticket": (("2h", "1d", 3.0), ("6h", "3d", 1.0)),
}
_METRICS = {metric.name: metric for metric in METRICS}


class WrongSlo(ValueError):
    """An entry of slos.yaml says what the metrics cannot tell: mend the entry, or the metric."""


@dataclass(frozen=True, slots=True)
class Slo:
    """One promise; `within` for durations, else `bad` says which labels a failure has."""

    service: str
    name: str
    alert: str
    objective: float
    description: str
    metric: Metric
    least: int
    where: str = ""
    bad: str = ""
    within: float | None = None

    @property
    def identity(self) -> dict[str, str]:
        """The labels by which Sloth tells them apart."""
        names = {"sloth_id": f"{self.service}-{self.name}", "sloth_service": self.service}
        return {**names, "sloth_slo": self.name}

    @property
    def selector(self) -> str:
        """The same as a selector."""
        return "{" + ", ".join(f'{key}="{value}"' for key, value in self.identity.items()) + "}"

    @property
    def budget(self) -> float:
        """The share that may fail."""
        return round(1 - self.objective / 100, 10)

    def failed(self, window: str, function: str = "rate") -> str:
        """How often it failed, per second or (`increase`) in the window."""
        if self.within is None:
            return f"(sum({function}({self._series('', self.bad)}[{window}])) or vector(0))"
        kept = self._series("_bucket", f'le="{self.within}"')
        all_, good = f"{function}({self._series('_count')}[{window}])", f"{function}({kept}[{window}])"
        return f"(sum({all_}) - sum({good}))"

    def happened(self, window: str) -> str:
        """How often it succeeded or failed, per second; nothing when it did neither."""
        return f"(sum(rate({self._series('_count' if self.within else '')}[{window}])) > 0)"

    def _series(self, suffix: str, *labels: str) -> str:
        suffix = suffix or ("_count" if self.metric.kind == "histogram" else "")
        chosen = ", ".join(one for one in (self.where, *labels) if one)
        return f"{prometheus_name(self.metric)}{suffix}" + (f"{{{chosen}}}" if chosen else "")


def read(text: str) -> list[Slo]:
    """The entries of slos.yaml. Raises WrongSlo."""
    told = yaml.safe_load(text)
    return [_checked(Slo(told["service"], **{**one, "metric": _metric(one)})) for one in told["slos"]]


def _metric(entry: Mapping[str, Any]) -> Metric:
    if entry["metric"] not in _METRICS:
        raise WrongSlo(f"{entry['name']}: no metric is called {entry['metric']}")
    return _METRICS[entry["metric"]]


def _checked(slo: Slo) -> Slo:
    if (slo.within is None) == (not slo.bad):
        raise WrongSlo(f"{slo.name}: either `within` or `bad`")
    if slo.within is not None and slo.within not in slo.metric.buckets:
        raise WrongSlo(f"{slo.name}: {slo.metric.name} has no bucket that ends at {slo.within}")
    if not 0 < slo.objective < 100 or slo.budget * max(one[2] for one in BURNS["page"]) >= 1:
        raise WrongSlo(f"{slo.name}: below that objective even failing always would page nobody")
    return slo


# ------------------------------------------------------------------------------------------------ Prometheus
def groups(slos: list[Slo]) -> list[dict[str, Any]]:
    """Prometheus rule groups."""
    parts = (("sli-recordings", _measured), ("meta-recordings", _budgets), ("alerts", _alerts))
    return [
        {"name": f"sloth-slo-{part}-{slo.service}-{slo.name}", "rules": make(slo)}
        for slo in slos
        for part, make in parts
    ]


def _record(slo: Slo, name: str, expr: str, **labels: str) -> dict[str, Any]:
    return {"record": name, "expr": expr, "labels": {**slo.identity, **labels}}


def _measured(slo: Slo) -> list[dict[str, Any]]:
    rules = [
        _record(
            slo, f"slo:sli_error:ratio_rate{window}",
            f"{slo.failed(window)}\n/\n{slo.happened(window)}", sloth_window=window,
        )
        for window in WINDOWS
    ]  # fmt: skip
    short = f"slo:sli_error:ratio_rate5m{slo.selector}[{PERIOD_DAYS}d]"
    average = f"sum_over_time({short})\n/ ignoring (sloth_window)\ncount_over_time({short})"
    rules.append(
        _record(slo, f"slo:sli_error:ratio_rate{PERIOD_DAYS}d", average, sloth_window=f"{PERIOD_DAYS}d")
    )
    longs = [long for burns in BURNS.values() for _, long, _ in burns]
    return rules + [
        _record(slo, f"amends:slo_errors:increase{long}", slo.failed(long, "increase")) for long in longs
    ]


def _budgets(slo: Slo) -> list[dict[str, Any]]:
    chosen, on = slo.selector, "/ on(sloth_id, sloth_slo, sloth_service) group_left"

    def burn(window: str) -> str:
        return f"slo:sli_error:ratio_rate{window}{chosen}\n{on}\nslo:error_budget:ratio{chosen}"

    ratio = round(slo.objective / 100, 10)
    info = {"sloth_objective": str(slo.objective), "sloth_spec": "prometheus/v1"}
    return [
        _record(slo, "slo:objective:ratio", f"vector({ratio})"),
        _record(slo, "slo:error_budget:ratio", f"vector({slo.budget})"),
        _record(slo, "slo:time_period:days", f"vector({PERIOD_DAYS})"),
        _record(slo, "slo:current_burn_rate:ratio", burn("5m")),
        _record(slo, "slo:period_burn_rate:ratio", burn(f"{PERIOD_DAYS}d")),
        _record(slo, "slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{chosen}"),
        _record(slo, "sloth_slo_info", "vector(1)", **info),
    ]


def _alerts(slo: Slo) -> list[dict[str, Any]]:
    return [
        {
            "alert": slo.alert,
            "expr": "\nor\n".join(_burns(slo, *one) for one in burns),
            "labels": {"severity": severity, "sloth_severity": severity},
            "annotations": {**_annotations(slo), "title": f"({severity}) {slo.name} burns its error budget"},
        }
        for severity, burns in BURNS.items()
    ]


def _annotations(slo: Slo) -> dict[str, str]:
    return {
        "summary": f"{slo.description} It fails too often to hold {slo.objective} % of {PERIOD_DAYS} days.",
        "runbook_url": f"docs/runbooks/{slo.alert}.md",
    }


def _burns(slo: Slo, short: str, long: str, factor: float) -> str:
    def above(window: str) -> str:
        measured = f"slo:sli_error:ratio_rate{window}{slo.selector}"
        return f"max({measured} > ({factor} * {slo.budget})) without (sloth_window)"

    enough = f"amends:slo_errors:increase{long}{slo.selector} >= {slo.least}"
    return f"(\n  {above(short)}\n  and\n  {above(long)}\n  and\n  {enough}\n)"


# ----------------------------------------------------------------------------------------------------- Sloth
def service_level(slos: list[Slo]) -> dict[str, Any]:
    """The same for those who let Sloth make the rules; it knows no least number of failures."""
    return {
        "apiVersion": "sloth.slok.dev/v1",
        "kind": "PrometheusServiceLevel",
        "metadata": {"name": slos[0].service},
        "spec": {"service": slos[0].service, "slos": [_level(slo) for slo in slos]},
    }


def _level(slo: Slo) -> dict[str, Any]:
    window = "{{.window}}"
    return {
        "name": slo.name,
        "objective": slo.objective,
        "description": slo.description,
        "sli": {"events": {"errorQuery": slo.failed(window), "totalQuery": slo.happened(window)}},
        "alerting": {
            "name": slo.alert,
            "annotations": _annotations(slo),
            "pageAlert": {"labels": {"severity": "page"}},
            "ticketAlert": {"labels": {"severity": "ticket"}},
        },
    }
