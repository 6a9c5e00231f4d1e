"""A wrong merge of customers that is taken back, as resolution hears it of intake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.tenant_terms import folder
from tests.integration.resolution.test_identities import (
    customer_of,
    customers,
    given,
    grant,
    merged,
    one_person,
    two_people,
)
from tests.integration.resolution.world import INTAKE, Story, World


def parted(stays: str, gone: str, case_ids: Sequence[str]) -> intake.CustomersSplit:
    return intake.CustomersSplit(
        surviving_customer_id=stays,
        restored_customer_id=gone,
        case_ids=case_ids,
        reason="Two people",
        split_by="emp-7",
        split_at=to_proto(datetime.now(UTC)),
    )


async def two_again(air: World, said: intake.CustomersSplit) -> None:
    """Intake says so, and resolution has heard it."""
    before = len(await air.rows("select from customer_parted"))
    await air.say(INTAKE, said)

    async def heard() -> bool:
        return len(await air.rows("select from customer_parted")) > before

    await wait_for(heard, what="the parting of customers")


async def test_cases_and_what_was_given_in_them_are_two_customers_again_and_merged_by_nothing_older(
    run: Run, tmp_path: Path
) -> None:
    """Grants before the merge and since, on both; the accounts are as if there never had been a merge, also
    when a grant of either time is taken back later."""
    async with run(data=folder(tmp_path, per={"per_customer_90_days": 20_000})) as air:
        await air.hire("ana", languages=["en"])
        first, second = await two_people(air)
        for number, story in enumerate((first, second)):
            assert isinstance(await grant(air, story, f"before-{number}"), pb.Grant)
        merge = merged(first.customer_id, second.customer_id)
        await one_person(air, first.customer_id, second.customer_id)
        since = await air.open(Story(customer_id=first.customer_id))
        for number, story in enumerate((first, second, since)):
            assert isinstance(await grant(air, story, f"since-{number}"), pb.Grant)
        assert await given(air, first.customer_id) == 10_000
        split = parted(first.customer_id, second.customer_id, [second.case_id, since.case_id])
        await two_again(air, split)
        whose = [await customer_of(air, story) for story in (first, second, since)]
        assert whose == [first.customer_id, second.customer_id, second.customer_id]
        accounts = [await given(air, each) for each in (first.customer_id, second.customer_id)]
        assert accounts == [4_000, 6_000]
        ana = await air.desk("ana")
        for one in (await air.case(second.case_id)).grants:
            await ana.RevokeRemedy(
                pb.RevokeRemedyRequest(case_id=second.case_id, grant_id=one.grant_id, reason="Twice")
            )
        accounts = [await given(air, each) for each in (first.customer_id, second.customer_id)]
        assert accounts == [4_000, 2_000]
        totals = await ana.GetTotals(pb.GetTotalsRequest(customer_id=second.customer_id))
        assert [amount.value for amount in totals.cost] == [2_000]
        # Said again, the merge is older than the parting; and the parting is known.
        await air.say(INTAKE, merge, split)
        late = await air.open(Story(customer_id=second.customer_id))
        assert await customer_of(air, late) == second.customer_id
        assert await customer_of(air, second) == second.customer_id


async def test_a_case_heard_of_only_after_the_parting_is_the_restored_customers(air: World) -> None:
    stays, gone = customers(2)
    await one_person(air, stays, gone)
    late = Story(customer_id=stays)
    await two_again(air, parted(stays, gone, [late.case_id]))
    await air.open(late)
    assert await customer_of(air, late) == gone
