"""Writes what is made of objectives, alerts and boards: `make monitoring`. A test holds the files to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.observability import slo_rules
from deploy.observability.boards_business import BUSINESS, OBJECTIVES
from deploy.observability.boards_platform import KAFKA, POSTGRES, RESOURCES, SERVICES
from deploy.observability.panels import dashboard

HERE = Path(__file__).resolve().parent
MONITORING = HERE.parent / "k8s" / "components" / "monitoring"
BOARDS = (SERVICES, RESOURCES, KAFKA, POSTGRES, OBJECTIVES, BUSINESS)
DASHBOARDS = HERE / "grafana" / "dashboards"
ALERTS = HERE / "prometheus" / "rules" / "alerts.yaml"


class _Dumper(yaml.SafeDumper):
    """Several lines as a block."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _yaml(content: Mapping[str, Any], made_of: str) -> str:
    shown = yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return f"# Made of {made_of} by `make monitoring`.\n{shown}"


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _rule_resource(name: str, groups: Any) -> dict[str, Any]:
    # Prometheus' operator chooses rules by labels that differ by installation: set yours in an overlay.
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": name},
        "spec": {"groups": groups},
    }


def outputs() -> dict[Path, str]:
    """Every generated file with what it has to hold."""
    slos = slo_rules.read((HERE / "slos.yaml").read_text(encoding="utf-8"))
    made, alerts = slo_rules.groups(slos), yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    of_slos, of_alerts = "deploy/observability/slos.yaml", "deploy/observability/prometheus/rules/alerts.yaml"
    boards = {DASHBOARDS / f"{board.uid}.json": _json(dashboard(board)) for board in BOARDS}
    return boards | {
        HERE / "prometheus" / "rules" / "slos.yaml": _yaml({"groups": made}, of_slos),
        HERE / "sloth" / "amends.yaml": _yaml(slo_rules.service_level(slos), of_slos),
        MONITORING / "slos.yaml": _yaml(_rule_resource("amends-slos", made), of_slos),
        MONITORING / "alerts.yaml": _yaml(_rule_resource("amends-alerts", alerts), of_alerts),
    }


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
