"""What an operator can type, and what is said when it cannot be done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from services.chassis.errors import ConfigError
from services.chassis.topics import load
from services.cli.common import environment, needed
from services.cli.main import app
from services.cli.main import command as named
from services.cli.up import stack_settings

runner = CliRunner()
COMMANDS = (
    "tenants",
    "up",
    "demo",
    "simulate",
    "doctor",
    "import",
    "recount",
    "bench",
    "topics",
    "dlq",
    "intake",
    "keys",
    "preferences",
)


@pytest.fixture(autouse=True)
def _no_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own, in which nothing runs."""
    monkeypatch.setenv("AMENDS_HOME", str(tmp_path / "home"))
    for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL", "AMENDS_INTAKE_APP_DSN", "AMENDS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def leave_stack_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "home" / "run").mkdir(parents=True)
    (tmp_path / "home" / "run" / "stack.env").write_text(text)


def test_every_command_says_what_it_is_for() -> None:
    told = runner.invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    assert [command for command in COMMANDS if command not in told] == []
    for command in COMMANDS:
        assert runner.invoke(app, [command, "--help"]).exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        ["topics", "apply"],
        ["dlq", "list"],
        ["intake", "tail"],
        ["intake", "rejected"],
        ["keys", "create", "--role", "agent"],
        ["keys", "revoke", "aaaa"],
    ],
)
def test_a_command_for_a_running_platform_says_that_none_runs(command: list[str]) -> None:
    result = runner.invoke(app, command)
    assert result.exit_code == 1
    assert "is not set" in result.stderr


@pytest.mark.parametrize(
    "command", [["bench", "nothing"], ["keys", "create"], ["keys", "create", "--role", "boss"]]
)
def test_what_makes_no_sense_is_a_usage_error(command: list[str]) -> None:
    assert runner.invoke(app, command).exit_code == 2


def test_topics_are_listed_without_a_kafka() -> None:
    listed = json.loads(runner.invoke(app, ["topics", "list", "--json"]).stdout)
    assert [one["name"] for one in listed] == [topic.name for topic in load()]
    assert {one["lag"] for one in listed} == {None}


def test_a_dead_letter_place_that_nobody_reads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:1")
    result = runner.invoke(app, ["dlq", "list", "--topic", "amends.nothing.v1"])
    assert result.exit_code == 1
    assert "unknown_place" in result.stderr


def test_doctor_tells_programs_everything_it_looked_at() -> None:
    findings = json.loads(runner.invoke(app, ["doctor", "--json"]).stdout)
    assert {"python", "data folder", "disk"} <= {finding["name"] for finding in findings}


def test_recount_without_a_platform_names_what_is_missing() -> None:
    result = runner.invoke(app, ["recount"])
    assert result.exit_code == 64
    assert "AMENDS_INTAKE_SYSTEM_DSN" in result.stderr


def test_the_tools_find_the_platform_that_runs_in_the_data_folder(tmp_path: Path) -> None:
    leave_stack_file(tmp_path, "export KAFKA_BOOTSTRAP=127.0.0.1:9\nexport AMENDS_THREAD_SECRET='a b'\n")
    env = environment()
    assert (env["KAFKA_BOOTSTRAP"], env["AMENDS_THREAD_SECRET"]) == ("127.0.0.1:9", "a b")


def test_the_environment_wins_over_the_platform_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_stack_file(tmp_path, "export KAFKA_BOOTSTRAP=127.0.0.1:9\n")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "broker:9092")
    assert environment()["KAFKA_BOOTSTRAP"] == "broker:9092"


def test_an_empty_variable_counts_as_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_stack_file(tmp_path, "export KAFKA_BOOTSTRAP=127.0.0.1:9\n")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "")
    assert environment()["KAFKA_BOOTSTRAP"] == "127.0.0.1:9"


def test_what_is_needed_and_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="KAFKA_BOOTSTRAP is not set"):
        needed({}, "KAFKA_BOOTSTRAP")


def test_a_command_imports_what_it_needs_and_nothing_of_the_others() -> None:
    """All of them together take seconds, which every call would pay."""
    code = """
import sys
from services.cli.main import app

def show(*words):
    app([*words, "--help"], standalone_mode=False)
    heavy = {"kafka", "aiohttp", "grpc", "starlette", "opentelemetry.sdk"}
    print(*(heavy & sys.modules.keys()), file=sys.stderr)

show()
show("doctor")
show("digest")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["", "", "grpc"]


def test_the_list_of_all_commands_says_of_each_what_it_says_of_itself() -> None:
    listed: Any = get_command(app)
    for name in listed.list_commands(None):
        own = " ".join((named(name).help or "").split("\n\n")[0].split())
        assert listed.get_command(None, name).help == own


@pytest.mark.parametrize("fresh", [True, False])
def test_up_begins_afresh_only_when_asked(fresh: bool) -> None:
    assert stack_settings("", "", fresh=fresh).servers.fresh is fresh
