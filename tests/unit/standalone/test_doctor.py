"""The doctor names what is missing and how to get it, and asks for nothing that is external."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.standalone import doctor, maven
from services.standalone.doctor import Finding, check
from services.standalone.layout import Layout

# whatever server the tests themselves run on, these ask about the embedded ones
EMBEDDED = {
    name: value for name, value in os.environ.items() if name not in ("KAFKA_BOOTSTRAP", "DATABASE_URL")
}


async def examine(layout: Layout, env: dict[str, str]) -> dict[str, Finding]:
    return {finding.name: finding for finding in await check(layout, env)}


async def test_every_fault_comes_with_a_remedy_and_nothing_else_does(layout: Layout) -> None:
    for env in (dict(os.environ), {"PATH": ""}):
        for finding in await check(layout, env):
            assert finding.ok == (finding.remedy == ""), finding


async def test_looking_changes_nothing(layout: Layout) -> None:
    await check(layout, dict(os.environ))
    assert not layout.home.exists()


async def test_missing_jars_without_a_client_are_a_fault_that_names_the_ways_out(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "available_clients", lambda env: [])
    kafka = (await examine(layout, {"PATH": ""}))["kafka"]
    assert not kafka.ok
    assert "AMENDS_KAFKA_HOME" in kafka.remedy


async def test_a_machine_that_can_fetch_the_jars_is_fine(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "available_clients", lambda env: ["mvn", "jgo"])
    assert (await examine(layout, {"PATH": ""}))["kafka"].detail.endswith("with mvn or jgo")


async def test_a_cluster_of_another_version_is_seen_before_the_start_fails(layout: Layout) -> None:
    cluster = layout.prepare().postgres / "site" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    postgres = (await examine(layout, EMBEDDED))["postgresql"]
    assert not postgres.ok
    assert "--fresh" in postgres.remedy


async def test_a_full_disk_is_a_fault(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "NEEDED_BYTES", 1 << 60)
    disk = (await examine(layout, {"PATH": ""}))["disk"]
    assert not disk.ok
    assert "AMENDS_HOME" in disk.remedy


async def test_a_running_supervisor_is_mentioned(layout: Layout) -> None:
    with layout.lock():
        assert "used by another" in (await examine(layout, {"PATH": ""}))["supervisor"].detail


async def test_external_servers_are_not_looked_for_here(layout: Layout) -> None:
    found = await examine(layout, {"KAFKA_BOOTSTRAP": "k:9092", "DATABASE_URL": "postgresql://d/x"})
    assert found.keys() & {"java", "kafka", "postgresql"} == set()


def test_the_clients_named_are_the_ones_on_the_path(tmp_path: Path) -> None:
    mvn = tmp_path / "mvn"
    mvn.write_text("#!/bin/sh\n")
    mvn.chmod(0o755)
    assert "mvn" in maven.available_clients({"PATH": str(tmp_path)})
    assert "mvn" not in maven.available_clients({"PATH": ""})
