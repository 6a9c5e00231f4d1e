"""Journal, relay and consumer together: said once, heard once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import asyncpg
import pytest

from services.chassis import journal, meters, relay
from services.chassis.broker import Producer
from services.chassis.consumer import ConsumerTuning
from services.chassis.envelope import Event, Record, headers_of
from services.chassis.errors import InvalidArgument, Rejected, Retryable
from services.chassis.ledger import TooManyRejects
from services.chassis.testing.waiting import wait_for
from tests.integration.chassis.conftest import TOPIC, Workshop, WriteDown, running, value_of
from tests.support.scraping import scraping

pytestmark = pytest.mark.integration


async def test_what_is_said_is_heard_once_and_in_the_order_of_its_key_and_each_delay_is_measured(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, kind in ((relay, "OUTBOX"), (meters, "CONSUMER")):
        for name in (f"{kind}_DELAY", f"{kind}_EVENTS"):
            monkeypatch.setattr(module, name, replace(getattr(module, name)))
    said = [(f"k{number % 7}", str(number)) for number in range(1000)]
    with scraping(monkeypatch) as series:
        async with running(await workshop.relay(), workshop.consumer(WriteDown())):
            for start in range(0, len(said), 50):
                await workshop.say(*said[start : start + 50])

            async def all_heard() -> bool:
                return await workshop.count_heard() >= len(said)

            await wait_for(all_heard)
        measured = series()
    for side in ("amends.outbox", "amends.consumer"):
        assert sum(measured[f"{side}.events"].values()) == len(said)
        assert sum(measured[f"{side}.delay"].values()) >= 1
    heard = await workshop.heard()
    assert sorted(heard) == sorted(said)
    for key in {key for key, _ in said}:
        assert [pair for pair in heard if pair[0] == key] == [pair for pair in said if pair[0] == key]


async def test_an_event_keeps_tenant_flow_and_cause(workshop: Workshop) -> None:
    seen: list[Event] = []

    async def look(events: Sequence[Event]) -> None:
        seen.extend(events)

    async with running(await workshop.relay(), workshop.consumer(WriteDown(look))):
        await workshop.say(("k", "first"), tenant="blue")
        first = (await wait_for(lambda: seen))[0]
        caused = journal.consequence(
            first,
            topic=first.topic,
            message=first.message,
            event_id=workshop.ids.new(),
            occurred_at=first.time,
        )
        async with workshop.database.transaction(["blue"]) as tx:
            await journal.append(tx, "test", [caused])
            await journal.notify(tx)
        await wait_for(lambda: len(seen) == 2)
    second = seen[1]
    assert (second.tenant_id, second.correlation_id, second.key) == ("blue", "k", "k")
    assert second.causation_id == first.event_id
    assert first.topic == "amends.test.things.v1"


async def test_a_trace_goes_on_from_whoever_spoke_to_whoever_answers(workshop: Workshop) -> None:
    seen: list[Event] = []

    async def look(events: Sequence[Event]) -> None:
        seen.extend(events)

    spoken = replace(workshop.thing("k", "v"), traceparent=f"00-{'1' * 32}-{'2' * 16}-01")
    async with running(await workshop.relay(), workshop.consumer(WriteDown(look))):
        async with workshop.database.transaction(["t1"]) as tx:
            await journal.append(tx, "test", [spoken])
            await journal.notify(tx)
        await wait_for(lambda: seen)
    answer = journal.consequence(
        seen[0], topic=TOPIC, message=spoken.message, event_id=spoken.event_id, occurred_at=spoken.occurred_at
    )
    assert (answer.traceparent or "").split("-")[1] == "1" * 32


async def test_a_topic_of_another_service_is_not_written(workshop: Workshop) -> None:
    with pytest.raises(InvalidArgument, match="foreign_topic"):
        async with workshop.database.transaction(["t1"]) as tx:
            await journal.append(tx, "other", [workshop.thing("k", "v")])


async def test_history_tells_what_was_said_about_a_key(workshop: Workshop) -> None:
    await workshop.say(("a", "1"), ("b", "2"), ("a", "3"))
    async with workshop.database.transaction(["t1"]) as tx:
        entries = await journal.history(tx, "t1", "a")
    assert [entry.type for entry in entries] == ["google.protobuf.StringValue"] * 2
    assert entries[0].position < entries[1].position


async def test_while_a_dependency_is_away_the_batch_waits_and_then_goes_on(workshop: Workshop) -> None:
    failures = iter(range(4))

    async def away(_: Sequence[Event]) -> None:
        if next(failures, None) is not None:
            raise Retryable("somebody_away")

    handler = WriteDown(away)
    async with running(await workshop.relay(), workshop.consumer(handler)):
        await workshop.say(("k", "1"), ("k", "2"))
        await wait_for(workshop.count_heard)
    assert await workshop.heard() == [("k", "1"), ("k", "2")]
    assert await workshop.parked() == []
    assert len(handler.calls) == 5


@pytest.mark.parametrize("named", [True, False])
async def test_a_refused_record_and_the_later_ones_of_its_key_are_parked_and_the_others_go_on(
    workshop: Workshop, named: bool
) -> None:
    async def refuse(events: Sequence[Event]) -> None:
        for event in events:
            if value_of(event) == "poison":
                raise Rejected("no_good", "said the test", event if named else None)

    async with running(await workshop.relay(), workshop.consumer(WriteDown(refuse))):
        await workshop.say(
            ("a", "1"), ("bad", "ok"), ("bad", "poison"), ("b", "2"), ("bad", "later"), ("c", "3")
        )
        await wait_for(lambda: _heard(workshop, 4))
        await workshop.say(("bad", "much later"), ("d", "4"))
        await wait_for(lambda: _heard(workshop, 5))
        await wait_for(lambda: _parked(workshop, 3))
    assert {value for _, value in await workshop.heard()} == {"1", "ok", "2", "3", "4"}
    assert sorted(await workshop.parked()) == [
        ("bad", "earlier_one_parked"), ("bad", "earlier_one_parked"), ("bad", "no_good"),
    ]  # fmt: skip


async def test_a_parked_key_stays_parked_after_a_restart(workshop: Workshop) -> None:
    async def refuse(events: Sequence[Event]) -> None:
        for event in events:
            if value_of(event) == "poison":
                raise Rejected("no_good", event=event)

    relay = await workshop.relay()
    async with running(relay, workshop.consumer(WriteDown(refuse))):
        await workshop.say(("bad", "poison"))
        await wait_for(lambda: _parked(workshop, 1))
    async with running(relay, workshop.consumer(WriteDown())):
        await workshop.say(("bad", "later"), ("good", "1"))
        await wait_for(lambda: _parked(workshop, 2))
        await wait_for(lambda: _heard(workshop, 1))
    assert await workshop.heard() == [("good", "1")]


async def test_a_record_that_fails_without_saying_why_is_found_retried_and_parked(workshop: Workshop) -> None:
    async def burst(events: Sequence[Event]) -> None:
        if any(value_of(event) == "poison" for event in events):
            raise ZeroDivisionError("a bug")

    handler = WriteDown(burst)
    async with running(await workshop.relay(), workshop.consumer(handler)):
        await workshop.say(
            *((f"k{number}", "poison" if number == 17 else str(number)) for number in range(40))
        )
        await wait_for(lambda: _heard(workshop, 39))
        await wait_for(lambda: _parked(workshop, 1))
    assert await workshop.parked() == [("k17", "ZeroDivisionError")]
    assert [call for call in handler.calls if call == ["poison"]] == [["poison"]] * 3


async def test_too_many_refusals_in_a_row_stop_the_consumer_and_park_nothing_of_that_batch(
    workshop: Workshop,
) -> None:
    async def refuse(events: Sequence[Event]) -> None:
        raise Rejected("no_good", event=events[0])

    await workshop.say(*((f"k{number}", "x") for number in range(50)))
    consumer = workshop.consumer(WriteDown(refuse), tuning=ConsumerTuning(rejects_in_a_row=10))
    relay = await workshop.relay()
    async with running(relay):
        with pytest.raises(TooManyRejects):
            async with asyncio.timeout(20):
                await consumer.run(asyncio.Event())
    assert len(await workshop.parked()) < 10
    assert await workshop.heard() == []


async def test_a_dead_letter_that_cannot_be_written_stops_the_commit_and_the_consumer(
    workshop: Workshop,
) -> None:
    async def refuse(events: Sequence[Event]) -> None:
        raise Rejected("no_good", event=events[0])

    owner = await asyncpg.connect(workshop.dsns.owner)
    await owner.execute("alter table parked_record rename column rule to mislaid")
    await owner.close()
    headers = headers_of(
        source="test", event_id="1", type_name="google.protobuf.StringValue", tenant_id="t1", key="k",
        occurred_at=workshop.thing("k", "v").occurred_at, correlation_id="c",
    )  # fmt: skip
    async with Producer.open(workshop.bootstrap, "test") as producer:
        await producer.publish([Record(workshop.topic, b"k", b"", headers)])
    with pytest.raises(asyncpg.UndefinedColumnError):
        async with asyncio.timeout(20):
            await workshop.consumer(WriteDown(refuse)).run(asyncio.Event())
    async with workshop.database.system() as tx:
        assert await tx.fetchval("select coalesce(max(next_offset), 0) from consumer_offset") == 0
        assert await tx.fetchval("select count(*) from journal") == 0


async def _heard(workshop: Workshop, count: int) -> bool:
    return await workshop.count_heard() >= count


async def _parked(workshop: Workshop, count: int) -> bool:
    return len(await workshop.parked()) >= count
