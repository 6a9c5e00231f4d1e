"""What every call has in common: all violations at once, one answer per key, versions, who did it for whom,
pages, errors that say what to do."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.rpcstatus import Told, read_error
from tests.integration.resolution.world import FIRST_REPLY, World, refused


async def told(call: Any) -> Told:
    """What a refused call says."""
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call
    return read_error(failure.value)


async def test_a_wrong_request_is_told_every_field_that_is_wrong(air: World) -> None:
    ana = await air.desk("ana")
    said = await told(ana.GrantRemedy(pb.GrantRemedyRequest(case_id="x", quantity=-2)))
    assert said.fields == {
        "case_id": "bad_case_id",
        "remedy_id": "remedy_id_missing",
        "idempotency_key": "idempotency_key_missing",
        "quantity": "bad_quantity",
    }


async def test_a_state_that_forbids_is_named_with_the_case(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    said = await told(ana.ResolveCase(pb.ResolveCaseRequest(case_id=story.case_id)))
    assert said.preconditions == ((said.rule, f"case/{story.case_id}"),)


async def test_the_same_key_gets_the_first_answer_of_any_command(air: World) -> None:
    """Also when both come at once, and when the case has moved on since."""
    story = await air.open()
    ana = await air.desk("ana")
    cause = pb.RecordCauseRequest(case_id=story.case_id, cause="A crew was late", idempotency_key="c")
    first, second = await asyncio.gather(ana.RecordCause(cause), ana.RecordCause(cause))
    assert first == second
    assert len(await air.said(story.case_id, out.CauseRecorded)) == 1
    await air.hear_customer(story)
    assert await ana.RecordCause(cause) == first


async def test_the_same_key_with_another_request_or_command_is_refused(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    cause = pb.RecordCauseRequest(case_id=story.case_id, cause="A crew was late", idempotency_key="c")
    await ana.RecordCause(cause)
    prevention = pb.RecordPreventionRequest(case_id=story.case_id, prevention="Spare", idempotency_key="c")
    assert (await told(ana.RecordPrevention(prevention))).rule == "idempotency_key_reused"
    cause.cause = "Fog"
    assert (await told(ana.RecordCause(cause))).rule == "idempotency_key_reused"


async def test_a_refused_command_leaves_its_key_free(air: World) -> None:
    """Also one that leaves its refusal on record, as an offer upwards does: each try counts."""
    story = await air.open()
    ana = await air.desk("ana")
    offer = pb.OfferHandOffRequest(
        case_id=story.case_id, to_employee_id="vic", reason="r", summary="s", idempotency_key="up"
    )
    assert (await told(ana.OfferHandOff(offer))).rule == "rank_would_rise"
    assert (await told(ana.OfferHandOff(offer))).rule == "rank_would_rise"
    assert len(await air.said(story.case_id, out.HandOffRefused)) == 2
    assert await air.rows("select * from command_key") == []


async def test_a_key_is_its_holders_own(air: World) -> None:
    story = await air.open()
    ben, lea = await air.desk("ben"), await air.desk("lea")
    await ben.JoinAsHelper(pb.JoinAsHelperRequest(case_id=story.case_id, idempotency_key="k"))
    joined = await lea.JoinAsHelper(pb.JoinAsHelperRequest(case_id=story.case_id, idempotency_key="k"))
    assert [helper.employee_id for helper in joined.helpers] == ["ben", "lea"]


async def test_another_version_than_the_one_seen_is_refused_by_every_command(air: World) -> None:
    story = await air.open()
    seen = await air.case(story.case_id)
    await air.hear_customer(story)
    now = await air.case(story.case_id)
    ana = await air.desk("ana")
    request = pb.RecordCauseRequest(case_id=story.case_id, cause="A crew was late", if_version=seen.version)
    said = await told(ana.RecordCause(request))
    assert (said.rule, said.allowed) == ("case_changed", {"version": str(now.version)})
    request.if_version = now.version
    await ana.RecordCause(request)


async def test_the_history_says_who_did_what_for_whom_and_why(air: World) -> None:
    story = await air.open()
    lea = await air.desk("lea", "team_lead")
    await lea.JoinAsHelper(
        pb.JoinAsHelperRequest(case_id=story.case_id, on_behalf_of="ben", reason="Ben is\non a call")
    )
    history = await lea.GetHistory(pb.GetHistoryRequest(case_id=story.case_id))
    by = {entry.type.rsplit(".", 1)[1]: entry for entry in history.entries}
    joined = by["HelperJoined"]
    assert (joined.actor, joined.on_behalf_of, joined.reason) == ("lea", "ben", "Ben is on a call")
    assert (by["OwnerAssigned"].actor, by["OwnerAssigned"].reason) == ("", "")


async def test_acting_for_another_needs_the_scope_and_does_not_make_one_the_owner(air: World) -> None:
    story = await air.open()
    ben, lea = await air.desk("ben"), await air.desk("lea", "team_lead")
    reply = pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY, on_behalf_of="ana")
    assert (await told(ben.SendReply(reply))).rule == "scope_missing"
    assert (await told(lea.SendReply(reply))).rule == "not_the_owner"
    joining = pb.JoinAsHelperRequest(case_id=story.case_id, on_behalf_of="nobody")
    assert (await told(lea.JoinAsHelper(joining))).rule == "unknown_employee"


async def test_a_history_comes_in_pages_in_the_order_it_was_said(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    await ana.SendReply(pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY))
    whole = await ana.GetHistory(pb.GetHistoryRequest(case_id=story.case_id))
    request, seen = pb.GetHistoryRequest(case_id=story.case_id, page_size=2), []
    while True:
        page = await ana.GetHistory(request)
        seen += page.entries
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    assert seen == list(whole.entries)


async def test_employees_come_in_pages_by_id(air: World) -> None:
    ana = await air.desk("ana")
    first = await ana.ListEmployees(pb.ListEmployeesRequest(page_size=3))
    second = await ana.ListEmployees(pb.ListEmployeesRequest(page_size=3, page_token=first.next_page_token))
    names = [each.employee_id for each in [*first.employees, *second.employees]]
    assert (names, second.next_page_token) == (["ana", "ben", "lea", "vic"], "")


@pytest.mark.parametrize("change", [{"owner_id": "ben"}, {"status": out.STATUS_CLOSED}])
async def test_a_page_token_of_another_list_or_tenant_is_refused(air: World, change: dict[str, Any]) -> None:
    for _ in range(2):
        await air.open()
    ana = await air.desk("ana")
    first = await ana.ListCases(pb.ListCasesRequest(owner_id="ana", page_size=1))
    asked = {"owner_id": "ana", "page_size": 1, "page_token": first.next_page_token}
    assert (await told(ana.ListCases(pb.ListCasesRequest(**{**asked, **change})))).rule == "bad_page_token"
    sea = await air.desk("ivo", tenant="sea")
    assert (await told(sea.ListCases(pb.ListCasesRequest(**asked)))).rule == "bad_page_token"
    torn = {**asked, "page_token": first.next_page_token[:-4] + "AAAA"}
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.ListCases(pb.ListCasesRequest(**torn))
    assert refused(failure)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "bad_page_token")
