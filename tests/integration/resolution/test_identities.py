"""Customers that turn out to be one person, as resolution hears it of intake: their cases, what they were
given, whom they trust and what failed them before are one customer's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from uuid import uuid4

import grpc
import grpc.aio
import pytest
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.rpcstatus import error_reason
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.tenant_terms import folder
from tests.integration.resolution.world import FIRST_REPLY, INTAKE, Story, World, refused


def customers(count: int) -> list[str]:
    """Ids of customers, the one known longest first."""
    return sorted(str(uuid4()) for _ in range(count))


def merged(stays: str, *gone: str) -> intake.CustomersMerged:
    return intake.CustomersMerged(
        surviving_customer_id=stays, merged_customer_ids=gone, merged_at=to_proto(datetime.now(UTC))
    )


async def one_person(air: World, stays: str, *gone: str) -> None:
    """Intake says so, and resolution has heard it."""
    await air.say(INTAKE, merged(stays, *gone))
    await known_as(air, stays, gone)


async def known_as(air: World, stays: str, gone: Sequence[str]) -> None:
    async def heard() -> bool:
        rows = await air.rows("select customer_id, stays from customer_alias")
        return dict.fromkeys(gone, stays).items() <= {row[0]: row[1] for row in rows}.items()

    await wait_for(heard, what="the merge of customers")


async def customer_of(air: World, story: Story) -> str:
    return (await air.case(story.case_id)).customer.customer_id


async def grant(air: World, story: Story, key: str) -> pb.Grant | str:
    """The grant, or the limit or rule that refused it."""
    ana = await air.desk("ana")
    request = pb.GrantRemedyRequest(case_id=story.case_id, remedy_id="refund-20", idempotency_key=key)
    try:
        answer: pb.Grant = await ana.GrantRemedy(request)
        return answer
    except grpc.aio.AioRpcError as failure:
        rule, allowed = error_reason(failure)
        return allowed.get("limit", rule)


async def given(air: World, customer_id: str) -> int:
    """What is on a customer's account of 90 days, in cents."""
    rows = await air.rows("select amounts from customer_given where customer_id = $1", customer_id)
    return sum(sum(row["amounts"]) for row in rows)


async def two_people(air: World) -> tuple[Story, Story]:
    """Two open cases, each of its own customer; the first is known longer."""
    first, second = customers(2)
    return await air.open(Story(customer_id=first)), await air.open(Story(customer_id=second))


async def test_cases_of_one_person_are_one_customers_and_can_be_merged(air: World) -> None:
    first, second = await two_people(air)
    ana = await air.desk("ana")
    merging = pb.MergeCasesRequest(case_id=first.case_id, merged_case_id=second.case_id, reason="The same")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.MergeCases(merging)
    assert refused(failure)[1] == "different_customers"
    await one_person(air, first.customer_id, second.customer_id)
    assert await customer_of(air, second) == first.customer_id
    assert list((await ana.MergeCases(merging)).merged_case_ids) == [second.case_id]


async def test_what_both_were_given_counts_on_one_account_and_what_is_taken_back_goes_there(
    run: Run, tmp_path: Path
) -> None:
    async with run(data=folder(tmp_path, per={"per_customer_90_days": 5_000})) as air:
        await air.hire("ana", languages=["en"])
        first, second = await two_people(air)
        for number, story in enumerate((first, second, second)):
            assert isinstance(await grant(air, story, f"before-{number}"), pb.Grant)
        await one_person(air, first.customer_id, second.customer_id)
        assert (await given(air, first.customer_id), await given(air, second.customer_id)) == (6_000, 0)
        assert await grant(air, first, "more") == await grant(air, second, "more") == "per_customer_90_days"
        ana = await air.desk("ana")
        for given_id in [each.grant_id for each in (await air.case(second.case_id)).grants]:
            await ana.RevokeRemedy(
                pb.RevokeRemedyRequest(case_id=second.case_id, grant_id=given_id, reason="Twice")
            )
        assert await given(air, first.customer_id) == 2_000
        assert isinstance(await grant(air, second, "after"), pb.Grant)
        for customer_id in (first.customer_id, second.customer_id):
            total = await ana.GetTotals(pb.GetTotalsRequest(customer_id=customer_id))
            assert [amount.value for amount in total.cost] == [4_000]


async def test_a_merge_in_the_middle_of_many_grants_overdraws_nothing(run: Run, tmp_path: Path) -> None:
    """Grants on ten cases of each, and the merge, all at once: whatever came first, every grant is on the one
    account in the end, and nothing is given above its limit any more."""
    async with run(data=folder(tmp_path, per={"per_customer_90_days": 12_000})) as air:
        await air.hire("ana", languages=["en"])
        first, second = customers(2)
        stories = [Story(customer_id=(first, second)[number % 2]) for number in range(20)]
        await asyncio.gather(*(air.open(story) for story in stories))
        await air.desk("ana")
        answers, _ = await asyncio.gather(
            asyncio.gather(*(grant(air, story, f"k-{n}") for n, story in enumerate(stories))),
            one_person(air, first, second),
        )
        assert {each for each in answers if isinstance(each, str)} <= {"per_customer_90_days"}
        paid = sum(isinstance(each, pb.Grant) for each in answers)
        assert 6 <= paid <= 12
        assert (await given(air, first), await given(air, second)) == (paid * 2_000, 0)
        assert {await customer_of(air, story) for story in stories} == {first}
        assert {await grant(air, story, "more") for story in stories} == {"per_customer_90_days"}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_merges_in_any_order_and_twice_lead_to_the_same_customer(
    air: World, order: tuple[int, ...]
) -> None:
    oldest, older, newer, newest, last = customers(5)
    stories = [await air.open(Story(customer_id=each)) for each in (oldest, older, newer, newest)]
    assert isinstance(await grant(air, stories[3], "k"), pb.Grant)
    said = [merged(older, newest), merged(oldest, older), merged(newer, newest)]
    for number in order:
        await air.say(INTAKE, said[number])
    await known_as(air, oldest, (older, newer, newest))
    await air.say(INTAKE, *said)
    await one_person(air, oldest, last)
    assert {await customer_of(air, story) for story in stories} == {oldest}
    assert await given(air, oldest) == 2_000


async def test_a_complaint_that_still_names_the_merged_customer_is_the_survivors(air: World) -> None:
    stays, gone = customers(2)
    await one_person(air, stays, gone)
    first = await air.open(Story(customer_id=stays))
    late = await air.open(Story(customer_id=gone))
    assert await customer_of(air, late) == stays
    (repeat,) = await air.said(late.case_id, out.RepeatFailureFound)
    assert repeat.earlier_case_id == first.case_id


async def test_whom_the_merged_customer_trusted_owns_the_survivors_next_complaint(air: World) -> None:
    stays, gone = customers(2)
    solved = await air.open(Story(customer_id=gone))
    ana = await air.desk("ana")
    await ana.ProposeSolution(
        pb.ProposeSolutionRequest(case_id=solved.case_id, description="Refund", text=FIRST_REPLY)
    )
    yes = await air.hear_customer(solved, "Yes, that would make it right.")
    meets = pb.RecordVerdictRequest(case_id=solved.case_id, verdict=out.VERDICT_MEETS, message_id=yes)
    await ana.RecordVerdict(meets)
    await ana.ApplyFix(pb.ApplyFixRequest(case_id=solved.case_id, description="Refunded"))
    await ana.ResolveCase(pb.ResolveCaseRequest(case_id=solved.case_id))
    done = await air.hear_customer(solved, "It is solved, thank you.")
    await ana.CloseCase(
        pb.CloseCaseRequest(case_id=solved.case_id, closing=out.CLOSING_CONFIRMED, message_id=done)
    )
    await one_person(air, stays, gone)
    await air.hire("ben", languages=["en"], skills=["delay"])
    again = await air.open(Story(customer_id=stays))
    (assigned,) = await air.said(again.case_id, out.OwnerAssigned)
    assert (assigned.owner.employee_id, assigned.because) == ("ana", "trusted")


async def test_a_person_who_left_under_another_id_has_left(air: World) -> None:
    first, second = await two_people(air)
    ana = await air.desk("ana")
    leaving = {"why": "The price", "evidence": "Letter of 3 May"}
    await ana.RecordDefection(pb.RecordDefectionRequest(case_id=second.case_id, **leaving))
    await one_person(air, first.customer_id, second.customer_id)
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.RecordDefection(pb.RecordDefectionRequest(case_id=first.case_id, **leaving))
    assert refused(failure)[1:] == ("already_defected", {"case_id": second.case_id})


async def test_one_customer_of_another_tenant_is_left_alone(air: World) -> None:
    stays, gone = customers(2)
    await air.hire("zoe", tenant="rail")
    story = Story(customer_id=gone)
    await air.say(INTAKE, story.complaint(), tenant="rail")
    await air.hear(story.case_id, out.OwnerAssigned, tenant="rail")
    await one_person(air, stays, gone)
    zoe = await air.desk("zoe", tenant="rail")
    case = await zoe.GetCase(pb.GetCaseRequest(case_id=story.case_id))
    assert case.customer.customer_id == gone
