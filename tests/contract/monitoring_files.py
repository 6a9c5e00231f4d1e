"""What the files of the monitoring say, and promtool's word on them."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.observability.generate import ALERTS, HERE
from services.chassis.meters import METRICS, Metric, prometheus_name
from services.metrics.adapters import gauges
from tests.contract.deploy_files import ROOT
from tests.support.prometheus import program

RULES = HERE / "prometheus" / "rules"
DECLARED = (*METRICS, *(one for one in vars(gauges).values() if isinstance(one, Metric)))
_WORDS = re.compile(r'"[^"]*"|\b[a-zA-Z_][a-zA-Z0-9_:]*\b(?!\s*\()')
_SYNTAX = {"and", "or", "unless", "bool", "group_left", "group_right"}


def recorded() -> set[str]:
    """What the rules record, and what Prometheus itself has."""
    return {"up", "ALERTS"} | {rule["record"] for rule in all_rules() if "record" in rule}


@cache
def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def alerts() -> dict[str, dict[str, Any]]:
    """The alerts that are written by hand, by name."""
    return {rule["alert"]: rule for group in loaded(ALERTS)["groups"] for rule in group["rules"]}


def all_rules() -> list[dict[str, Any]]:
    return [
        rule
        for file in sorted(RULES.glob("*.yaml"))
        for group in loaded(file)["groups"]
        for rule in group["rules"]
    ]


@cache
def series_names() -> frozenset[str]:
    """The names of all series that the services have."""
    ends = {"histogram": ("_bucket", "_count", "_sum")}
    return frozenset(
        prometheus_name(metric) + end for metric in DECLARED for end in ends.get(metric.kind, ("",))
    )


def labels_of(name: str) -> set[str]:
    return {
        label.replace(".", "_")
        for metric in DECLARED
        if name.startswith(prometheus_name(metric))
        for label in metric.labels
    }


def named_in(expr: str) -> set[str]:
    """The metrics of an expression: its words, less labels, syntax and durations."""
    bare = re.sub(r"(by|without|on|ignoring|group_left|group_right) ?\([^)]*\)", "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|offset \w+", "", bare)
    words = {word for word in _WORDS.findall(bare) if not word.startswith('"')}
    return words - _SYNTAX


def promtool(*arguments: str | Path, cwd: Path = ROOT) -> str:
    """What it says; fails when it finds a fault."""
    done = subprocess.run(
        [program("promtool"), *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
