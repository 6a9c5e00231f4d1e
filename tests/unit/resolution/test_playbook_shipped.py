"""The six playbooks that ship, their published schema, and their page in the documentation."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from services.chassis.config import load
from services.resolution.adapters import data
from services.resolution.adapters.playbook_files import check
from services.resolution.app.rules import Rules
from services.resolution.config import Settings
from services.resolution.domain import replycheck
from services.resolution.domain.playbook import Step
from services.resolution.domain.playbook_schema import schema, text
from services.resolution.domain.replycheck.pack import BAD

ROOT = Path(__file__).resolve().parents[3]
FOLDER = data.HERE / "playbooks"
PAGE = (ROOT / "docs" / "playbooks.md").read_text(encoding="utf-8")
SIX = ("amends", "champions", "seven-strategies", "seven-tips", "six-steps", "sixty-seconds")
ROW = re.compile(r"^\| `(?P<step>[a-z-]+)` \|(?P<rest>.+)\|$", re.MULTILINE)
NAMED_TEST = re.compile(r"`(?P<file>test_\w+)(?:::(?P<test>test_\w+))?`")


def section(playbook_id: str) -> str:
    """The part of the page about one playbook."""
    found = re.search(rf"^## `{playbook_id}`.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, playbook_id
    return found[0]


def rows(playbook_id: str) -> dict[str, list[str]]:
    """Step -> the other cells of its row."""
    return {
        row["step"]: [cell.strip() for cell in row["rest"].split("|")]
        for row in ROW.finditer(section(playbook_id))
    }


def document(playbook_id: str) -> dict[str, Any]:
    read = yaml.safe_load((FOLDER / f"{playbook_id}.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


@cache
def published() -> Draft202012Validator:
    """What the schema says, asked of a document."""
    return Draft202012Validator(schema())


@cache
def named_tests() -> dict[str, set[str]]:
    """Every test file by its name, with the tests in it."""
    return {
        file.stem: {
            node.name
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        }
        for file in (ROOT / "tests").rglob("test_*.py")
    }


def test_six_playbooks_ship_each_in_the_file_of_its_name(rules: Rules) -> None:
    assert sorted(rules.playbooks) == sorted(SIX)
    assert sorted(file.stem for file in FOLDER.glob("*.yaml")) == sorted(SIX)


@pytest.mark.parametrize("playbook_id", SIX)
def test_a_setting_chooses_the_playbook_of_new_cases(playbook_id: str) -> None:
    rules = data.load(load(Settings, {"AMENDS_RESOLUTION_PLAYBOOK": playbook_id}))
    assert rules.playbook.playbook_id == playbook_id


@pytest.mark.parametrize("playbook_id", SIX)
def test_what_ships_is_without_a_mistake_for_the_check_and_for_the_schema(playbook_id: str) -> None:
    assert check((FOLDER / f"{playbook_id}.yaml").read_text(encoding="utf-8"))[1] == []
    published().validate(document(playbook_id))


@pytest.mark.parametrize("playbook_id", SIX)
def test_the_words_to_say_are_words_that_may_be_said(rules: Rules, playbook_id: str) -> None:
    for step in rules.playbooks[playbook_id].steps:
        words = step.say.replace("{first_name}", "Maria").replace("{owner}", "Ana")
        found = replycheck.check(replycheck.Reading(words, "Maria", "reply"), rules.packs["en"]).findings
        assert [each for each in found if each.category in BAD] == [], step.step_id


def test_the_published_schema_is_the_one_that_the_vocabulary_makes() -> None:
    Draft202012Validator.check_schema(schema())
    written = (FOLDER / "schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == schema()
    assert written == text()


@pytest.mark.parametrize(
    "change",
    [
        {"event": "ReplySend"},
        {"event": "ReplySent", "where": {"kind": "call_back"}},
        {"event": "ReplySent", "where": {"said": "apology"}},
        {"event": "ReplySent", "where": {"colour": "red"}},
        {"event": "ReplySent", "where": {"kind": {"in": ["reply"], "not": "proposal"}}},
        {"any": []},
    ],
)
def test_the_schema_refuses_what_the_check_refuses(change: dict[str, Any]) -> None:
    wrong = document("sixty-seconds")
    wrong["steps"][0]["evidence"] = change
    assert check(yaml.safe_dump(wrong))[1]
    with pytest.raises(ValidationError):
        published().validate(wrong)


def test_the_house_playbook_is_the_union_of_the_five_without_repetition(rules: Rules) -> None:
    """By evidence: what proves a step of the five proves exactly one step of the house, or more is asked."""
    house = rules.playbooks["amends"]
    proofs = [(step.evidence, bool(step.follows)) for step in house.steps]
    assert len({repr(proof) for proof in proofs}) == len(proofs)
    stricter = {"more-than-the-least"}  # a remedy always, not only where the customer was not delighted
    for playbook_id in SIX[1:]:
        for step in rules.playbooks[playbook_id].steps:
            assert step.step_id in stricter or (step.evidence, bool(step.follows)) in proofs, step


@pytest.mark.parametrize("playbook_id", SIX)
def test_every_step_has_its_row_with_its_gate_and_every_row_its_step(rules: Rules, playbook_id: str) -> None:
    steps: dict[str, Step] = {step.step_id: step for step in rules.playbooks[playbook_id].steps}
    documented = rows(playbook_id)
    assert list(documented) == list(steps)
    assert {step: cells[2] for step, cells in documented.items()} == {
        step_id: step.gates for step_id, step in steps.items()
    }


@pytest.mark.parametrize("playbook_id", SIX)
def test_every_row_names_a_test(playbook_id: str) -> None:
    assert [step for step, cells in rows(playbook_id).items() if not NAMED_TEST.search(cells[3])] == []


@pytest.mark.parametrize("playbook_id", SIX[1:])
def test_every_one_of_the_five_is_driven_to_its_end_and_each_of_its_gates_refuses(
    rules: Rules, playbook_id: str
) -> None:
    named = section(playbook_id)
    assert re.search(r"`test_\w+::test_\w+_to_(its|the)_end\w*`|`test_sixty_seconds::\w+`", named)
    for step in rules.playbooks[playbook_id].steps:
        if step.gates:
            assert re.search(r"::test_\w*gate\w*`", rows(playbook_id)[step.step_id][3]), step.step_id


def test_every_test_that_the_page_names_exists() -> None:
    known = named_tests()
    named = [(found["file"], found["test"]) for found in NAMED_TEST.finditer(PAGE)]
    assert named
    missing = [
        (file, test) for file, test in named if file not in known or (test and test not in known[file])
    ]
    assert missing == []
