"""The embedded Kafka is a real one: it keeps its data and its address."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from services.standalone import jars
from services.standalone.errors import StartFailed
from services.standalone.java import find_java
from services.standalone.kafka import EmbeddedKafka
from services.standalone.layout import Layout

pytestmark = pytest.mark.integration


async def make_topic(bootstrap: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    created = admin.create_topics([NewTopic(topic, 1, 1)])[topic]
    await asyncio.to_thread(created.result, 30)


def produce(bootstrap: str, topic: str, *values: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(30) == 0


def read_all(bootstrap: str, topic: str, count: int) -> list[str]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: list[str] = []
    while len(values) < count:
        message = consumer.poll(30)
        assert message is not None, f"only {values}"
        assert message.error() is None
        values.append((message.value() or b"").decode())
    consumer.close()
    return values


async def test_a_stopped_broker_is_gone_and_the_next_has_its_address_and_records(layout: Layout) -> None:
    async with EmbeddedKafka(layout) as kafka:
        first, pid = kafka.bootstrap, kafka.keeper.pid
        await make_topic(first, "complaints")
        await asyncio.to_thread(produce, first, "complaints", "late", "later")
    assert not Path(f"/proc/{pid}").exists()
    async with EmbeddedKafka(layout) as kafka:
        assert kafka.bootstrap == first
        assert await asyncio.to_thread(read_all, first, "complaints", 2) == ["late", "later"]


async def test_a_taken_port_is_no_obstacle_and_a_topic_that_nobody_made_is_an_error(layout: Layout) -> None:
    layout.prepare()
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        (layout.kafka / "ports").write_text(f"{taken} {taken + 1}")
        async with EmbeddedKafka(layout) as kafka:
            assert kafka.bootstrap != f"127.0.0.1:{taken}"
            failed: list[KafkaError | None] = []
            quick = {"topic.metadata.propagation.max.ms": 100}
            producer = Producer({"bootstrap.servers": kafka.bootstrap, **quick})
            producer.produce("nowhere", b"x", on_delivery=lambda error, message: failed.append(error))
            await asyncio.to_thread(producer.flush, 30)
            assert [error.code() for error in failed if error] == [KafkaError.UNKNOWN_TOPIC_OR_PART]


async def test_a_broker_that_cannot_start_fails_at_once_with_the_end_of_its_log(layout: Layout) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        with pytest.raises(StartFailed, match=r"kafka did not start: it ended with status") as caught:
            async with EmbeddedKafka(layout, squatter.getsockname()[1]):
                pytest.fail("two servers on one port")
    assert "BindException" in caught.value.tail or "Address already in use" in caught.value.tail


async def test_a_later_start_maps_the_classes_and_copies_the_folder_that_the_first_one_kept(
    layout: Layout, tmp_path: Path
) -> None:
    told: list[str] = []
    folder = (await jars.obtain(layout, os.environ, await find_java(os.environ), told.append)).folder
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "libs").symlink_to(folder)
    env = {**os.environ, jars.HOME_VARIABLE: str(tmp_path / "kafka")}
    apart = Layout(layout.home, jar_cache=tmp_path / "a cache")
    meta = apart.kafka / "data" / "meta.properties"
    async with EmbeddedKafka(apart, env=env):
        first = meta.read_text()
    apart.fresh()
    told.clear()
    async with EmbeddedKafka(apart, env=env, progress=told.append) as kafka:
        assert "top.jsa" in Path(f"/proc/{kafka.keeper.pid}/maps").read_text()
        await make_topic(kafka.bootstrap, "complaints")
        await asyncio.to_thread(produce, kafka.bootstrap, "complaints", "late")
        assert await asyncio.to_thread(read_all, kafka.bootstrap, "complaints", 1) == ["late"]
    assert [line.split()[0] for line in told] == ["starting"]  # neither formatted nor written anew
    assert not set(meta.read_text().split()) & {
        line for line in first.split() if ".id=" in line and "node" not in line
    }
