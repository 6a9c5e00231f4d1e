"""`amends import` as an operator runs it, against a running intake: killed in the middle, run again."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from services.chassis.security import ApiKeys
from services.chassis.testing.waiting import wait_for
from tests.integration.intake.conftest import OTHER, TENANT, Intake
from tests.unit.intake.corpora import ROOT

pytestmark = pytest.mark.integration

ROWS = 400
MAPPING = """\
source: old-desk
id: id
text: text
occurred_at: {column: at}
customer: {email: mail}
"""


async def start(folder: Path, intake: Intake, token: str, *more: str) -> asyncio.subprocess.Process:
    """The command, as a process of its own."""
    (folder / "key.txt").write_text(token + "\n")
    options = ["--mapping", "map.yaml", "--api-key-file", "key.txt", "--url", intake.http_url, "--json"]
    command = [sys.executable, "-m", "services.cli.main", "import", "export.csv", "--tenant", TENANT]
    return await asyncio.create_subprocess_exec(
        *command, *options, *more,
        cwd=folder, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}", "PATH": ""},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def finish(process: asyncio.subprocess.Process) -> dict[str, object]:
    output, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return json.loads(output)  # type: ignore[no-any-return]


async def test_a_run_that_was_killed_is_run_again_and_no_row_is_lost_or_doubled(
    intake: Intake, tmp_path: Path
) -> None:
    rows = [f"{n},Late again {n},2026-01-0{n % 9 + 1}T08:00:00Z,a{n}@example.org" for n in range(ROWS)]
    (tmp_path / "export.csv").write_text("\n".join(["id,text,at,mail", *rows]) + "\n")
    (tmp_path / "map.yaml").write_text(MAPPING)
    journal = tmp_path / "export.csv.journal"

    async def under_way() -> bool:
        return journal.exists() and journal.read_bytes().count(b"\n") > 20

    killed = await start(tmp_path, intake, intake.token, "--concurrency", "2")
    await wait_for(under_way, 60, what="the first cases")
    killed.kill()
    await killed.communicate()
    assert 20 <= len(await intake.said("ComplaintReceived")) < ROWS

    figures = await finish(await start(tmp_path, intake, intake.token))
    assert figures["already"] != 0
    assert figures["rejected"] == 0
    complaints = await intake.said("ComplaintReceived")
    assert len(complaints) == len({one.case_id for one in complaints}) == ROWS
    assert {one.message.text for one in complaints} == {f"Late again {n}" for n in range(ROWS)}
    assert {(one.message.imported_from, one.message.suppressed_reason) for one in complaints} == {
        ("old-desk", "imported")
    }
    assert {one.message.occurred_at.ToJsonString()[:8] for one in complaints} == {"2026-01-"}

    journal.unlink()
    another = await ApiKeys(intake.database).create(TENANT, "integration")
    assert (await finish(await start(tmp_path, intake, another)))["taken_over"] == ROWS
    assert len(await intake.said("ComplaintReceived")) == ROWS


async def test_what_goes_with_an_import_alone_is_refused_elsewhere(intake: Intake) -> None:
    body = {"text": "Late", "customer": {"email": "ada@example.org"}}
    imported = {**body, "imported_from": "desk", "occurred_at": "2026-01-02T00:00:00Z"}
    for number, (sent, rule) in enumerate(
        [
            ({**body, "due_at": "2027-01-03T00:00:00Z"}, "not_imported"),
            ({**body, "earlier_versions": [{"text": "x"}]}, "not_imported"),
            ({**imported, "due_at": "2026-01-02T00:00:00Z"}, "bad_due"),
            ({**imported, "due_at": "2026-01-03T00:00:00"}, "bad_due"),
        ]
    ):
        status, problem = await intake.post("/v1/complaints", sent, Idempotency_Key=f"r{number}")
        assert (status, problem["rule"]) == (422, rule)


async def test_an_acknowledgement_is_asked_for_and_not_a_default(intake: Intake) -> None:
    body = {
        "text": "Late",
        "customer": {"email": "ada@example.org"},
        "occurred_at": "2026-01-01T00:00:00Z",
        "imported_from": "desk",
    }
    due = {"due_at": "2026-01-03T00:00:00Z", "earlier_versions": [{"text": "Late?"}]}
    for number, more in enumerate(({}, {"acknowledge": True, **due})):
        status, _ = await intake.post("/v1/complaints", {**body, **more}, Idempotency_Key=f"k{number}")
        assert status == 201
    mute, told = await intake.said("ComplaintReceived")
    assert (mute.message.suppressed_reason, told.message.suppressed_reason) == ("imported", "")
    assert (mute.HasField("due_at"), told.due_at.ToJsonString()) == (False, "2026-01-03T00:00:00Z")
    assert not await intake.said("QueryReceived")


async def test_a_key_of_another_tenant_takes_nothing_over(intake: Intake, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "export.csv").write_text("id,text,at,mail\n1,Broken.,2026-01-02T03:04:05Z,ada@example.org\n")
    process = await start(tmp_path, intake, intake.other_token)
    _, complaints = await process.communicate()
    assert process.returncode != 0
    assert "not of the tenant" in " ".join(complaints.decode().split())
    assert await intake.said("ComplaintReceived") == await intake.said("ComplaintReceived", OTHER) == []
    assert (await finish(await start(tmp_path, intake, intake.token)))["taken_over"] == 1
