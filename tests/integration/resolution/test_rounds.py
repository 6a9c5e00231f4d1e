"""Commands that wait at the same moment are one transaction, and none of them notices it (rounds.py)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
import pytest_asyncio
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.ids import RandomIds
from services.chassis.journal import CHANNEL
from services.chassis.testing.fixtures import DatabaseFor
from services.resolution.adapters.keys import Keys, Once
from services.resolution.adapters.postgres import PostgresWorks
from services.resolution.adapters.rounds import Command, Rounds
from services.resolution.adapters.subscriptions import Subscriptions
from services.resolution.app.hearing import Hearing
from services.resolution.app.identity import Identities
from services.resolution.app.learning import Learning
from services.resolution.app.turn import Caller, Turns
from services.resolution.domain.errors import NotYours
from tests.integration.resolution.test_exactly_once import RULES, SHELF, event, hire
from tests.integration.resolution.world import Story

OWNER, OTHER = "air-ana", "air-ben"


@dataclass
class Desk:
    """Commands as the edge hands them on, over a real database."""

    database: Database
    rounds: Rounds
    learning: Learning

    async def record(self, case_id: str, cause: str, by: str = OWNER, key: str = "") -> bytes | pb.Case:
        """RecordCause; its answer is the case's version."""

        async def decide() -> pb.Case:
            case = await self.learning.record_cause(Caller("air", by), case_id, cause, "")
            return pb.Case(case_id=case_id, version=case.version)

        once = Once("air", by, key or str(uuid4()), "RecordCause", cause.encode())
        answer = await self.rounds.take(Command("RecordCause", "air", case_id, (by,), once), decide)
        assert isinstance(answer, pb.Case | bytes)
        return answer

    async def count(self, query: str, *args: object) -> int:
        async with self.database.transaction(["air"]) as tx:
            return int(await tx.fetchval(query, *args))


@pytest_asyncio.fixture
async def desk(database_for: DatabaseFor) -> Desk:
    database = await database_for("resolution")
    works = PostgresWorks(database, SHELF)
    turns = Turns(works, RULES, SystemClock(), RandomIds())
    return Desk(database, Rounds(works, Keys(works)), Learning(turns))


@pytest_asyncio.fixture
async def cases(desk: Desk) -> AsyncIterator[list[str]]:
    """Two open cases of one owner."""
    stories = [Story(), Story()]
    async with desk.database.transaction(["air"]) as tx:
        await hire(tx, "air", "ana")
        parts = RULES, SystemClock(), RandomIds()
        subscriptions = Subscriptions(Hearing(*parts), Identities(*parts), SHELF)
        await subscriptions.handle(tx, [event(story.complaint()) for story in stories])
        await hire(tx, "air", "ben")
    yield [story.case_id for story in stories]


async def test_commands_at_once_share_transactions_and_follow_each_other(
    desk: Desk, cases: list[str]
) -> None:
    one, _ = cases
    answers = await asyncio.gather(*(desk.record(one, f"cause {number}") for number in range(20)))
    versions = [answer.version for answer in answers if isinstance(answer, pb.Case)]
    assert len(versions) == 20
    assert versions == sorted(set(versions))
    kind = "amends.resolution.v1.CauseRecorded"
    assert await desk.count("select count(*) from journal where type = $1", kind) == 20
    shared = await desk.count("select count(distinct xmin::text) from journal where type = $1", kind)
    assert shared < 10
    assert await desk.count("select version from case_state where case_id = $1", one) == versions[-1]
    assert await desk.count("select count(*) from command_key where answer is not null") == 20


async def test_a_refusal_among_them_takes_back_nothing_but_its_own_and_leaves_its_key_free(
    desk: Desk, cases: list[str]
) -> None:
    one, two = cases
    done = await asyncio.gather(
        desk.record(one, "before"),
        desk.record(one, "not mine", by=OTHER, key="k"),
        desk.record(two, "after"),
        return_exceptions=True,
    )
    assert [type(each) for each in done] == [pb.Case, NotYours, pb.Case]
    assert await desk.count("select count(*) from command_key where idempotency_key = 'k'") == 0
    assert await desk.count("select count(*) from command_key") == 2


async def test_a_case_that_somebody_has_locked_holds_up_its_own_commands_alone(
    desk: Desk, cases: list[str]
) -> None:
    one, two = cases
    async with desk.database.transaction(["air"]) as tx:
        await tx.fetch("select from case_state where case_id = $1 for update", one)
        waiting = asyncio.create_task(desk.record(one, "later"))
        assert isinstance(await desk.record(two, "now"), pb.Case)
        assert not waiting.done()
    assert isinstance(await waiting, pb.Case)


async def test_a_round_that_cannot_be_written_goes_one_by_one(desk: Desk, cases: list[str]) -> None:
    """Another replica is just answering one of the keys: only that command waits for it."""
    one, two = cases
    claim = """insert into command_key (tenant_id, holder, idempotency_key, command, digest)
               values ('air', $1, 'k', 'RecordCause', 'x')"""
    async with desk.database.transaction(["air"]) as tx:
        await tx.execute(claim, OWNER)
        waiting = asyncio.create_task(desk.record(one, "held", key="k"))
        assert isinstance(await desk.record(two, "free"), pb.Case)
        assert not waiting.done()
        await tx.execute("delete from command_key where idempotency_key = 'k'")
    assert isinstance(await waiting, pb.Case)


async def test_the_same_key_at_once_gets_one_answer(desk: Desk, cases: list[str]) -> None:
    one, _ = cases
    answers = await asyncio.gather(*(desk.record(one, "once", key="k") for _ in range(4)))
    told = {
        answer if isinstance(answer, bytes) else answer.SerializeToString(deterministic=True)
        for answer in answers
    }
    assert len(told) == 1


async def test_a_caller_who_goes_away_holds_nobody_up(desk: Desk, cases: list[str]) -> None:
    one, two = cases
    gone = asyncio.create_task(desk.record(one, "gone"))
    stays = asyncio.create_task(desk.record(two, "stays"))
    await asyncio.sleep(0)  # both have asked
    gone.cancel()
    assert isinstance(await stays, pb.Case)
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert isinstance(await desk.record(one, "again"), pb.Case)


async def test_a_round_wakes_whoever_follows_the_journal(desk: Desk, cases: list[str]) -> None:
    one, _ = cases
    rung = asyncio.Event()
    listening = await desk.database.dedicated_system_connection("test")
    try:
        await listening.add_listener(CHANNEL, lambda *_: rung.set())
        await desk.record(one, "a cause")
        async with asyncio.timeout(20):
            await rung.wait()
    finally:
        await listening.close()
