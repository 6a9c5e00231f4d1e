"""The Kafka clients of the design on one broker: 1 KB records produced and consumed, as ratios to confluent.

Behind docs/adr/0001. Every client writes to and reads from topics of its own, of equal shape, in rounds,
the clients taking turns, all in this process: acks=all, 16-byte keys, linger 5 ms, batches of 256 KiB where
a client has them, kafka-python with crc32c. Producing ends with the last acknowledgement; consuming counts
from the first record, so that joining a group does not show. Faust consumes with an agent that does
nothing; it is far slower, so it gets fewer records.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import confluent_kafka
import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient

from tests.support.reporting import Figures, main, median, rounded
from tests.support.servers import Ground, ground

OPTIONS = {"records": 60_000, "faust-records": 10_000, "rounds": 3}
_PARTITIONS = 4
_VALUE, _BATCH_BYTES, _LINGER_MS, _POLL = os.urandom(1024), 262_144, 5, 500


@dataclass(frozen=True, slots=True)
class Run:
    """What a client is to do: `count` records in `topic`; topic and group are new for every round."""

    bootstrap: str
    topic: str
    group: str
    count: int


class Seen:
    """How many records came so far, and since when."""

    def __init__(self, wanted: int) -> None:
        self.count, self._wanted, self._first_at = 0, wanted, 0.0

    def more(self, records: int) -> bool:
        """Count them; True while others are to come."""
        if records and not self.count:
            self._first_at = time.perf_counter()
        self.count += records
        return self.count < self._wanted

    def seconds(self) -> float:
        """Since the first one came."""
        return time.perf_counter() - self._first_at


async def run(asked: argparse.Namespace) -> Figures:
    """Ratios are medians over the rounds, of rates within one round."""
    async with ground() as here:
        numbers = range(asked.rounds + 1)  # the first one warms the broker up
        topics = [_topic(here, name, number) for name in _CLIENTS for number in numbers]
        await asyncio.to_thread(_create, here.bootstrap, topics)
        try:
            rounds = [await _round(here, asked, number) for number in numbers][1:]
        finally:
            await asyncio.to_thread(_remove, here.bootstrap, topics)
    return {
        "ratio": median([one["aiokafka"]["consume"] / one["confluent"]["consume"] for one in rounds]),
        "ratio_of": "aiokafka's consuming to confluent-kafka's; the others are in `ratios`",
        "per_s": {
            name: {what: median([one[name][what] for one in rounds]) for what in ("produce", "consume")}
            for name in _CLIENTS
        },
        "ratios": {
            name: {
                what: median([one[name][what] / one["confluent"][what] for one in rounds])
                for what in ("produce", "consume")
            }
            for name in _CLIENTS
        },
        "records": {"faust": asked.faust_records, "others": asked.records},
        "held_equal": f"broker, process, 1 KB values, 16-byte keys, {_PARTITIONS} partitions, acks=all",
    }


async def _round(here: Ground, asked: argparse.Namespace, number: int) -> Figures:
    measured: Figures = {}
    for name, (produce, consume) in _CLIENTS.items():
        count = asked.faust_records if name == "faust" else asked.records
        topic = _topic(here, name, number)
        todo = Run(here.bootstrap, topic, topic, count if number else max(1, count // 4))
        measured[name] = {
            "produce": rounded(todo.count / await _timed(produce, todo)),
            "consume": rounded(todo.count / await _timed(consume, todo)),
        }
    return measured


def _topic(here: Ground, client: str, number: int) -> str:
    """A topic of its own for every client and round."""
    return f"bench.{here.suffix}.{client}.{number}"


async def _timed(work: Callable[[Run], Awaitable[float | None]], todo: Run) -> float:
    started = time.perf_counter()
    told = await work(todo)
    return told if told is not None else time.perf_counter() - started


def _key(number: int) -> bytes:
    return b"%016d" % number


# ------------------------------------------------------------------------------------------ confluent-kafka
async def _confluent_produce(todo: Run) -> None:
    await asyncio.to_thread(_confluent_produce_now, todo)


def _confluent_produce_now(todo: Run) -> None:
    failed: list[object] = []
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": todo.bootstrap,
            "acks": "all",
            "linger.ms": _LINGER_MS,
            "batch.size": _BATCH_BYTES,
            "enable.idempotence": True,
            "delivery.report.only.error": True,
            "on_delivery": lambda error, _: failed.append(error),
        }
    )
    for number in range(todo.count):
        producer.produce(todo.topic, _VALUE, _key(number))
    producer.flush()
    assert not failed, failed[0]


async def _confluent_consume(todo: Run) -> float:
    return await asyncio.to_thread(_confluent_consume_now, todo)


def _confluent_consume_now(todo: Run) -> float:
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": todo.bootstrap,
            "group.id": todo.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "queued.min.messages": 20_000,
        }
    )
    consumer.subscribe([todo.topic])
    seen, found = Seen(todo.count), 0
    with closing(consumer):
        while seen.more(found):
            first = consumer.poll(1.0)
            found = 0 if first is None else 1 + len(consumer.consume(_POLL - 1, 0))
        return seen.seconds()


# ------------------------------------------------------------------------------------------------- aiokafka
async def _aiokafka_produce(todo: Run) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=todo.bootstrap,
        acks="all",
        linger_ms=_LINGER_MS,
        max_batch_size=_BATCH_BYTES,
        enable_idempotence=True,
    )
    async with producer:
        sent = [await producer.send(todo.topic, _VALUE, _key(number)) for number in range(todo.count)]
        await asyncio.gather(*sent)


async def _aiokafka_consume(todo: Run) -> float:
    consumer = AIOKafkaConsumer(
        todo.topic,
        bootstrap_servers=todo.bootstrap,
        group_id=todo.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    seen, found = Seen(todo.count), 0
    async with consumer:
        while seen.more(found):
            batches = await consumer.getmany(timeout_ms=1000, max_records=_POLL)
            found = sum(map(len, batches.values()))
        return seen.seconds()


# --------------------------------------------------------------------------------------------- kafka-python
async def _kafka_python_produce(todo: Run) -> None:
    await asyncio.to_thread(_kafka_python_produce_now, todo)


def _kafka_python_produce_now(todo: Run) -> None:
    producer = KafkaProducer(
        bootstrap_servers=todo.bootstrap, acks="all", linger_ms=_LINGER_MS, batch_size=_BATCH_BYTES
    )
    with closing(producer):
        sent = [producer.send(todo.topic, _VALUE, _key(number)) for number in range(todo.count)]
        producer.flush()
        assert all(one.succeeded() for one in sent)


async def _kafka_python_consume(todo: Run) -> float:
    return await asyncio.to_thread(_kafka_python_consume_now, todo)


def _kafka_python_consume_now(todo: Run) -> float:
    consumer = KafkaConsumer(
        todo.topic,
        bootstrap_servers=todo.bootstrap,
        group_id=todo.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    seen, found = Seen(todo.count), 0
    with closing(consumer):
        while seen.more(found):
            batches = consumer.poll(timeout_ms=1000, max_records=_POLL)
            found = sum(map(len, batches.values()))
        return seen.seconds()


# ---------------------------------------------------------------------------------------------------- faust
def _faust(todo: Run, folder: str) -> Any:
    return faust.App(
        todo.group,
        broker=f"kafka://{todo.bootstrap}",
        datadir=folder,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_linger_ms=_LINGER_MS,
        producer_max_batch_size=_BATCH_BYTES,
    )


async def _faust_produce(todo: Run) -> float:
    """From the first send to the last acknowledgement, without the app's start."""
    with tempfile.TemporaryDirectory() as folder:
        app = _faust(todo, folder)
        topic = app.topic(todo.topic, key_serializer="raw", value_serializer="raw")
        app.finalize()
        async with app.producer:
            started = time.perf_counter()
            sent = [await topic.send(key=_key(number), value=_VALUE) for number in range(todo.count)]
            for one in sent:
                await one
            return time.perf_counter() - started


async def _faust_consume(todo: Run) -> float:
    with tempfile.TemporaryDirectory() as folder:
        app = _faust(todo, folder)
        topic = app.topic(todo.topic, key_serializer="raw", value_serializer="raw")
        seen, done = Seen(todo.count), asyncio.Event()

        @app.agent(topic)
        async def count(stream: Any) -> None:
            async for _ in stream:
                if not seen.more(1):
                    done.set()

        app.finalize()
        async with app:
            await done.wait()
            return seen.seconds()


_CLIENTS: dict[str, tuple[Callable[[Run], Awaitable[Any]], Callable[[Run], Awaitable[Any]]]] = {
    "confluent": (_confluent_produce, _confluent_consume),
    "aiokafka": (_aiokafka_produce, _aiokafka_consume),
    "kafka_python": (_kafka_python_produce, _kafka_python_consume),
    "faust": (_faust_produce, _faust_consume),
}


def _create(bootstrap: str, names: list[str]) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        wanted = {name: {"num_partitions": _PARTITIONS, "replication_factor": -1} for name in names}
        admin.create_topics(wanted, wait_for_metadata=True)


def _remove(bootstrap: str, names: list[str]) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.delete_topics(names)


if __name__ == "__main__":
    sys.exit(main("clients", __doc__, run, OPTIONS))
