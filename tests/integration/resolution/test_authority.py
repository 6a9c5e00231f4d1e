"""Authority is asked for and lent down over gRPC; the case stays, and its deadline fires by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import grpc
import pytest
from amends.common.v1 import common_pb2
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.service import Role
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.tenant_terms import folder
from tests.integration.resolution.world import Story, World, refused

EUR_900 = common_pb2.Amount(unit="EUR", value=90_000)


async def ask(air: World, case_id: str, remedy: str = "refund-500", of: str = "") -> pb.AuthorityRequest:
    ana = await air.desk("ana")
    answer: pb.AuthorityRequest = await ana.RequestAuthority(
        pb.RequestAuthorityRequest(
            case_id=case_id, remedy_id=remedy, to_employee_id=of, reason="They missed a wedding"
        )
    )
    return answer


async def lend(air: World, case_id: str, request_id: str, by: str = "vic") -> pb.Case:
    desk = await air.desk(by, "supervisor")
    answer: pb.Case = await desk.LendAuthority(
        pb.LendAuthorityRequest(case_id=case_id, request_id=request_id)
    )
    return answer


async def refund(air: World, case_id: str, key: str = "k") -> pb.Grant:
    ana = await air.desk("ana")
    answer: pb.Grant = await ana.GrantRemedy(
        pb.GrantRemedyRequest(case_id=case_id, remedy_id="refund-500", idempotency_key=key)
    )
    return answer


async def rule_of(call: Awaitable[object]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call
    return refused(failure)[:2]


async def days(air: World) -> dict[str, int]:
    rows = await air.rows("select employee_id, spent from authority_spent where unit = 'EUR'")
    return {row["employee_id"]: row["spent"] for row in rows if row["spent"]}


async def test_the_owner_asks_a_director_lends_and_the_owner_grants(air: World) -> None:
    story = await air.open(Story(point_of_contact="ana"))
    asked = await ask(air, story.case_id, of="vic")
    assert (await air.case(story.case_id)).pending_authority == asked
    case = await lend(air, story.case_id, asked.request_id)
    assert (case.owner.employee_id, case.HasField("pending_authority")) == ("ana", False)
    assert await days(air) == {"vic": 50_000}
    await refund(air, story.case_id)
    (lent,) = (await air.case(story.case_id)).lent_authority
    assert [amount.value for amount in lent.left] == [10_000]
    assert await days(air) == {"ana": 10_000, "vic": 50_000}
    assert len(await air.said(story.case_id, out.AuthorityRequested)) == 1
    (said,) = await air.said(story.case_id, out.AuthorityLent)
    assert (said.lender.employee_id, said.borrower_employee_id) == ("vic", "ana")
    assert [each.because for each in await air.said(story.case_id, out.OwnerAssigned)] == ["point_of_contact"]


async def test_the_closing_gives_back_what_was_not_used(air: World) -> None:
    story = await air.open(Story(point_of_contact="ana"))
    asked = await ask(air, story.case_id)
    await lend(air, story.case_id, asked.request_id)
    await refund(air, story.case_id)
    message_id = await air.hear_customer(story, "Let us leave it")
    ana = await air.desk("ana")
    await ana.CloseCase(
        pb.CloseCaseRequest(case_id=story.case_id, closing=out.CLOSING_WITHDRAWN, message_id=message_id)
    )
    assert await days(air) == {"ana": 10_000, "vic": 40_000}
    assert list((await air.case(story.case_id)).lent_authority) == []


async def test_nobody_answers_and_the_deadline_says_so_also_after_a_restart(run: Run, tmp_path: Path) -> None:
    data = folder(tmp_path, limits={"answer_within_s": 1.0})
    async with run(Role.RUN, data=data) as air:
        await air.hire("ana", languages=["en"])
        await air.hire("vic", rank=3)
        story = await air.open(Story(point_of_contact="ana"))
        asked = await ask(air, story.case_id)
    async with run(Role.RUN, data=data) as again:
        (denied,) = await again.hear(story.case_id, out.AuthorityDenied)
        assert (denied.request_id, denied.because) == (asked.request_id, "timed_out")
        case = await again.case(story.case_id)
        assert (case.owner.employee_id, case.HasField("pending_authority")) == ("ana", False)
        late = rule_of(lend(again, story.case_id, asked.request_id))
        assert await late == (grpc.StatusCode.FAILED_PRECONDITION, "no_such_request")
        assert (await ask(again, story.case_id)).request_id != asked.request_id


async def test_an_answer_in_time_stops_the_deadline(run: Run, tmp_path: Path) -> None:
    async with run(data=folder(tmp_path, limits={"answer_within_s": 30})) as air:
        await air.hire("ana", languages=["en"])
        await air.hire("vic", rank=3)
        story = await air.open(Story(point_of_contact="ana"))
        asked = await ask(air, story.case_id)
        assert len(await air.rows("select * from timer where kind = 'authority_expiry'")) == 1
        vic = await air.desk("vic", "supervisor")
        await vic.DenyAuthority(
            pb.DenyAuthorityRequest(case_id=story.case_id, request_id=asked.request_id, reason="Offer miles")
        )
        assert await air.rows("select * from timer where kind = 'authority_expiry'") == []
        (denied,) = await air.said(story.case_id, out.AuthorityDenied)
        assert (denied.because, denied.denied_by_employee_id) == ("refused", "vic")


async def test_equal_and_lower_ranks_lend_nothing(air: World) -> None:
    story = await air.open(Story(point_of_contact="ana"))
    asked = await ask(air, story.case_id)
    for by, rule in (("ben", "rank_not_higher"), ("ana", "lending_to_yourself")):
        answer = rule_of(lend(air, story.case_id, asked.request_id, by))
        assert await answer == (grpc.StatusCode.PERMISSION_DENIED, rule)
    up = rule_of(ask(air, story.case_id, of="ben"))
    assert await up == (grpc.StatusCode.FAILED_PRECONDITION, "authority_pending")
    other = await air.open(Story(point_of_contact="ana"))
    equal = rule_of(ask(air, other.case_id, of="ben"))
    assert await equal == (grpc.StatusCode.INVALID_ARGUMENT, "rank_not_higher")


async def test_a_lenders_day_is_not_overdrawn_by_lending_on_many_cases_at_once(air: World) -> None:
    """A rank 3 may give 10,000 EUR a day: eleven loans of 900 EUR fit, whatever the order."""
    stories = await asyncio.gather(*(air.open(Story(point_of_contact="ana")) for _ in range(16)))
    ana = await air.desk("ana")
    requests = [
        pb.RequestAuthorityRequest(case_id=story.case_id, amounts=[EUR_900], reason="Why")
        for story in stories
    ]
    asked = await asyncio.gather(*(ana.RequestAuthority(request) for request in requests))
    await air.desk("vic", "supervisor")
    answers = await asyncio.gather(
        *(lend(air, each.case_id, each.request_id) for each in asked), return_exceptions=True
    )
    assert sum(isinstance(answer, pb.Case) for answer in answers) == 11
    assert await days(air) == {"vic": 990_000}
