"""Grants are made on the spot and cannot overdraw a limit, however many are made at once."""

from __future__ import annotations

import asyncio
from collections import Counter

import grpc
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.rpcstatus import error_reason
from tests.integration.resolution.world import Story, World, refused


async def attempt(air: World, case_id: str, remedy: str, key: str) -> pb.Grant | str:
    """The grant, or the rule that refused it."""
    ana = await air.desk("ana")
    try:
        grant: pb.Grant = await ana.GrantRemedy(
            pb.GrantRemedyRequest(case_id=case_id, remedy_id=remedy, idempotency_key=key)
        )
        return grant
    except grpc.aio.AioRpcError as failure:
        rule, allowed = error_reason(failure)
        return f"{rule}:{allowed['limit']}"


def granted(answers: list[pb.Grant | str]) -> list[pb.Grant]:
    return [answer for answer in answers if isinstance(answer, pb.Grant)]


async def test_ten_grants_at_once_on_one_case_stop_at_the_cases_limit(air: World) -> None:
    story = await air.open()
    answers = await asyncio.gather(*(attempt(air, story.case_id, "miles-15000", f"k-{n}") for n in range(10)))
    assert len(granted(answers)) == 2
    assert Counter(answer for answer in answers if isinstance(answer, str)) == {"limit_exceeded:per_case": 8}
    assert len(await air.said(story.case_id, out.RemedyGranted)) == 2


async def test_sixty_four_grants_at_once_on_as_many_cases_stop_at_the_employees_day(air: World) -> None:
    """20 x 50 EUR is the day's 1,000 EUR: the other 44 are refused, whatever the order."""
    stories = await asyncio.gather(*(air.open() for _ in range(64)))
    answers = await asyncio.gather(
        *(attempt(air, story.case_id, "refund-50", "key-of-" + story.case_id) for story in stories)
    )
    assert len(granted(answers)) == 20
    assert Counter(answer for answer in answers if isinstance(answer, str)) == {"limit_exceeded:per_day": 44}
    (spent,) = await air.rows("select spent from authority_spent where unit = 'EUR'")
    assert spent["spent"] == 100_000
    published = [await air.said(story.case_id, out.RemedyGranted) for story in stories]
    assert sum(len(each) for each in published) == 20


async def test_two_units_are_given_together_or_not_at_all(air: World) -> None:
    """The day's passes are used up by hand; the money of the refused grant must not be counted."""
    story = await air.open()
    await air.rows(
        "insert into authority_spent values ('air', 'ana', (now() at time zone 'utc')::date, 'passes', 40)"
    )
    answer = await attempt(air, story.case_id, "lounge-access", "k")
    assert answer == "limit_exceeded:per_day"
    assert await air.rows("select * from authority_spent where unit = 'EUR'") == []


async def test_the_same_key_pays_once_also_when_it_comes_many_times_at_once(air: World) -> None:
    story = await air.open()
    answers = granted(
        list(await asyncio.gather(*(attempt(air, story.case_id, "lounge-access", "once") for _ in range(16))))
    )
    assert len({answer.grant_id for answer in answers}) == 1
    assert Counter(answer.repeated for answer in answers) == {True: 15, False: 1}
    assert len(await air.said(story.case_id, out.RemedyGranted)) == 1


async def test_a_key_of_another_case_is_refused(air: World) -> None:
    first, second = await air.open(), await air.open()
    ana = await air.desk("ana")
    request = pb.GrantRemedyRequest(case_id=first.case_id, remedy_id="miles-5000", idempotency_key="k")
    await ana.GrantRemedy(request)
    request.case_id = second.case_id
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.GrantRemedy(request)
    assert refused(failure)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "idempotency_key_reused")


async def test_above_the_limit_the_answer_says_what_remains_and_whom_to_ask(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.GrantRemedy(
            pb.GrantRemedyRequest(case_id=story.case_id, remedy_id="refund-500", idempotency_key="k")
        )
    code, rule, allowed = refused(failure)
    assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "limit_exceeded")
    assert allowed == {
        "limit": "per_grant",
        "unit": "EUR",
        "remaining": "10000",
        "instead": "ask_for_authority",
    }
    assert (await air.case(story.case_id)).owner.employee_id == "ana"


async def test_what_is_suggested_is_what_could_be_granted(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    request = pb.SuggestRemediesRequest(case_id=story.case_id)
    before = [each.remedy_id for each in (await ana.SuggestRemedies(request)).remedies]
    assert before[0] == "lounge-access"
    for remedy, key in (("miles-15000", "a"), ("miles-15000", "b")):
        await attempt(air, story.case_id, remedy, key)
    after = [each.remedy_id for each in (await ana.SuggestRemedies(request)).remedies]
    assert not any(each.startswith("miles") for each in after)


async def test_only_the_owner_pays(air: World) -> None:
    story = await air.open(Story(point_of_contact="ana"))
    vic = await air.desk("vic", "supervisor")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await vic.GrantRemedy(
            pb.GrantRemedyRequest(case_id=story.case_id, remedy_id="miles-5000", idempotency_key="k")
        )
    assert refused(failure)[:2] == (grpc.StatusCode.PERMISSION_DENIED, "not_the_owner")
