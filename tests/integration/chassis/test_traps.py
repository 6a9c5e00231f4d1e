"""The traps of Kafka behind PostgreSQL, each stepped into on purpose; every docstring says what falls in."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import asyncpg
import confluent_kafka
import pytest
from google.protobuf import wrappers_pb2

from services.chassis import journal, polling
from services.chassis.broker import Producer, producer_settings
from services.chassis.consumer import ConsumerTuning
from services.chassis.db import Connection
from services.chassis.envelope import Event, Record, headers_of
from services.chassis.errors import Retryable
from services.chassis.testing.waiting import wait_for
from tests.integration.chassis.conftest import Workshop, WriteDown, running

pytestmark = pytest.mark.integration


# ------------------------------------------------------------------------------------------------ the clients
async def test_one_record_is_handed_over_without_waiting_for_a_full_batch(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`consume(n, t)` waits all of `t` for the batch to fill. With `t` of an hour, only poll-then-take
    passes.
    """
    monkeypatch.setattr(polling, "_POLL_S", 3600)
    async with running(await workshop.relay(), workshop.consumer(WriteDown())):
        await workshop.say(("k", "alone"))
        await wait_for(workshop.count_heard)
        # The thread polls for an hour again; it notices the stop with the next record.
        asyncio.get_running_loop().call_later(0.05, _produce_raw, workshop, b"wake")
    assert await workshop.heard() == [("k", "alone")]


async def test_headers_reach_kafka(workshop: Workshop) -> None:
    """confluent-kafka's asyncio producer refuses headers: no event id, no tenant, no trace."""
    thing = workshop.thing("k", "v")
    async with workshop.database.transaction(["t1"]) as tx:
        await journal.append(tx, "test", [_traced(thing)])
        await journal.notify(tx)
    async with running(await workshop.relay()):
        (record,) = await _records(workshop, 1)
    headers = dict(record.headers)
    assert headers["ce_id"] == str(thing.event_id).encode()
    assert headers["ce_tenantid"] == b"t1"
    assert headers["traceparent"] == b"00-11111111111111111111111111111111-2222222222222222-00"


async def test_idempotence_is_asked_for_and_granted(kafka_bootstrap: str) -> None:
    """Defaults differ from client to client; without it a retried request doubles or reorders records."""
    settings = producer_settings(kafka_bootstrap, "test")
    assert settings["enable.idempotence"] is True
    assert settings["acks"] == "all"
    # librdkafka refuses the gapless guarantee unless idempotence is really on.
    assert settings["enable.gapless.guarantee"] is True
    with pytest.raises(confluent_kafka.KafkaException):
        confluent_kafka.Producer({**settings, "enable.idempotence": False})


async def test_a_record_kafka_refuses_fails_the_whole_publishing(workshop: Workshop) -> None:
    """A failure that is only counted would lose the record while the cursor moves on."""
    headers = headers_of(
        source="test", event_id="e", type_name="t", tenant_id="t1", key="k",
        occurred_at=workshop.thing("k", "v").occurred_at, correlation_id="c",
    )  # fmt: skip
    too_large = Record(workshop.topic, b"k", b"x" * 1_500_000, headers)
    async with Producer.open(workshop.bootstrap, "test") as producer:
        with pytest.raises(Retryable, match="not_published"):
            await producer.publish([too_large])
        await producer.publish([Record(workshop.topic, b"k", b"", headers)])


# -------------------------------------------------------------------------------------------------- the relay
async def test_rows_of_a_slow_transaction_are_published_after_it_commits_and_in_order(
    workshop: Workshop,
) -> None:
    """`position > cursor` passes over position 1, which is still being written, and never comes back."""
    relay = await workshop.relay()
    async with running(relay):
        async with workshop.database.transaction(["t1"]) as slow:
            await journal.append(slow, "test", [workshop.thing("k", "first")])
            await workshop.say(("k", "second"))
            await wait_for(lambda: relay.waits)
        assert [value async for value in _values(workshop, 2)] == ["first", "second"]


async def test_a_slow_transaction_that_began_later_is_not_passed_over_either(workshop: Workshop) -> None:
    """Ordering by transaction id, or bounding rows by pg_snapshot_xmin alone, loses the row of the younger
    one.
    """
    relay = await workshop.relay()
    async with running(relay), workshop.database.transaction(["t1"]) as older:
        await older.fetchval("select pg_current_xact_id()")
        async with workshop.database.transaction(["t1"]) as younger:
            await journal.append(younger, "test", [workshop.thing("k", "first")])
            await journal.append(older, "test", [workshop.thing("k", "second")])
            await _commit_now(older)
            await wait_for(lambda: relay.waits)
        assert [value async for value in _values(workshop, 2)] == ["first", "second"]


async def test_a_gap_that_was_rolled_back_holds_nobody_up(workshop: Workshop) -> None:
    """A relay that waits for every missing position waits for ever after the first rollback."""
    relay = await workshop.relay()
    async with running(relay):
        with suppress(ZeroDivisionError):
            async with workshop.database.transaction(["t1"]) as lost:
                await journal.append(lost, "test", [workshop.thing("k", "never")])
                await workshop.say(("k", "after"))
                await wait_for(lambda: relay.waits)
                raise ZeroDivisionError
        assert [value async for value in _values(workshop, 1)] == ["after"]


async def test_a_rollback_is_passed_over_while_a_younger_transaction_is_still_running(
    workshop: Workshop,
) -> None:
    """Only who ran when the gap was first seen can fill it; waiting for everybody would never end under
    load.
    """
    relay = await workshop.relay()
    async with running(relay):
        lost = workshop.database.transaction(["t1"])
        tx = await lost.__aenter__()
        await journal.append(tx, "test", [workshop.thing("k", "never")])
        await workshop.say(("k", "after"))
        await wait_for(lambda: relay.waits)
        async with workshop.database.transaction(["t1"]) as younger:
            await younger.fetchval("select pg_current_xact_id()")
            await lost.__aexit__(ZeroDivisionError, ZeroDivisionError(), None)
            assert [value async for value in _values(workshop, 1)] == ["after"]


async def test_the_order_of_a_key_is_that_of_its_writing_and_not_of_its_transactions(
    workshop: Workshop,
) -> None:
    """The transaction with the lower id wrote second; by id its event would overtake."""
    relay = await workshop.relay()
    async with workshop.database.transaction(["t1"]) as early:
        await early.fetchval("select pg_current_xact_id()")
        await workshop.say(("k", "first"))
        await journal.append(early, "test", [workshop.thing("k", "second")])
    async with running(relay):
        assert [value async for value in _values(workshop, 2)] == ["first", "second"]


async def test_many_writers_at_once_lose_nothing_and_keep_the_order_of_positions(workshop: Workshop) -> None:
    """Everything above at random: gaps that fill, gaps that stay, and a relay that reads in between."""
    said: list[str] = []

    async def write(writer: int) -> None:
        choose = random.Random(writer)
        for number in range(25):
            mine = [f"{writer}.{number}.{part}" for part in range(choose.randint(1, 3))]
            with suppress(ZeroDivisionError):
                async with workshop.database.transaction(["t1"]) as tx:
                    for value in mine:
                        await journal.append(tx, "test", [workshop.thing(f"k{choose.randint(0, 5)}", value)])
                        for _ in range(choose.randint(0, 5)):
                            await tx.fetchval("select 1")
                    if choose.random() < 0.2:
                        raise ZeroDivisionError
                said.extend(mine)

    async with running(await workshop.relay()):
        await asyncio.gather(*(write(writer) for writer in range(8)))
        records = await _records(workshop, len(said))
    assert sorted(map(_value, records)) == sorted(said)
    for partition in range(3):
        sequences = [
            dict(record.headers)["ce_sequence"] for record in records if record.partition == partition
        ]
        assert sequences == sorted(sequences, key=bytes)
    assert await _end(workshop) == len(said)


async def test_two_relays_publish_every_row_once_and_the_second_takes_over(workshop: Workshop) -> None:
    """Two active relays publish rows twice and break the order of keys."""
    first, second = await workshop.relay(), await workshop.relay()
    async with running(second):
        async with running(first):
            for number in range(20):
                await workshop.say((f"k{number}", str(number)))
            await _records(workshop, 20)
        await workshop.say(*((f"k{number}", str(number)) for number in range(20, 40)))
        records = await _records(workshop, 40)
    assert sorted(int(_value(record)) for record in records) == list(range(40))
    assert await _end(workshop) == 40, "one record per row"


async def test_what_a_relay_published_twice_is_heard_once(workshop: Workshop) -> None:
    """Killed between Kafka's acknowledgement and the cursor, a relay says everything again."""
    async with running(await workshop.relay(), workshop.consumer(WriteDown())):
        await workshop.say(*((f"k{number % 5}", str(number)) for number in range(50)))
        await wait_for(lambda: _heard(workshop, 50))
    async with workshop.database.system() as tx:
        await tx.execute("update relay_cursor set position = 10")
    async with running(await workshop.relay(), workshop.consumer(WriteDown())):
        await workshop.say(("k0", "last"))
        await wait_for(lambda: _heard(workshop, 51))
    assert await _end(workshop) == 91
    assert len(await workshop.heard()) == 51


async def test_the_relay_is_woken_once_per_batch(workshop: Workshop) -> None:
    """A NOTIFY per event, or in every append, serialises commits: half the concurrent rate."""
    rings: list[str] = []
    listener = await asyncpg.connect(workshop.dsns.system)
    await listener.add_listener(journal.CHANNEL, lambda *_: rings.append("ring"))
    async with workshop.database.transaction(["t1"]) as tx:
        await journal.append(tx, "test", [workshop.thing("k", str(number)) for number in range(300)])
    await listener.fetchval("select 1")
    assert rings == []

    class Answer(WriteDown):
        async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
            await super().handle(tx, events)
            for event in events:
                answer = journal.consequence(
                    event, topic="amends.test.answers.v1", message=event.message,
                    event_id=workshop.ids.new(), occurred_at=event.time,
                )  # fmt: skip
                await journal.append(tx, "test", [answer])

    handler = Answer()
    async with running(await workshop.relay()):
        await _records(workshop, 300)
    async with running(workshop.consumer(handler)):
        await wait_for(lambda: _heard(workshop, 300))
    await listener.fetchval("select 1")
    await listener.close()
    assert len(rings) == len(handler.calls) < 300


# ----------------------------------------------------------------------------------------------- the consumer
async def test_offsets_with_gaps_are_no_reason_to_stop(workshop: Workshop) -> None:
    """Transaction markers take offsets: compared with the first record's offset, every batch would be
    fenced.
    """
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": workshop.bootstrap, "transactional.id": workshop.prefix}
    )
    await asyncio.to_thread(producer.init_transactions, 20)
    for number in range(5):
        producer.begin_transaction()
        thing = workshop.thing("k", str(number))
        headers = headers_of(
            source="test", event_id=str(thing.event_id), type_name="google.protobuf.StringValue",
            tenant_id="t1", key="k", occurred_at=thing.occurred_at, correlation_id="k",
        )  # fmt: skip
        producer.produce(workshop.topic, thing.message.SerializeToString(), b"k", 0, headers=list(headers))
        await asyncio.to_thread(producer.commit_transaction, 20)
    for _ in range(2):
        handler = WriteDown()
        async with running(workshop.consumer(handler, batch=2)) as (task,):
            await wait_for(lambda: _heard(workshop, 5))
            assert not task.done()
    assert [value for _, value in await workshop.heard()] == ["0", "1", "2", "3", "4"]
    async with workshop.database.system() as tx:
        assert await tx.fetchval("select max(next_offset) from consumer_offset") == 9


async def test_who_was_superseded_fails_before_any_effect_and_reads_on_where_the_database_says(
    workshop: Workshop,
) -> None:
    """A member that slept through a rebalance still holds a batch; without compare-and-set it does it
    again.
    """
    handler = WriteDown()
    async with running(await workshop.relay(), workshop.consumer(handler)):
        await workshop.say(("k", "1"))
        await wait_for(lambda: _heard(workshop, 1))
        async with workshop.database.system() as tx:  # somebody else handled the next two
            await tx.execute("update consumer_offset set next_offset = next_offset + 2 where next_offset > 0")
        await workshop.say(("k", "2"), ("k", "3"), ("k", "4"))
        await wait_for(lambda: _heard(workshop, 2))
    assert [value for _, value in await workshop.heard()] == ["1", "4"]
    assert handler.calls == [["1"], ["4"]], "the fenced transaction never reached the handler"


async def test_partitions_are_handed_on_only_after_the_running_transaction(workshop: Workshop) -> None:
    """Without the lock the next member reads the old positions and does the same records at the same time."""
    go, begun = asyncio.Event(), asyncio.Event()

    async def hold(_: Sequence[Event]) -> None:
        begun.set()
        await go.wait()

    first_handler, second_handler = WriteDown(hold), WriteDown()
    first, second = workshop.consumer(first_handler), workshop.consumer(second_handler)
    async with running(await workshop.relay(), first):
        await wait_for(lambda: len(first.assigned) == 3)
        await workshop.say(*((f"k{number}", str(number)) for number in range(30)))
        await begun.wait()
        async with running(second):
            await wait_for(lambda: bool(first._gate._waiters))
            assert second.assigned.isdisjoint(first.assigned)
            assert second_handler.calls == []
            go.set()
            await wait_for(lambda: second.assigned)
            await wait_for(lambda: _heard(workshop, 30))
            await workshop.say(*((f"k{number}", str(number)) for number in range(30, 60)))
            await wait_for(lambda: _heard(workshop, 60))
    assert sorted(int(value) for _, value in await workshop.heard()) == list(range(60))


async def test_a_long_wait_for_a_dependency_keeps_the_member_in_its_group(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits without polling is put out of the group, and the batch starts again with somebody else."""
    monkeypatch.setattr(polling, "_PATIENCE_S", 0.01)
    monkeypatch.setitem(polling._SETTINGS, "max.poll.interval.ms", 6000)  # type: ignore[index]
    monkeypatch.setitem(polling._SETTINGS, "session.timeout.ms", 6000)  # type: ignore[index]
    away = True

    async def refuse(_: Sequence[Event]) -> None:
        if away:
            raise Retryable("somebody_away")

    handler = WriteDown(refuse)
    consumer = workshop.consumer(handler, tuning=ConsumerTuning(backoff_first_s=8.0))
    async with running(await workshop.relay(), consumer):
        await workshop.say(("k", "1"))
        await wait_for(lambda: handler.calls)
        # A second batch stands behind the waiting one: the thread has no room for a third.
        await workshop.say(("k", "2"))
        await wait_for(lambda: consumer._poller is not None and consumer._poller.batches.qsize() == 1)
        generation = consumer._ledger._generation
        away = False
        await wait_for(lambda: _heard(workshop, 2))
        await workshop.say(("k", "3"))
        await wait_for(lambda: _heard(workshop, 3))
        assert consumer._ledger._generation == generation, "no partition was assigned anew"


# -----------------------------------------------------------------------------------------------------
# helpers
def _traced(thing: journal.NewEvent) -> journal.NewEvent:
    return journal.NewEvent(
        thing.topic, thing.key, thing.tenant_id, thing.message, thing.event_id, thing.occurred_at, "c",
        traceparent="00-11111111111111111111111111111111-2222222222222222-00",
    )  # fmt: skip


async def _commit_now(tx: Connection) -> None:
    """End the transaction of a `transaction()` block early; the block's own commit then finds none and
    warns.
    """
    await tx.execute("commit; begin")


def _produce_raw(workshop: Workshop, key: bytes) -> None:
    producer = confluent_kafka.Producer({"bootstrap.servers": workshop.bootstrap})
    producer.produce(workshop.topic, b"", key, headers=[("ce_type", b"nobody.knows.This")])
    producer.flush(20)


async def _records(workshop: Workshop, count: int) -> list[Record]:
    """The first `count` records of the topic, when they are there."""
    return await asyncio.to_thread(_read, workshop, count)


def _read(workshop: Workshop, count: int) -> list[Record]:
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": workshop.bootstrap,
            "group.id": f"{workshop.prefix}look",
            "enable.auto.commit": False,
        }
    )
    try:
        consumer.assign([confluent_kafka.TopicPartition(workshop.topic, number, 0) for number in range(3)])
        found: list[Record] = []
        while len(found) < count:
            message = consumer.poll(20)
            assert message is not None, f"only {len(found)} of {count} records came"
            assert message.error() is None
            found.append(polling._record(message))
        return found
    finally:
        consumer.close()


async def _values(workshop: Workshop, count: int) -> AsyncIterator[str]:
    for record in await _records(workshop, count):
        yield _value(record)


def _value(record: Record) -> str:
    message = wrappers_pb2.StringValue()
    message.ParseFromString(record.value or b"")
    return message.value


async def _end(workshop: Workshop) -> int:
    """How many records the topic holds."""

    def ends() -> int:
        consumer = confluent_kafka.Consumer({"bootstrap.servers": workshop.bootstrap, "group.id": "look"})
        try:
            places = [confluent_kafka.TopicPartition(workshop.topic, number) for number in range(3)]
            return sum(consumer.get_watermark_offsets(place, 20)[1] for place in places)
        finally:
            consumer.close()

    return await asyncio.to_thread(ends)


async def _heard(workshop: Workshop, count: int) -> bool:
    return await workshop.count_heard() >= count
