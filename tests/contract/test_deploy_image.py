"""The image takes in what it needs, installs by hash and is not root; the collector fits Compose."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from services.standalone.layout import SERVICES
from tests.contract.deploy_files import ROOT, compose

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
COLLECTOR = ROOT / "deploy" / "observability" / "collector" / "config.yaml"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined, comments left out."""
    lines = [line for line in DOCKERFILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()
    ]


def last_stage() -> list[tuple[str, str]]:
    steps = instructions()
    start = max(number for number, (name, _) in enumerate(steps) if name == "FROM")
    return steps[start:]


def taken_in() -> set[str]:
    """What .dockerignore lets into the build."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_every_package_is_installed_by_its_hash() -> None:
    installs = [
        part
        for name, text in instructions()
        if name == "RUN"
        for part in text.split("&&")
        if re.search(r"pip install", part)
    ]
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-deps --no-index" in install
    locks = set(re.findall(r"requirements/\w+\.txt", " ".join(installs)))
    assert locks == {"requirements/build.txt", "requirements/runtime.txt"}


def test_the_container_is_not_root_and_carries_no_build_tools() -> None:
    assert ("USER", "10001:10001") in last_stage()
    assert not any(name in ("RUN", "ADD") for name, _ in last_stage())
    assert [text for name, text in last_stage() if name == "COPY"] == ["--from=build /opt/amends /opt/amends"]


def test_both_stages_stand_on_one_base() -> None:
    bases = {text.split()[0] for name, text in instructions() if name == "FROM"}
    assert bases == {"python:3.12-slim"}


def test_the_build_sees_what_the_distribution_is_made_of() -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    read = [project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"]
    hook = project["tool"]["hatch"]["metadata"]["hooks"]["requirements_txt"]
    listed = [*hook["files"], *(file for files in hook["optional-dependencies"].values() for file in files)]
    needed = {Path(name).parts[0] for name in [*wheel, *read, *listed]}
    assert taken_in() == needed
    assert not taken_in() & {"tests", "docs", ".git", ".env"}


def test_the_image_can_play_every_service() -> None:
    assert {f"services.{one}" for one in SERVICES} == {
        part for service in compose()["services"].values() for part in service.get("command", [])
        if re.fullmatch(r"services\.[a-z]+", str(part))
    }  # fmt: skip


def test_the_collector_listens_where_compose_publishes_it() -> None:
    config = yaml.safe_load(COLLECTOR.read_text(encoding="utf-8"))
    endpoints = {
        config["receivers"]["otlp"]["protocols"]["http"]["endpoint"],
        config["exporters"]["prometheus"]["endpoint"],
        config["extensions"]["health_check"]["endpoint"],
    }
    ports = {endpoint.rpartition(":")[2] for endpoint in endpoints}
    collector = compose()["services"]["collector"]
    assert {port.rpartition(":")[2] for port in collector["ports"]} == ports
    assert f"./{COLLECTOR.relative_to(ROOT)}:/etc/otelcol/config.yaml:ro" in collector["volumes"]


def test_the_collectors_pipelines_name_parts_that_are_there() -> None:
    config = yaml.safe_load(COLLECTOR.read_text(encoding="utf-8"))
    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= config[kind].keys()
        assert pipeline["processors"][0] == "memory_limiter"
    assert set(config["service"]["extensions"]) == config["extensions"].keys()
