"""`amends demo`, as `make demo` runs it: the whole story, and every invariant holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.standalone.demo.invariants import CHECKS
from services.standalone.demo.scenario import load
from tests.e2e.conftest import Commands, processes_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_every_complaint_is_carried_to_its_closure(amends: Commands, tmp_path: Path) -> None:
    report = tmp_path / "summary.json"
    demo = amends("demo", "--plain", "--speed", "86400", "--json", str(report))
    assert demo.wait() == 0, demo.output
    summary = json.loads(report.read_text())
    assert {one["name"]: one["problems"] for one in summary["invariants"]} == {name: [] for name in CHECKS}

    stories = load().stories
    silent = sum(not story.closings for story in stories)
    channels = summary["channels"].values()
    assert sum(row["accepted"] for row in channels) == len(stories)
    assert sum(row["cases"] for row in channels) == len(stories)
    assert sum(row["closed"] for row in channels) == len(stories) - silent
    assert summary["channels"]["whatsapp"]["repeats"] == 49
    every = summary["figures"]["all"]
    assert int(every["complaints"]) == len(stories)
    assert (int(every["promises_broken"]), int(every["clocks_breached"])) == (0, 0)
    assert processes_of(amends.home) == []


@pytest.mark.prove  # in every run test_simulate.py does it with the same people
def test_ctrl_c_in_the_middle_leaves_nothing(amends: Commands) -> None:
    demo = amends("demo", "--plain")
    demo.read_until("meets what I expected")
    assert demo.interrupt() == 130
    assert processes_of(amends.home) == []
