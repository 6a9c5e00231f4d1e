"""A tenant's own playbooks over gRPC, without code: drafted, reviewed by a second person, activated, rolled
back; a case keeps the very version it began with."""

from __future__ import annotations

import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import grpc
import grpc.aio
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.chassis.security import ApiKeys
from services.chassis.service import Role
from services.chassis.testing.waiting import wait_for
from services.resolution.adapters.playbook_rows import keep_shipped
from services.resolution.domain.errors import BadData
from services.resolution.domain.playbook_versions import Written
from services.standalone.tenants import call_tool
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.world import Story, World, refused

OURS = """\
id: ours
version: {version}
title: Our way
source: the airline
steps:
  - id: answer
    title: Answer at once
    evidence: {{event: ReplySent}}
    within: {{seconds: {seconds}, after: complaint}}
    gates: resolve
"""
FIRST, SECOND = OURS.format(version=1, seconds=60), OURS.format(version=2, seconds=30)
THIRD = OURS.format(version=3, seconds=30) + "  - {id: fix, title: Fix it, evidence: {event: FixApplied}}\n"

M = TypeVar("M", bound=Message)


async def draft(air: World, text: str, by: str = "ana") -> pb.PlaybookVersion:
    desk = await air.desk(by)
    answer: pb.PlaybookVersion = await desk.DraftPlaybook(pb.DraftPlaybookRequest(text=text))
    return answer


async def review(
    air: World, version: int, by: str = "ben", *, approve: bool = True, note: str = ""
) -> pb.PlaybookVersion:
    desk = await air.desk(by)
    request = pb.ReviewPlaybookRequest(playbook_id="ours", version=version, approve=approve, note=note)
    answer: pb.PlaybookVersion = await desk.ReviewPlaybook(request)
    return answer


async def activate(air: World, playbook_id: str, version: int = 0) -> pb.PlaybookVersion:
    lead = await air.desk("lea", "team_lead")
    request = pb.ActivatePlaybookRequest(playbook_id=playbook_id, version=version)
    answer: pb.PlaybookVersion = await lead.ActivatePlaybook(request)
    return answer


async def active(air: World, version: int) -> None:
    """A version of ours as new cases follow it."""
    await draft(air, OURS.format(version=version, seconds=60 // version))
    await review(air, version)
    assert (await activate(air, "ours", version)).active


async def followed(air: World, story: Story) -> tuple[str, int, list[int]]:
    case = await air.case(story.case_id)
    return case.playbook_id, case.playbook_version, [step.due_ms for step in case.steps]


async def said_of_ours(air: World, kind: type[M]) -> list[M]:
    return await air.said("ours", kind)


async def test_a_mistake_in_a_draft_is_named_by_line_and_column(air: World) -> None:
    wrong = FIRST.replace("gates: resolve", "gates: sleep").replace("ReplySent", "ReplySend")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await draft(air, wrong)
    code, rule, mistakes = refused(failure)
    assert (code, rule) == (grpc.StatusCode.INVALID_ARGUMENT, "bad_playbook")
    assert mistakes["mistake-1"].startswith("8:23: 'ReplySend' is none of ")
    assert mistakes["mistake-2"] == "10:12: 'sleep' is none of reply, resolve, close."
    assert str(failure.value.details()).startswith("8:23: 'ReplySend'")
    assert (await draft(air, FIRST)).status == pb.PlaybookVersion.STATUS_DRAFTED


async def test_a_second_person_reviews_and_only_then_it_can_be_activated(air: World) -> None:
    await draft(air, FIRST)
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await review(air, 1, by="ana")
    assert refused(failure)[:2] == (grpc.StatusCode.PERMISSION_DENIED, "own_draft")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await activate(air, "ours", 1)
    assert refused(failure)[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "not_approved")
    approved = await review(air, 1, note="Good")
    assert (approved.author_id, approved.reviewer_id, approved.note) == ("ana", "ben", "Good")
    assert (await activate(air, "ours", 1)).active
    (drafted,) = await said_of_ours(air, out.PlaybookDrafted)
    (reviewed,) = await said_of_ours(air, out.PlaybookReviewed)
    (activated,) = await said_of_ours(air, out.PlaybookActivated)
    assert (drafted.drafted_by_employee_id, reviewed.reviewed_by_employee_id) == ("ana", "ben")
    assert (activated.activated_by_employee_id, activated.previous_playbook_id) == ("lea", "")


async def test_what_was_reviewed_never_changes_and_a_returned_version_is_corrected_in_the_next(
    air: World,
) -> None:
    await draft(air, FIRST)
    returned = await review(air, 1, approve=False, note="A minute is long")
    assert returned.status == pb.PlaybookVersion.STATUS_RETURNED
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await draft(air, OURS.format(version=1, seconds=30))
    assert refused(failure)[1:] == ("version_reviewed", {"version": "2"})
    assert (await draft(air, SECOND)).version == 2
    kept = await (await air.desk("ana")).GetPlaybook(pb.GetPlaybookRequest(playbook_id="ours", version=1))
    assert (kept.text, kept.note) == (FIRST, "A minute is long")


async def test_a_new_case_follows_the_active_version_and_an_old_one_keeps_its_own(air: World) -> None:
    before = await air.open()
    await active(air, 1)
    first = await air.open()
    await active(air, 2)
    second = await air.open()
    assert (await followed(air, first)) == ("ours", 1, [60_000])
    assert (await followed(air, second)) == ("ours", 2, [30_000])
    assert (await followed(air, before))[0] == air.settings.playbook


async def test_rolling_back_lets_new_cases_follow_the_earlier_version(air: World) -> None:
    await active(air, 1)
    await active(air, 2)
    lead = await air.desk("lea", "team_lead")
    back = pb.RollBackPlaybookRequest(playbook_id="ours", version=1, reason="Too fast for us")
    assert (await lead.RollBackPlaybook(back)).active
    assert (await followed(air, await air.open()))[:2] == ("ours", 1)
    (event,) = await said_of_ours(air, out.PlaybookRolledBack)
    assert (event.from_version, event.version, event.reason) == (2, 1, "Too fast for us")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await lead.RollBackPlaybook(back)
    assert refused(failure)[1:] == ("not_earlier", {"active_version": "1"})


async def test_another_replica_and_one_that_starts_anew_follow_what_was_activated(run: Run) -> None:
    """The second has the consumer and has believed the default before; the first only answers calls."""
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(run(Role.SERVE))
        for name, rank in (("ana", 0), ("ben", 0), ("lea", 1)):
            await serving.hire(name, rank=rank, languages=["en"])
        hearing = await stack.enter_async_context(run(Role.CONSUME))
        old = await hearing.open()
        await active(serving, 1)

        async def follows() -> Story | None:
            story = await hearing.open()
            return story if (await followed(serving, story))[0] == "ours" else None

        story = await wait_for(follows, what="the other replica to follow")
    async with run() as again:
        assert await followed(again, story) == ("ours", 1, [60_000])
        assert (await followed(again, old))[0] == again.settings.playbook
        assert (await followed(again, await again.open()))[:2] == ("ours", 1)


async def test_a_playbook_that_ships_can_be_chosen_but_not_redrafted(air: World) -> None:
    assert (await activate(air, "champions")).shipped
    assert (await followed(air, await air.open()))[0] == "champions"
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await draft(air, FIRST.replace("id: ours", "id: champions"))
    assert refused(failure)[1] == "playbook_ships"


async def test_the_difference_between_two_versions_is_told_in_words(air: World) -> None:
    for text, version in ((FIRST, 1), (SECOND, 2), (THIRD, 3)):
        await draft(air, text)
        await review(air, version)
    desk = await air.desk("ana")
    request = pb.DiffPlaybooksRequest(playbook_id="ours", from_version=1)
    shown: pb.DiffPlaybooksResponse = await desk.DiffPlaybooks(request)
    assert [(change.kind, change.step_id) for change in shown.changes] == [
        ("changed", "answer"),
        ("added", "fix"),
    ]
    assert shown.text == (
        "changed step answer\n"
        "  within: 60 s after complaint -> 30 s after complaint\n"
        "added step fix\n"
        "  title: Fix it\n"
        "  evidence: FixApplied"
    )


async def test_a_list_names_every_version_with_what_became_of_it(air: World) -> None:
    await active(air, 1)
    await draft(air, SECOND)
    desk = await air.desk("ana")
    listed: pb.ListPlaybooksResponse = await desk.ListPlaybooks(pb.ListPlaybooksRequest())
    ours = [each for each in listed.playbooks if not each.shipped]
    assert [(each.version, each.status, each.active) for each in ours] == [
        (1, pb.PlaybookVersion.STATUS_APPROVED, True),
        (2, pb.PlaybookVersion.STATUS_DRAFTED, False),
    ]
    assert {each.playbook_id for each in listed.playbooks if each.shipped} >= {"amends", "champions"}
    assert await _by_pages_of(3, desk) == list(listed.playbooks)
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await desk.ListPlaybooks(pb.ListPlaybooksRequest(page_token="of-no-list"))
    assert refused(failure)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "bad_page_token")


async def _by_pages_of(size: int, desk: Any) -> list[pb.PlaybookVersion]:
    found: list[pb.PlaybookVersion] = []
    request = pb.ListPlaybooksRequest(page_size=size)
    while True:
        page = await desk.ListPlaybooks(request)
        assert len(page.playbooks) <= size
        found += page.playbooks
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def test_one_tenants_playbooks_are_not_anothers(air: World) -> None:
    await active(air, 1)
    await air.hire("sue", tenant="sea", languages=["en"])
    desk = await air.desk("sue", tenant="sea")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await desk.GetPlaybook(pb.GetPlaybookRequest(playbook_id="ours"))
    assert refused(failure)[:2] == (grpc.StatusCode.NOT_FOUND, "unknown_playbook")


async def test_who_answers_customers_drafts_but_only_who_leads_activates(air: World) -> None:
    await draft(air, FIRST)
    desk = await air.desk("ben")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await desk.ActivatePlaybook(pb.ActivatePlaybookRequest(playbook_id="ours"))
    assert refused(failure)[:2] == (grpc.StatusCode.PERMISSION_DENIED, "scope_missing")


async def test_a_release_that_says_something_else_under_a_kept_number_does_not_start(air: World) -> None:
    ours = air.rules.shelf.shipped["champions"]
    louder = Written(
        type(ours.playbook).of("champions", ours.playbook.version, "Louder", "P3", ours.playbook.steps),
        ours.text.replace("title: ", "title: Louder ", 1),
    )
    async with air.database.system() as tx:
        with pytest.raises(BadData) as failure:
            await keep_shipped(tx, [louder])
    assert failure.value.rule == "playbook_changed"


@pytest.mark.timeout(420)  # a dozen processes, each some seconds of a busy machine
async def test_the_command_line_drafts_reviews_activates_compares_lists_and_rolls_back(
    air: World, tmp_path: Path
) -> None:
    file = tmp_path / "ours.yaml"
    tokens = {
        name: await ApiKeys(air.database).create(air.tenant, role, name)
        for name, role in (("ana", "agent"), ("ben", "agent"), ("lea", "team_lead"))
    }

    async def amends(by: str, *arguments: str) -> tuple[int, str]:
        env = {
            **os.environ,
            "AMENDS_TOKEN": tokens[by],
            "AMENDS_RESOLUTION_GRPC_BIND": f"127.0.0.1:{air.port}",
        }
        status, output, wrong = await call_tool(env, "-m", "services.cli.main", "playbook", *arguments)
        return status, output + wrong

    file.write_text(FIRST.replace("gates: resolve", "gates: sleep"))
    assert await amends("ana", "draft", str(file)) == (
        1,
        f"{file}:10:12: 'sleep' is none of reply, resolve, close.\n",
    )
    for version, text in ((1, FIRST), (2, SECOND)):
        file.write_text(text)
        assert await amends("ana", "draft", str(file)) == (0, f"ours version {version}: drafted\n")
        approved = await amends("ben", "review", "ours", str(version), "--approve")
        assert approved == (0, f"ours version {version}: approved\n")
    activated = await amends("lea", "activate", "ours")
    assert activated == (0, "ours version 2: approved; new cases follow it\n")
    status, told = await amends("ana", "diff", "ours", "1")
    assert (status, "within: 60 s after complaint -> 30 s after complaint" in told) == (0, True)
    back = await amends("lea", "rollback", "ours", "1", "--reason", "Too fast")
    assert back == (0, "ours version 1: approved; new cases follow it\n")
    status, listed = await amends("ana", "list", "ours", "--json")
    assert [(each["version"], each["active"]) for each in json.loads(listed)] == [(1, True), (2, False)]
