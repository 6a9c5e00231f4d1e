"""The dashboards are what Grafana imports and ask for what is measured, in Compose and in a cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.observability.generate import DASHBOARDS, HERE, MONITORING
from tests.contract.deploy_files import (
    MONITORED,
    ROOT,
    SERVICES,
    compose,
    environment,
    of_kind,
    pod_labels,
    rendered,
    selects,
)
from tests.contract.monitoring_files import (
    RULES,
    labels_of,
    loaded,
    named_in,
    promtool,
    recorded,
    series_names,
)

FILES = sorted(DASHBOARDS.glob("*.json"))
GRAFANA = HERE / "grafana"
# what the client library tells of a process
PROCESS = {
    f"process_{one}"
    for one in ("cpu_seconds_total", "resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds")
}
# of Prometheus, its rules, and the scrape
GENERAL = {"job", "instance", "le", "alertname", "alertstate", "severity", "sloth_slo"}


def board(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def panels(file: Path) -> Iterator[dict[str, Any]]:
    """Those that ask something."""
    yield from (panel for panel in board(file)["panels"] if panel["type"] != "row")


def queries() -> list[tuple[str, str, str]]:
    """Panel, expression and legend of every query of all boards."""
    return [
        (f"{file.stem}: {panel['title']}", target["expr"], target["legendFormat"])
        for file in FILES
        for panel in panels(file)
        for target in panel["targets"]
    ]


def test_each_board_has_a_uid_of_its_own_and_its_panels_ids_and_places() -> None:
    uids = [board(file)["uid"] for file in FILES]
    assert uids == [file.stem for file in FILES]
    assert len(uids) == 6
    for file in FILES:
        ids = [panel["id"] for panel in board(file)["panels"]]
        assert len(ids) == len(set(ids))
        taken: set[tuple[int, int]] = set()
        for place in (panel["gridPos"] for panel in board(file)["panels"]):
            fields = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                      for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
            assert not fields & taken, file.name
            assert place["x"] + place["w"] <= 24
            taken |= fields


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_panel_asks_the_source_that_is_chosen_above(file: Path) -> None:
    variables = {one["name"]: one for one in board(file)["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    used = set()
    for panel in panels(file):
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"]
        assert [target["refId"] for target in panel["targets"]] == list("ABCDEF"[: len(panel["targets"])])
        used |= {name for target in panel["targets"] for name in re.findall(r"\$(\w+)", target["expr"])}
    assert used - {"__rate_interval"} == variables.keys() - {"datasource"}


def test_every_query_asks_for_what_is_measured_or_recorded() -> None:
    known = series_names() | recorded() | PROCESS
    assert {(panel, name) for panel, expr, _ in queries() for name in named_in(expr) - known} == set()


def test_every_legend_names_labels_that_its_series_have() -> None:
    wrong = [
        (panel, label)
        for panel, expr, legend in queries()
        for label in re.findall(r"\{\{(\w+)\}\}", legend)
        if label not in GENERAL | {one for name in named_in(expr) for one in labels_of(name)}
    ]
    assert wrong == []


def test_every_measure_of_the_business_and_the_platform_is_on_a_board() -> None:
    shown = {name for _, expr, _ in queries() for name in named_in(expr)}
    missing = {
        name.removesuffix("_bucket")
        for name in series_names() - shown
        if not name.endswith(("_sum", "_count"))
    }
    assert missing == {"rpc_client_call_duration_seconds", "amends_figures_age_seconds"}


@pytest.mark.timeout(300)  # the first time promtool is fetched
def test_promtool_understands_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, (_, expr, _) in enumerate(queries())
    ]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


# ------------------------------------------------------------------------------------------------- deployed
@pytest.mark.timeout(300)
def test_promtool_accepts_the_configuration_and_finds_the_rules() -> None:
    told = promtool("check", "config", HERE / "prometheus" / "prometheus.yaml")
    assert told.count("SUCCESS") == 1 + 1 + len(list(RULES.glob("*.yaml")))


def test_prometheus_reads_each_service_where_compose_has_it_listen() -> None:
    jobs = {one["job_name"]: one["static_configs"][0]["targets"] for one in
            loaded(HERE / "prometheus" / "prometheus.yaml")["scrape_configs"]}  # fmt: skip
    services = compose()["services"]
    ports = {name: environment(services[name])[f"AMENDS_{name.upper()}_ADMIN_PORT"] for name in SERVICES}
    assert {name: jobs[name] for name in SERVICES} == {
        name: [f"{name}:{port}"] for name, port in ports.items()
    }


def test_compose_mounts_what_prometheus_and_grafana_are_told_to_read() -> None:
    services = compose()["services"]
    mounts = {
        name: dict(one.split(":")[:2][::-1] for one in services[name]["volumes"] if one.startswith("./"))
        for name in ("prometheus", "grafana")
    }
    assert (ROOT / mounts["prometheus"]["/etc/prometheus"] / "prometheus.yaml").is_file()
    assert (ROOT / mounts["grafana"]["/etc/grafana/dashboards"]).resolve() == DASHBOARDS
    assert (ROOT / mounts["grafana"]["/etc/grafana/provisioning"]).resolve() == GRAFANA / "provisioning"
    (provider,) = loaded(GRAFANA / "provisioning" / "dashboards" / "amends.yaml")["providers"]
    assert provider["options"]["path"] in mounts["grafana"]
    (source,) = loaded(GRAFANA / "provisioning" / "datasources" / "prometheus.yaml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert source["uid"] == board(FILES[0])["templating"]["list"][0]["current"]["value"]


def test_in_a_cluster_the_operator_gets_pods_rules_and_dashboards() -> None:
    resources = rendered(MONITORED)
    monitor = of_kind(resources, "PodMonitor")["amends"]["spec"]
    pods = {name: one for name, one in of_kind(resources, "Deployment").items()
            if selects(monitor["selector"], pod_labels(one))}  # fmt: skip
    assert pods.keys() == set(SERVICES)
    (endpoint,) = monitor["podMetricsEndpoints"]
    for name, one in pods.items():
        (container,) = one["spec"]["template"]["spec"]["containers"]
        assert endpoint["port"] in {port["name"] for port in container["ports"]}
        assert pod_labels(one)[monitor["jobLabel"]] == name
    rules = of_kind(resources, "PrometheusRule")
    assert {name: one["spec"] for name, one in rules.items()} == {
        f"amends-{file.stem}": {"groups": loaded(file)["groups"]} for file in RULES.glob("*.yaml")
    }
    shown = of_kind(resources, "ConfigMap")["amends-grafana"]
    assert shown["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert {name: json.loads(text) for name, text in shown["data"].items()} == {
        file.name: board(file) for file in FILES
    }


def test_every_file_of_the_component_belongs_to_it() -> None:
    listed = set(loaded(MONITORING / "kustomization.yaml")["resources"])
    assert {file.name for file in MONITORING.glob("*.yaml")} - {"kustomization.yaml"} <= listed
