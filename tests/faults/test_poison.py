"""Poison on every topic while complaints flow: exactly the poison is set aside, nothing waits behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import confluent_kafka
import pytest
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.metrics.v1 import events_pb2 as metrics
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message

from services.chassis import topics
from services.chassis.envelope import Headers, headers_of
from tests.support.checker import Checker
from tests.support.load import Load
from tests.support.platform import TENANT, Platform

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="session"),
]

# Of each topic that somebody reads, a type that all its readers know.
_KNOWN: Mapping[str, type[Message]] = {
    "amends.intake.events.v1": intake.ComplaintReceived,
    "amends.intake.receipts.v1": intake.DeliveryReceiptReceived,
    "amends.resolution.events.v1": resolution.CaseOpened,
    "amends.followup.events.v1": followup.ContactDelivered,
    "amends.metrics.facts.v1": metrics.CaseFact,
}
_KEYED_BY_CASE = [intake.ComplaintReceived, resolution.CaseOpened, followup.ContactDelivered]
_NO_PROTOBUF = b"\xff\xff\xff\xff poison"


@dataclass(frozen=True, slots=True)
class Poison:
    """One record nobody can read, or, with `parked` False, one that everybody must pass over."""

    what: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    parked: bool = True


def _poisons(topic: str) -> Iterator[Poison]:
    message = _KNOWN[topic]
    known = message.DESCRIPTOR.full_name
    yield Poison("no protobuf", _key(), _NO_PROTOBUF, _headers(known))
    yield Poison("no headers", _key(), b"", [])
    yield Poison("no type", _key(), b"", _headers(known, without="ce_type"))
    yield Poison("no tenant", _key(), b"", _headers(known, without="ce_tenantid"))
    yield Poison("no key", None, b"", _headers(known))
    yield Poison("a key that is no text", b"\xff\xfe" + _key(), b"", _headers(known))
    yield Poison("no value", _key(), None, _headers(known))
    yield Poison("a time without meaning", _key(), b"", _headers(known, ce_time=b"yesterday"))
    yield Poison("a null byte in the tenant", _key(), b"", _headers(known, ce_tenantid=b"ma\0in"))
    if message in _KEYED_BY_CASE:
        foreign = message(case_id=str(uuid4())).SerializeToString()
        yield Poison("the key of another case", _key(), foreign, _headers(known))
    yield Poison("an unknown type", _key(), b"", _headers("amends.nobody.v1.Knows"), parked=False)


async def test_poison_on_every_topic_is_set_aside_and_blocks_nobody(
    platform: Platform, checker: Checker
) -> None:
    assert _KNOWN.keys() == {topic.name for topic in topics.load() if topic.consumers}
    running = asyncio.create_task(Load(platform.clients, platform.ledger, "poison", 90, per_s=30).run())
    for topic in topics.load():
        if topic.consumers:
            await asyncio.to_thread(_inject, platform, topic)
    await running
    await checker.check()


def _inject(platform: Platform, topic: topics.Topic) -> None:
    """Write the poison and remember where it lies, for every group that must set it aside."""
    producer = confluent_kafka.Producer({"bootstrap.servers": platform.stack.servers.bootstrap})
    for poison in _poisons(topic.name):
        written: list[confluent_kafka.Message] = []
        producer.produce(
            topic.name,
            poison.value,
            poison.key,
            headers=poison.headers,
            on_delivery=lambda error, message, written=written: written.append(message),
        )
        producer.flush()
        partition, offset = written[0].partition(), written[0].offset()
        assert partition is not None
        assert offset is not None
        if poison.parked:
            platform.poison |= {(topic.name, group, partition, offset) for group in topic.consumers}


def _headers(type_name: str, without: str = "", **other: bytes) -> Headers:
    headers = headers_of(
        source="poison",
        event_id=str(uuid4()),
        type_name=type_name,
        tenant_id=TENANT,
        key="poison",
        occurred_at=datetime.now(UTC),
        correlation_id="poison",
    )
    return [(name, other.get(name, value)) for name, value in headers if name != without]


def _key() -> bytes:
    return str(uuid4()).encode()
