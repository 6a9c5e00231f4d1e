"""Files that a team writes: checked before anybody follows them, by reading and by the published schemas."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from services.cli.main import app
from services.followup.adapters.rules import calendar_files, policy_files
from services.followup.adapters.rules.checking import main
from services.followup.adapters.rules.schemas import calendar_schema, policy_schema, text

POLICIES, CALENDARS = policy_files.FOLDER, calendar_files.FOLDER
OWN = """id: own
version: 3
title: Our own promise
source: the board
dated: 2026-11-27
clocks:
  final:
    within: 2 business days
    close: end of business
    calendar: shop
    met_by: final_response
    source: page 3
"""
SHOP = """id: shop
zone: Europe/Paris
hours: {mon-fri: ["09:00-17:00"]}
days: {2026-12-01: []}
"""


def plain(value: Any) -> Any:
    """What JSON has for what YAML reads: dates as text, keys too."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize(("folder", "schema"), [(POLICIES, policy_schema()), (CALENDARS, calendar_schema())])
def test_the_published_schema_is_the_one_that_the_words_make_and_every_file_that_ships_keeps_it(
    folder: Path, schema: dict[str, Any]
) -> None:
    Draft202012Validator.check_schema(schema)
    assert (folder / "schema.json").read_text(encoding="utf-8") == text(schema)
    validator = Draft202012Validator(schema)
    files = sorted(folder.glob("*.yaml"))
    assert len(files) >= 5
    for file in files:
        validator.validate(plain(yaml.safe_load(file.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    ("good", "old", "new", "schema"),
    [
        (OWN, "within: 2 business days", "within: two days", policy_schema()),
        (OWN, "met_by: final_response", "met_by: status", policy_schema()),
        (OWN, "    source: page 3\n", "", policy_schema()),
        (OWN, "clocks:", "clock:", policy_schema()),
        (OWN, "version: 3", "version: 0", policy_schema()),
        (SHOP, "mon-fri", "monday", calendar_schema()),
        (SHOP, '"09:00-17:00"', '"9 to 5"', calendar_schema()),
        (SHOP, "zone", "place", calendar_schema()),
    ],
)
def test_what_the_schema_refuses_reading_refuses_too(
    tmp_path: Path, good: str, old: str, new: str, schema: dict[str, Any]
) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    kind = "policy" if good is OWN else "calendar"
    file = tmp_path / "checked.yaml"
    assert old in good
    for written, valid in ((good, True), (good.replace(old, new, 1), False)):
        file.write_text(written, encoding="utf-8")
        assert Draft202012Validator(schema).is_valid(plain(yaml.safe_load(written))) is valid
        assert main(kind, [str(file)]) == (0 if valid else 1)


def test_a_policy_that_is_right_says_what_is_due_when(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Received on Friday, closed on Tuesday: the second business day is Wednesday."""
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    file = tmp_path / "own.yaml"
    file.write_text(OWN, encoding="utf-8")
    assert main("policy", [str(file), "--received", "2026-11-27T10:15:00"]) == 0
    assert capsys.readouterr().out == (
        "own version 3: a policy of a regulator\n  regulator:own:final: 2026-12-02T17:00:00+01:00\n"
    )
    assert main("policy", [str(POLICIES / "service-60s.yaml"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], set(told["due"]["resolution_first"])) == (
        "service",
        {"low", "normal", "high", "critical"},
    )
    assert main("calendar", [str(tmp_path / "shop.yaml")]) == 0
    assert capsys.readouterr().out == "shop: Europe/Paris, days that differ from the week: 1\n"


def test_a_mistake_is_said_on_its_line_or_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(OWN, encoding="utf-8")
    assert main("policy", [str(file)]) == 1
    assert capsys.readouterr().out == f"{file}:6:1: there is no calendar 'shop'\n"
    file.write_text(SHOP.replace("Europe/Paris", "Europe/Atlantis"), encoding="utf-8")
    assert main("calendar", [str(file), "--json"]) == 1
    said = "there is no time zone 'Europe/Atlantis'"
    assert json.loads(capsys.readouterr().out) == {"mistakes": [{"line": 2, "column": 1, "said": said}]}
    assert main("calendar", [str(tmp_path / "nowhere.yaml")]) == 1


def test_the_command_line_checks_in_the_words_of_the_service(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(OWN.replace("shop", "uk-bank"), encoding="utf-8")
    told = CliRunner().invoke(app, ["policy", "check", str(file), "--received", "2026-11-27T10:15:00"])
    assert (told.exit_code, told.output.splitlines()[0]) == (0, "own version 3: a policy of a regulator")
