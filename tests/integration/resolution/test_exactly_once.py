"""A batch happens wholly or not at all, once, for its own tenants, and in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.chassis.clock import SystemClock
from services.chassis.consumer import Consumer
from services.chassis.db import Connection, Database
from services.chassis.envelope import Event, EventRegistry
from services.chassis.errors import Rejected
from services.chassis.ids import RandomIds
from services.chassis.testing.fixtures import DatabaseFor
from services.chassis.testing.waiting import wait_for
from services.resolution.adapters import data
from services.resolution.adapters.postgres import PostgresWork
from services.resolution.adapters.subscriptions import Subscriptions
from services.resolution.app.hearing import Hearing
from services.resolution.app.identity import Identities
from services.resolution.app.shapes import CaseList, Change
from services.resolution.config import Settings
from services.resolution.domain.assignment import Employee
from services.resolution.domain.words import Closing, Person, Status
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.world import FIRST_REPLY, INTAKE, Story, World, by_phone

RULES = data.load(Settings(playbook="sixty-seconds"))
SHELF = RULES.shelf
_OFFSETS = count()


class Crash(Exception):
    """The process dies here."""


@dataclass
class House:
    """The handler over a real database, without Kafka: the tests say when a transaction ends, and how."""

    database: Database
    subscriptions: Subscriptions

    async def handle(self, events: Sequence[Event], *, crash: bool = False) -> None:
        async with self.database.transaction({event.tenant_id for event in events}) as tx:
            await self.subscriptions.handle(tx, events)
            if crash:
                raise Crash

    async def count(self, table: str, tenants: Sequence[str] = ("air",)) -> int:
        async with self.database.transaction(tenants) as tx:
            return int(await tx.fetchval(f"select count(*) from {table}"))  # noqa: S608 - our own names


@pytest_asyncio.fixture
async def house(database_for: DatabaseFor) -> AsyncIterator[House]:
    database = await database_for("resolution")
    async with database.transaction(["air", "sea"]) as tx:
        for tenant in ("air", "sea"):
            for name in ("ana", "ben", "eva"):
                await hire(tx, tenant, name)
    parts = (RULES, SystemClock(), RandomIds())
    yield House(database, Subscriptions(Hearing(*parts), Identities(*parts), SHELF))


async def hire(tx: Connection, tenant: str, name: str) -> None:
    person = Person(f"{tenant}-{name}", name.title(), 0)
    await PostgresWork(tx, SHELF).register_employee(tenant, Employee(person, True, False, 100))


def event(message: Message, tenant: str = "air") -> Event:
    key: str = message.case_id  # type: ignore[attr-defined]
    return Event(
        INTAKE,
        0,
        next(_OFFSETS),
        key,
        str(uuid4()),
        message.DESCRIPTOR.full_name,
        tenant,
        datetime.now(UTC),
        key,
        None,
        None,
        None,
        message,
    )


async def test_a_crash_before_the_commit_leaves_nothing_and_the_batch_done_again_is_whole(
    house: House,
) -> None:
    batch = [event(Story().complaint()) for _ in range(20)]
    with pytest.raises(Crash):
        await house.handle(batch, crash=True)
    assert [await house.count(table) for table in ("case_state", "journal", "employee_load")] == [0, 0, 0]
    await house.handle(batch)
    await house.handle(batch)
    assert await house.count("case_state") == 20
    assert await house.count("journal") == 40
    async with house.database.transaction(["air"]) as tx:
        loads = await tx.fetch("select open_cases from employee_load order by 1")
    assert [row["open_cases"] for row in loads] == [6, 7, 7]


async def test_one_batch_serves_several_tenants_each_with_its_own_people(house: House) -> None:
    batch = [event(Story().complaint(), tenant) for tenant in ("air", "sea") * 5]
    await house.handle(batch)
    async with house.database.transaction(["sea"]) as tx:
        rows = await tx.fetch("select tenant_id, owner_id from case_state")
    assert len(rows) == 5
    assert all(row["owner_id"].startswith("sea-") for row in rows)


async def test_a_complaint_and_what_follows_it_may_come_in_one_batch(house: House) -> None:
    story = by_phone()
    words = [
        story.complaint(),
        story.speaks("ana", "Maria, I am so sorry. Thank you for telling me, I will put it right."),
        story.speaks("", "My flight is late"),
        story.customer_says("I also wrote to you"),
        story.joined("ben"),
    ]
    await house.handle([event(message) for message in words])
    async with house.database.transaction(["air"]) as tx:
        case = await PostgresWork(tx, SHELF).read_case(("air", story.case_id))
    assert case is not None
    assert {step.step_id for step in case.steps} == {
        "answer",
        "name",
        "apologise",
        "thank",
        "take-responsibility",
    }
    assert case.replies == 1
    assert case.call is not None
    assert case.call.employee_ids == ("ben",)
    assert await house.count("customer_word") == 2


async def test_a_complaint_of_a_tenant_without_employees_waits_and_holds_nobody_up(
    house: House,
) -> None:
    stories = [Story(), Story()]
    batch = [event(stories[0].complaint()), event(stories[1].complaint(), "void")]
    later = [event(stories[1].customer_says("Is anybody there?"), "void")]
    await house.handle(batch)
    await house.handle(later)
    assert await house.count("case_state") == 1
    async with house.database.transaction(["void"]) as tx:
        assert await tx.fetchval("select count(*) from waiting_fact") == 2
        assert await tx.fetchval("select nobody_since from duty") is not None
        said = await tx.fetch("select type from journal")
    assert [row["type"] for row in said] == ["amends.resolution.v1.NobodyOnDuty"]


async def test_when_everybody_is_away_the_case_is_still_somebodys(house: House) -> None:
    async with house.database.transaction(["void"]) as tx:
        for name, rank in (("boss", 2), ("gate", 0)):
            person = Person(name, name.title(), rank)
            await PostgresWork(tx, SHELF).register_employee("void", Employee(person, False, False, 10))
    story = Story()
    await house.handle([event(story.complaint(), "void")])
    async with house.database.transaction(["void"]) as tx:
        case = await PostgresWork(tx, SHELF).read_case(("void", story.case_id))
    assert case is not None
    assert case.owner.employee_id == "gate"


async def test_a_linked_case_goes_to_whoever_is_there_when_the_old_owner_is_not(house: House) -> None:
    old = Story()
    await house.handle([event(old.complaint())])
    async with house.database.transaction(["air"]) as tx:
        case = await PostgresWork(tx, SHELF).read_case(("air", old.case_id))
        assert case is not None
        closed_at = datetime.now(UTC) - timedelta(days=31)
        closed = replace(case, status=Status.CLOSED, closing=Closing.CONFIRMED, closed_at=closed_at)
        await PostgresWork(tx, SHELF).save([Change(case, closed)])
        await PostgresWork(tx, SHELF).set_presence("air", case.owner.employee_id, False)
    await house.handle([event(old.feedback(followup.FeedbackReceived.SOLVED_NO))])
    async with house.database.transaction(["air"]) as tx:
        (new,) = [
            each
            for each in await PostgresWork(tx, SHELF).list_cases("air", CaseList())
            if each.linked_case_id == old.case_id
        ]
    assert new.owner.employee_id != case.owner.employee_id
    assert new.addresses == case.addresses


async def test_a_message_on_a_case_never_opened_is_parked_and_a_call_before_its_complaint_is_not(
    house: House,
) -> None:
    story = by_phone()
    with pytest.raises(Rejected) as rejected:
        await house.handle([event(story.customer_says("Hello?"))])
    assert rejected.value.rule == "unknown_case"
    started = intake.InteractionStarted(case_id=story.case_id, interaction_id="i", live=True)
    await house.handle([event(started), event(story.speaks("", "My flight is late"))])
    assert await house.count("case_state") == 0


async def test_a_case_id_that_is_none_is_parked(house: House) -> None:
    with pytest.raises(Rejected) as rejected:
        await house.handle([event(Story(case_id="42").complaint())])
    assert rejected.value.rule == "bad_case_id"


async def test_two_batches_at_once_on_the_same_cases_wait_for_each_other(house: House) -> None:
    """Both lock in one order, so neither deadlocks; every word is kept."""
    stories = [Story() for _ in range(30)]
    await house.handle([event(story.complaint()) for story in stories])
    ahead = [event(story.customer_says("and?")) for story in stories]
    behind = [event(story.customer_says("well?")) for story in reversed(stories)]
    await asyncio.gather(house.handle(ahead), house.handle(behind))
    async with house.database.transaction(["air"]) as tx:
        versions = await tx.fetch("select distinct version from case_state")
    # opened, assigned, and two words that each ask again while nobody answers
    assert [row["version"] for row in versions] == [6]
    assert await house.count("customer_word") == 60


async def test_a_consumer_that_dies_mid_way_leaves_no_case_twice_and_none_out(run: Run) -> None:
    """Everything is said twice, across a restart, in two processes' lives: still one case each."""
    stories = [Story() for _ in range(60)]
    async with run() as air:
        await air.hire("ana")
        await air.hire("ben")
        await air.say(INTAKE, *(story.complaint() for story in stories))
        await air.hear(stories[0].case_id, out.CaseOpened)
    async with run() as air:
        await air.say(INTAKE, *(story.complaint() for story in stories))
        last = await air.open()

        async def all_open() -> bool:
            (row,) = await air.rows("select count(*) as n from case_state")
            return bool(row["n"] == 61)

        await wait_for(all_open)
        await air.say(INTAKE, last.customer_says("done"))
        (row,) = await air.rows(
            "select count(*) as n from journal where type = 'amends.resolution.v1.CaseOpened'"
        )
        assert row["n"] == 61
        loads = await air.rows("select open_cases from employee_load order by 1")
        assert sorted(row["open_cases"] for row in loads) == [30, 31]


async def test_another_tenants_case_does_not_exist(air: World) -> None:
    story = await air.open()
    await air.hire("ivo", tenant="sea")
    ivo = await air.desk("ivo", tenant="sea")
    for call in (
        ivo.GetCase(pb.GetCaseRequest(case_id=story.case_id)),
        ivo.GetHistory(pb.GetHistoryRequest(case_id=story.case_id)),
        ivo.SendReply(pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY)),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await call
        assert failure.value.code() is grpc.StatusCode.NOT_FOUND
    listed = await ivo.ListCases(pb.ListCasesRequest())
    assert list(listed.cases) == []


async def test_what_resolution_says_reaches_kafka_with_its_cause_and_in_order(air: World) -> None:
    heard: list[Event] = []

    class Ear:
        async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
            heard.extend(events)

    consumer = Consumer(
        "ear",
        ["amends.resolution.events.v1"],
        EventRegistry(out),
        Ear(),
        air.database,
        air.settings.kafka_bootstrap,
        topic_prefix=air.settings.topic_prefix,
    )
    stop = asyncio.Event()
    listening = asyncio.create_task(consumer.run(stop))
    story = Story()
    cause = str(uuid4())
    await air.say(INTAKE, story.complaint(), event_id=cause)
    await wait_for(lambda: len(heard) >= 2, what="two events")
    stop.set()
    await listening
    assert [each.type.rsplit(".", 1)[1] for each in heard] == ["CaseOpened", "OwnerAssigned"]
    assert {each.causation_id for each in heard} == {cause}
    assert {each.correlation_id for each in heard} == {story.case_id}
    assert {each.key for each in heard} == {story.case_id}


async def test_a_customer_gets_the_person_who_solved_it_last_time_until_it_turns_out_unsolved(
    house: House,
) -> None:
    solved = Story(point_of_contact="air-eva")
    await house.handle([event(solved.complaint())])
    async with house.database.transaction(["air"]) as tx:
        work = PostgresWork(tx, SHELF)
        case = await work.read_case(("air", solved.case_id))
        assert case is not None
        closed = replace(case, status=Status.CLOSED, closing=Closing.CONFIRMED, closed_at=datetime.now(UTC))
        await work.save([Change(case, closed)])
        await hire(tx, "air", "eva")
    again = Story(customer_id=solved.customer_id)
    await house.handle([event(Story().complaint()) for _ in range(4)] + [event(again.complaint())])
    async with house.database.transaction(["air"]) as tx:
        work = PostgresWork(tx, SHELF)
        case = await work.read_case(("air", again.case_id))
        assert case is not None
        assert case.owner.employee_id == "air-eva"
        reopened = replace(closed, status=Status.OPEN, closing=None, closed_at=None)
        await work.save([Change(closed, reopened)])
        assert await work.trusted([("air", solved.customer_id)]) == {}
