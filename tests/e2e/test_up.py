"""`amends up`: everything comes up, data survives, and nothing is left behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.chassis.testing.waiting import wait_for
from tests.e2e.conftest import Commands, processes_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


def started(amends: Commands, *arguments: str) -> tuple[Any, dict[str, Any]]:
    """A running platform and what it says about itself."""
    up = amends("up", "--json", *arguments)
    return up, json.loads(up.read_until('"listeners"'))


def complain(facts: dict[str, Any], key: str) -> tuple[str, str]:
    """Send the same complaint; the case and the message it became."""
    host, _, port = facts["listeners"]["intake.http"].partition(":")
    connection = http.client.HTTPConnection(host, int(port))
    body = json.dumps({"text": "My bag is gone.", "customer": {"email": "ann@example.org"}})
    headers = {
        "Authorization": f"Bearer {Path(facts['api_key_file']).read_text().strip()}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    with closing(connection):
        connection.request("POST", "/v1/complaints", body, headers)
        answer = json.load(connection.getresponse())
    return answer["case_id"], answer["message_id"]


async def test_data_and_keys_survive_and_nothing_is_left_however_it_starts_or_ends(
    amends: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended by Ctrl-C, by a start that cannot work, and by a kill of the supervisor; a killed service comes
    back.
    """
    first, facts = started(amends)
    accepted = complain(facts, "once")
    second_in_the_same_folder = amends("up")
    assert second_in_the_same_folder.wait() == 1
    assert "is used by another running process" in second_in_the_same_folder.output
    assert first.interrupt() == 0
    assert processes_of(amends.home) == []

    with monkeypatch.context() as wrong:
        wrong.setenv("AMENDS_TRACE_RATIO", "many")
        cannot = amends("up")
    assert cannot.wait() == 1
    assert "AMENDS_TRACE_RATIO" in cannot.output
    assert processes_of(amends.home) == []

    again, facts = started(amends)
    assert complain(facts, "once") == accepted
    os.kill(facts["pids"]["resolution"], signal.SIGKILL)
    again.read_until("resolution died")
    again.read_until("resolution is back")
    complain(facts, "after")
    again.kill()

    async def gone() -> bool:
        return processes_of(amends.home) == []

    await wait_for(gone)
