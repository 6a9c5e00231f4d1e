"""64 callers at once against one limit, over two replicas on one PostgreSQL: nothing is overdrawn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import grpc
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.rpcstatus import error_reason
from services.chassis.service import Role
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.tenant_terms import folder
from tests.integration.resolution.world import Story, World

CALLERS = 64


@dataclass
class Replicas:
    """Two resolutions with a pool of connections each, on one database."""

    first: World
    second: World

    async def grant(self, number: int, case_id: str, remedy: str, key: str, by: str) -> pb.Grant | str:
        """By the replica whose turn it is; the grant, or the limit or rule that refused it."""
        desk = await (self.first, self.second)[number % 2].desk(by)
        request = pb.GrantRemedyRequest(case_id=case_id, remedy_id=remedy, idempotency_key=key)
        try:
            answer: pb.Grant = await desk.GrantRemedy(request)
            return answer
        except grpc.aio.AioRpcError as failure:
            rule, allowed = error_reason(failure)
            return allowed.get("limit", rule)

    async def grants(self, story_of: Callable[[int], Story], remedy: str) -> tuple[int, Counter[str]]:
        """One on each of 64 cases, all at once: how many were given, and why the others were not."""
        stories = await asyncio.gather(*(self.first.open(story_of(n)) for n in range(CALLERS)))
        for world in (self.first, self.second):
            await asyncio.gather(*(world.desk(by) for by in ("ana", "ben", "cleo", "dan")))
        owners = [(await self.first.case(story.case_id)).owner.employee_id for story in stories]
        answers = await asyncio.gather(
            *(self.grant(n, story.case_id, remedy, f"k-{n}", owners[n]) for n, story in enumerate(stories))
        )
        refused = Counter(answer for answer in answers if isinstance(answer, str))
        return CALLERS - refused.total(), refused


@asynccontextmanager
async def replicas(run: Run, data: str, *people: str) -> AsyncIterator[Replicas]:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(run(data=data))
        second = await stack.enter_async_context(run(Role.SERVE, data=data))
        for person in people:
            await first.hire(person, languages=["en"])
        yield Replicas(first, second)


def anybody(number: int) -> Story:
    return Story()


async def test_one_employees_day(run: Run, tmp_path: Path) -> None:
    data = folder(tmp_path, per={"per_day": 30_000})
    async with replicas(run, data, "ana") as both:
        assert await both.grants(anybody, "refund-20") == (15, {"per_day": CALLERS - 15})
        (row,) = await both.first.rows("select spent from authority_spent where unit = 'EUR'")
        assert row["spent"] == 30_000


async def test_one_customers_90_days_whoever_gives_and_on_whichever_case(run: Run, tmp_path: Path) -> None:
    customer = str(uuid4())
    data = folder(tmp_path, per={"per_customer_90_days": 25_000})
    async with replicas(run, data, "ana", "ben", "cleo", "dan") as both:
        outcome = await both.grants(lambda number: Story(customer_id=customer), "refund-20")
        assert outcome == (12, {"per_customer_90_days": CALLERS - 12})
        (row,) = await both.first.rows("select amounts from customer_given where unit = 'EUR'")
        assert sum(row["amounts"]) == 24_000


async def test_one_stock(run: Run, tmp_path: Path) -> None:
    data = folder(tmp_path, remedies={"refund-20": {"stock": 9}})
    async with replicas(run, data, "ana") as both:
        assert await both.grants(anybody, "refund-20") == (9, {"out_of_stock": CALLERS - 9})
        (row,) = await both.first.rows("select taken from stock_taken")
        assert row["taken"] == 9


async def test_one_key_pays_once_on_both(run: Run, tmp_path: Path) -> None:
    async with replicas(run, folder(tmp_path), "ana") as both:
        story = await both.first.open()
        answers = await asyncio.gather(
            *(both.grant(n, story.case_id, "refund-20", "once", "ana") for n in range(CALLERS))
        )
        grants = [answer for answer in answers if isinstance(answer, pb.Grant)]
        assert len(grants) == CALLERS
        assert len({grant.grant_id for grant in grants}) == 1
        assert len(await both.first.said(story.case_id, out.RemedyGranted)) == 1


async def test_what_left_the_90_days_no_longer_counts(run: Run, tmp_path: Path) -> None:
    """What was given 91 days ago is set by hand; what was given 89 days ago still binds."""
    async with replicas(run, folder(tmp_path), "ana") as both:
        old, recent = await both.first.open(), await both.first.open()
        for story, age in ((old, 91), (recent, 89)):
            await both.first.rows(
                "insert into customer_given values ('air', $1, 'EUR', array[$2::date], '{40000}')",
                story.customer_id,
                datetime.now(UTC).date() - timedelta(days=age),
            )
        assert isinstance(await both.grant(0, old.case_id, "refund-20", "a", "ana"), pb.Grant)
        assert await both.grant(1, recent.case_id, "refund-20", "b", "ana") == "per_customer_90_days"
        ana = await both.second.desk("ana")
        suggested = await ana.SuggestRemedies(pb.SuggestRemediesRequest(case_id=recent.case_id))
        assert [each.remedy_id for each in suggested.remedies] == []


pytestmark = pytest.mark.timeout(300)
