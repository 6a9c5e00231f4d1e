"""Rules, alerts and runbook pages say what the code measures; promtool lets each alert fire."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.observability import slo_rules
from deploy.observability.generate import HERE, outputs
from services.chassis import meters
from services.chassis.meters import METRICS, Metric, prometheus_name
from tests.contract.command_words import demand_known
from tests.contract.deploy_files import ROOT
from tests.contract.monitoring_files import (
    RULES,
    alerts,
    all_rules,
    labels_of,
    loaded,
    named_in,
    promtool,
    recorded,
    series_names,
)

PAGES = ROOT / "docs" / "runbooks"
CASES = Path(__file__).with_name("alert_cases.yaml")
SLOS = slo_rules.read((HERE / "slos.yaml").read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------------------ made files
@pytest.mark.parametrize("path", outputs(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_generated_is_what_is_there(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == outputs()[path], "run `make monitoring`"


def test_an_objective_over_a_bound_that_no_bucket_has_is_refused() -> None:
    text = (HERE / "slos.yaml").read_text(encoding="utf-8")
    with pytest.raises(slo_rules.WrongSlo, match="no bucket"):
        slo_rules.read(text.replace("within: 1.0", "within: 1.1"))


# --------------------------------------------------------------------------------------------- rules and code
def test_rules_name_metrics_that_are_measured_or_recorded() -> None:
    named = {name for rule in all_rules() for name in named_in(rule["expr"])}
    assert named - recorded() - series_names() == set()
    assert len(named & series_names()) > 15


@pytest.mark.parametrize("name", alerts())
def test_an_alert_selects_by_labels_that_its_metrics_have(name: str) -> None:
    expr = alerts()[name]["expr"]
    known = {label for one in named_in(expr) for label in labels_of(one)} | {"job", "instance", "le"}
    assert set(re.findall(r"[{,]\s*(\w+)\s*[=!]", expr)) <= known
    assert {one.strip() for found in re.findall(r"by \(([^)]*)\)", expr) for one in found.split(",")} <= known


def test_every_metric_that_is_declared_is_measured_somewhere() -> None:
    files = [file for file in (ROOT / "services").rglob("*.py") if file.name != "meters.py"]
    code = {
        word for file in files for word in re.findall(r"[A-Z][A-Z0-9_]+", file.read_text(encoding="utf-8"))
    }
    constants = [name for name, value in vars(meters).items() if isinstance(value, Metric)]
    assert [name for name in constants if name not in code] == []


# -------------------------------------------------------------------------------------------------- runbooks
def told() -> dict[str, str]:
    """Alert -> its runbook_url, hand-written and generated."""
    return {rule["alert"]: rule["annotations"]["runbook_url"] for rule in all_rules() if "alert" in rule}


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert {name: f"docs/runbooks/{name}.md" for name in told()} == told()
    assert {f"{name}.md" for name in told()} | {"README.md"} == {page.name for page in PAGES.iterdir()}


@pytest.mark.parametrize("name", sorted(told()))
def test_a_page_says_what_it_means_what_to_look_at_and_what_to_do(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^\*\*([A-Za-z ]+)\.\*\*", text, flags=re.MULTILINE) == ["Means", "Look", "Do"]
    assert f"({name}.md)" in (PAGES / "README.md").read_text(encoding="utf-8")


def test_every_alert_is_waited_for_in_a_live_fault() -> None:
    proof = (ROOT / "tests" / "faults" / "test_alerts.py").read_text(encoding="utf-8")
    waited_for = re.findall(r'"(Amends[A-Za-z]+)"', proof.partition("# ---")[2])
    assert set(waited_for) == told().keys()


def commands() -> list[list[str]]:
    """Every `amends ...` of the pages, as words."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*.md")))
    return [found.split() for found in re.findall(r"`(?:AMENDS_TOKEN=\S+ )?amends ([a-z][^`]*)`", text)]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_of_a_page_is_there(words: list[str]) -> None:
    demand_known(words)


def test_the_metrics_of_the_pages_are_measured() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    bases = {prometheus_name(metric) for metric in METRICS} | series_names()
    assert set(re.findall(r"`(amends_[a-z_0-9]+)", text)) - bases == set()


# -------------------------------------------------------------------------------------------------- promtool
@pytest.mark.timeout(300)  # the first time it is fetched
def test_promtool_finds_no_fault_in_the_rules() -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", *sorted(RULES.glob("*.yaml")))


def firing(name: str, labels: dict[str, str], at: str, *, fires: bool) -> dict[str, Any]:
    """An expectation of promtool: the alert with these labels, or none of its name."""
    by = ", ".join(labels) or "job"
    chosen = f'count by (alertname, {by}) (ALERTS{{alertname="{name}", alertstate="firing"}})'
    shown = ", ".join(f'{key}="{value}"' for key, value in {"alertname": name, **labels}.items())
    samples = [{"labels": f"{{{shown}}}", "value": 1}] if fires else []
    return {"expr": chosen, "eval_time": at, "exp_samples": samples}


def case(name: str, told: dict[str, Any], labels: dict[str, str], *, fires: bool) -> dict[str, Any]:
    return {
        "interval": "30s",
        "input_series": [{"series": one, "values": values} for one, values in told["series"].items()],
        "promql_expr_test": [firing(name, labels, told["at"], fires=fires)],
    }


def test_every_alert_fires_when_it_should_and_is_silent_else(tmp_path: Path) -> None:
    cases: dict[str, dict[str, Any]] = loaded(CASES)
    assert cases.keys() == alerts().keys()
    files = []
    for name, about in cases.items():
        assert about.keys() >= {"labels", "silent", "fires"}
        # a file of its own: every rule of a file is evaluated for every case of it
        rule = tmp_path / f"{name}.rule.yaml"
        rule.write_text(
            yaml.safe_dump({"groups": [{"name": name, "rules": [alerts()[name]]}]}), encoding="utf-8"
        )
        told = [(when, one) for when, one in about.items() if when != "labels"]
        tests = [case(name, one, about["labels"], fires=when != "silent") for when, one in told]
        files.append(written(tmp_path / f"{name}.yaml", tests, rule, "30s"))
    promtool("test", "rules", *files)


# All series of an objective in steps of five minutes: how many more each time, of all and of the good ones.
HOURS = {"burns": ("0+10x24", "0+5x24"), "holds": ("0+10x24", "0+10x24"), "lonely": ("0x10 1x14", "0x24")}


def test_a_burn_pages_and_a_lonely_failure_does_not(tmp_path: Path) -> None:
    tests = [burning(hour, name == "burns") for name, hour in HOURS.items()]
    promtool("test", "rules", written(tmp_path / "slos.yaml", tests, RULES / "slos.yaml", "5m"))


def burning(hour: tuple[str, str], burns: bool) -> dict[str, Any]:
    """All objectives in the same hour."""
    rates = {"all": hour[0], "good": hour[1], "bad": bad(*hour)}
    series = {one: rates[which] for slo in SLOS for one, which in counters(slo).items()}
    shown = [
        {"labels": f'{{alertname="{slo.alert}", sloth_severity="{severity}"}}', "value": 1}
        for slo in SLOS
        for severity in (slo_rules.BURNS if burns else ())
    ]
    expr = 'count by (alertname, sloth_severity) (ALERTS{alertstate="firing"})'
    return {
        "interval": "5m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [{"expr": expr, "eval_time": "100m", "exp_samples": shown}],
    }


def counters(slo: slo_rules.Slo) -> dict[str, str]:
    """The series an objective is made of: which counts all, which the good, which the bad."""
    name = prometheus_name(slo.metric)
    where = slo.where + ", " if slo.where else ""
    if slo.within is not None:
        return {f"{name}_count{{{slo.where}}}": "all", f'{name}_bucket{{{where}le="{slo.within}"}}': "good"}
    label, _, word = slo.bad.partition("=")
    first = word.strip('~"').split("|")[0]
    end = "_count" if slo.metric.kind == "histogram" else ""
    return {
        f'{name}{end}{{{where}{label}="{first}"}}': "bad",
        f'{name}{end}{{{where}{label}="fine"}}': "good",
    }


def bad(all_: str, good: str) -> str:
    """The failures, for objectives that count them apart."""
    rates = [int(found[1]) for text in (all_, good) if (found := re.fullmatch(r"0\+(\d+)x24", text))]
    return f"0+{rates[0] - rates[1]}x24" if rates else all_


def written(file: Path, tests: list[dict[str, Any]], rules: Path, interval: str) -> Path:
    """A file of unit tests as promtool reads it."""
    told = {"rule_files": [str(rules)], "evaluation_interval": interval, "tests": tests}
    file.write_text(yaml.safe_dump(told, width=1000), encoding="utf-8")
    return file
