"""`amends simulate` as an SRE runs it: it ends early, and its report fits the platform's own figures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Commands, processes_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


def test_ctrl_c_ends_a_load_with_its_report_and_leaves_nothing(amends: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    load = amends(
        *("simulate", "--rate", "2", "--duration", "1h", "--think", "0.2", "--mix", "mail=1,sms=1,voice=1"),
        *("--json", "--report", str(folder)),
    )
    while int(re.findall(r"(\d+) answered", load.read_until("answered"))[0]) < 3:
        pass
    assert load.interrupt() == 130
    told = json.loads(load.lines[-1])
    assert told == json.loads((folder / "report.json").read_text())
    assert "<svg" in (folder / "report.html").read_text()
    assert told["interrupted"]
    channels = told["channels"].values()
    accepted, answered = told["headline"]["simulator"]["accepted"], told["headline"]["simulator"]["answered"]
    assert accepted == sum(one["accepted"] for one in channels) > 0
    assert [one["refused"] for one in channels] == [{}] * len(channels)
    assert told["headline"]["metrics"]["complaints"] >= accepted
    assert told["headline"]["metrics"]["answered"] >= answered >= 3
    parts = {"simulator", "kafka", "postgres", "provider", "intake", "resolution", "followup", "metrics"}
    assert told["processes"].keys() == parts
    assert told["unexpected"]["first"] == []
    assert processes_of(amends.home) == []
