"""Dead letters: kept whole, readable by what reads Kafka Connect's, and sent back in order, once, to one
group.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import confluent_kafka
import pytest

from services.chassis import dlq
from services.chassis.envelope import Event
from services.chassis.errors import Rejected
from services.chassis.testing.waiting import wait_for
from tests.integration.chassis.conftest import GROUP, TOPIC, Workshop, WriteDown, running, value_of

pytestmark = pytest.mark.integration


async def refuse_poison(events: Sequence[Event]) -> None:
    for event in events:
        if value_of(event) == "poison":
            raise Rejected("no_good", "said the test", event)


async def parked(workshop: Workshop, count: int) -> list[dlq.ParkedRecord]:
    """The dead letters, when there are as many."""

    async def listed() -> list[dlq.ParkedRecord]:
        found = await asyncio.to_thread(
            dlq.list_parked, workshop.bootstrap, TOPIC, GROUP, prefix=workshop.prefix
        )
        return found if len(found) >= count else []

    return await wait_for(listed)


async def send_back(workshop: Workshop, keys: list[bytes] | None = None) -> int:
    return await asyncio.to_thread(
        dlq.replay, workshop.bootstrap, TOPIC, GROUP, prefix=workshop.prefix, keys=keys
    )


def produce(workshop: Workshop, *records: tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]) -> None:
    producer = confluent_kafka.Producer({"bootstrap.servers": workshop.bootstrap})
    for key, value, headers in records:
        producer.produce(workshop.topic, value, key, headers=list(headers))
    assert producer.flush(20) == 0


async def test_a_dead_letter_keeps_the_record_and_says_why(workshop: Workshop) -> None:
    async with running(await workshop.relay(), workshop.consumer(WriteDown(refuse_poison))):
        await workshop.say(("bad", "poison"), ("bad", "later"))
        first, second = await parked(workshop, 2)
    assert (first.topic, first.key, first.type) == (workshop.topic, b"bad", "google.protobuf.StringValue")
    assert (first.rule, first.detail, first.attempts) == ("no_good", "said the test", 1)
    assert first.value == workshop.thing("bad", "poison").message.SerializeToString()
    assert (second.rule, second.partition, second.offset) == (
        "earlier_one_parked",
        first.partition,
        first.offset + 1,
    )


async def test_what_nobody_can_decode_is_parked_byte_for_byte_and_the_rest_is_heard(
    workshop: Workshop,
) -> None:
    good_headers = [("ce_type", b"google.protobuf.StringValue")]
    produce(
        workshop,
        (b"k\xff", b"\xff\xff not protobuf \x00", good_headers),
        (None, None, [("odd", b"\x00\xff")]),
        (b"k", b"", []),
    )
    async with running(await workshop.relay(), workshop.consumer(WriteDown())):
        await workshop.say(("fine", "1"))
        found = await parked(workshop, 3)
        await wait_for(workshop.count_heard)
    assert {record.rule for record in found} == {"malformed_event"}
    assert {(record.key, record.value) for record in found} == {
        (b"k\xff", b"\xff\xff not protobuf \x00"), (None, None), (b"k", b""),
    }  # fmt: skip


async def test_sent_back_letters_are_handled_in_order_and_their_key_is_free_again(workshop: Workshop) -> None:
    relay = await workshop.relay()
    async with running(relay, workshop.consumer(WriteDown(refuse_poison))):
        await workshop.say(("bad", "poison"), ("bad", "2"), ("good", "1"))
        await parked(workshop, 2)
    async with running(relay, workshop.consumer(WriteDown())):
        await workshop.say(("bad", "3"))
        await parked(workshop, 3)
        assert await send_back(workshop) == 3
        await wait_for(lambda: _heard(workshop, 4))
        await workshop.say(("bad", "4"))
        await wait_for(lambda: _heard(workshop, 5))
    assert [value for key, value in await workshop.heard() if key == "bad"] == ["poison", "2", "3", "4"]
    assert await workshop.parked() == []
    assert (
        await asyncio.to_thread(dlq.list_parked, workshop.bootstrap, TOPIC, GROUP, prefix=workshop.prefix)
        == []
    )


async def test_sending_back_twice_handles_once(workshop: Workshop) -> None:
    relay = await workshop.relay()
    async with running(relay, workshop.consumer(WriteDown(refuse_poison))):
        await workshop.say(("bad", "poison"))
        await parked(workshop, 1)
    async with running(relay, workshop.consumer(WriteDown())):
        for _ in range(2):
            assert await send_back(workshop, keys=[b"bad"]) == 1
        await wait_for(lambda: _heard(workshop, 1))
        await workshop.say(("bad", "after"))
        await wait_for(lambda: _heard(workshop, 2))
    assert await workshop.heard() == [("bad", "poison"), ("bad", "after")]


async def test_a_letter_that_fails_again_is_parked_again_before_its_followers(workshop: Workshop) -> None:
    relay = await workshop.relay()
    async with running(relay, workshop.consumer(WriteDown(refuse_poison))):
        await workshop.say(("bad", "poison"), ("bad", "2"))
        await parked(workshop, 2)
        await send_back(workshop)
        again = await parked(workshop, 2)
        assert [record.attempts for record in again] == [2, 2]
        assert len(await workshop.parked()) == 2
    async with running(relay, workshop.consumer(WriteDown())):
        await send_back(workshop)
        await wait_for(lambda: _heard(workshop, 2))
    assert await workshop.heard() == [("bad", "poison"), ("bad", "2")]


async def _heard(workshop: Workshop, count: int) -> bool:
    return await workshop.count_heard() >= count
