"""A mistake in a playbook is named by its line and column, all of them at once."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.cli.main import app
from services.resolution.adapters import data
from services.resolution.adapters.playbook_files import check, load, main
from services.resolution.domain.errors import BadData

GOOD = textwrap.dedent("""\
    id: ours
    version: 3
    title: Ours
    source: the airline
    steps:
      - id: answer
        title: Answer
        evidence: {event: ReplySent}
        gates: resolve
      - id: again
        title: Answer again
        say: "{first_name}, I am {owner}."
        evidence:
          any:
            - {event: ReplySent, where: {kind: circle_back}}
            - event: EmployeeSpoke
              where:
                said: {has: thanks}
        within: {seconds: 60, after: resolved}
        follows: answer
    """)


def mistakes(text: str) -> list[tuple[int, int, str]]:
    playbook, found = check(text)
    assert (playbook is None) == bool(found)
    return [(each.line, each.column, each.said) for each in found]


def test_a_playbook_without_a_mistake_is_read() -> None:
    playbook, found = check(GOOD)
    assert not found
    assert playbook is not None
    assert (playbook.playbook_id, playbook.version) == ("ours", 3)
    assert [(step.step_id, step.gates, step.follows) for step in playbook.steps] == [
        ("answer", "resolve", ""),
        ("again", "", "answer"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "says"),
    [
        ("id: ours", "id: Our Own", 1, 5, "small letters"),
        ("version: 3", "version: three", 2, 10, "whole number"),
        ("title: Ours\n", "", 1, 1, "'title' is missing"),
        ("gates: resolve", "gates: sleep", 9, 12, "'sleep' is none of reply, resolve, close"),
        ("gates: resolve", "gate: resolve", 9, 5, "'gate' is none of id, title"),
        ("gates: resolve", "gates: reply", 9, 12, "Nothing could prove this step"),
        ("{event: ReplySent}", "{event: ReplySend}", 8, 23, "'ReplySend' is none of"),
        ("{event: ReplySent}", "{where: {}}", 8, 15, "'event' is missing"),
        ("id: again", "id: answer", 10, 9, "'answer' already"),
        ("{owner}", "{boss}", 12, 10, "Nothing fills in {boss}"),
        ("kind: circle_back", "kind: call_back", 15, 44, "'call_back' is none of reply, proposal"),
        ("kind: circle_back", "sort: circle_back", 15, 38, "'sort' is none of reply_id"),
        ("has: thanks", "has: flowers", 18, 25, "'flowers' is none of apology"),
        ("has: thanks", "at_least: 3", 18, 30, "cannot compare this field"),
        ("has: thanks", "like: thanks", 18, 20, "'like' is none of is, not"),
        ("seconds: 60", "seconds: -1", 19, 23, "more than none"),
        ("after: resolved", "after: lunch", 19, 34, "'lunch' is none of complaint"),
        ("follows: answer", "follows: again", 20, 14, "no step above"),
    ],
)
def test_a_mistake_is_named_by_its_line_and_column(
    old: str, new: str, line: int, column: int, says: str
) -> None:
    found = mistakes(GOOD.replace(old, new, 1))
    assert [each[:2] for each in found] == [(line, column)]
    assert says in found[0][2]


def test_every_mistake_is_named_in_the_order_of_the_lines() -> None:
    text = GOOD.replace("ours", "Ours!").replace("circle_back", "round").replace("lunch", "")
    text = text.replace("follows: answer", "follows: nobody")
    assert [line for line, _, _ in mistakes(text)] == [1, 15, 20]


def test_a_key_said_twice_is_a_mistake_and_not_the_last_one_wins() -> None:
    found = mistakes(GOOD.replace("    gates: resolve\n", "    gates: resolve\n    gates: close\n"))
    assert [(line, column) for line, column, _ in found] == [(10, 5)]


@pytest.mark.parametrize("text", ["", "- a\n- list\n", "id: [", "a: &a [*a]", "x: \x00", "a: 2026-99-99\n"])
def test_what_is_no_playbook_at_all_is_said_too(text: str) -> None:
    assert mistakes(text)


@given(st.data())
def test_no_damage_to_a_playbook_breaks_the_check(data_: st.DataObject) -> None:
    start = data_.draw(st.integers(0, len(GOOD)))
    cut = data_.draw(st.integers(0, 12))
    text = (
        GOOD[:start] + data_.draw(st.text(alphabet="ab:{}[]-&*!\n \"'#0", max_size=6)) + GOOD[start + cut :]
    )
    playbook, found = check(text)
    assert (playbook is None) == bool(found)
    assert all(1 <= each.line <= text.count("\n") + 2 for each in found)


def test_a_wrong_file_stops_the_service_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(GOOD.replace("gates: resolve", "gates: sleep"))
    with pytest.raises(BadData, match=r"ours\.yaml:9:12: 'sleep' is none of") as refused:
        load(file)
    assert refused.value.rule == "bad_playbook"


def test_an_operator_is_told_line_by_line_and_by_the_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(GOOD.replace("gates: resolve", "gates: sleep"))
    told = CliRunner().invoke(app, ["playbook", "check", str(file)])
    assert (told.exit_code, told.output.splitlines()[0][: len(str(file)) + 6]) == (1, f"{file}:9:12:")
    file.write_text(GOOD)
    told = CliRunner().invoke(app, ["playbook", "check", str(file)])
    assert (told.exit_code, told.output) == (0, "ours version 3: 2 steps; answer gates resolve\n")


def test_a_machine_reads_the_same_as_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", str(tmp_path / "missing.yaml")]) == 1
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (mistake["line"], "missing.yaml" in mistake["said"]) == (1, True)
    assert main(["--json", str(data.HERE / "playbooks" / "amends.yaml")]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": "amends", "version": 2, "mistakes": []}
