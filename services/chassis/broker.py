"""Producing to Kafka: confluent-kafka in one dedicated thread, awaited from the loop.

The plain producer, because the asyncio one of confluent-kafka refuses headers and stalls a second without
flush (docs/adr on Kafka clients). Idempotence is set explicitly, since the clients' defaults differ.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import cast

import confluent_kafka

from services.chassis.envelope import Record
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.meters import MESSAGING_OPERATION_DURATION, MESSAGING_SENT

log = get_logger(__name__)

_FLUSH_S = 0.5  # how long one look at the queue lasts; closing is noticed that fast
_SETTINGS: Mapping[str, str | int | bool] = {
    "acks": "all",
    "enable.idempotence": True,
    # A record given up on while a later one of its partition was written would break the order consumers rely
    # on: nothing times out, and any gap kills this producer instance, after which all is published again.
    "enable.gapless.guarantee": True,
    "message.timeout.ms": 0,
    "linger.ms": 5,
    "batch.size": 262_144,
    # The other clients here bring no codec but gzip, and that costs more than it saves.
    "compression.type": "none",
    "message.max.bytes": 2 * 1024 * 1024,  # dead letters are larger than events
    "queue.buffering.max.messages": 100_000,
    "queue.buffering.max.kbytes": 65_536,
    # As the Java client and the others partition, so that a key has one partition whoever writes.
    "partitioner": "murmur2_random",
    "delivery.report.only.error": True,
    "reconnect.backoff.max.ms": 1000,
    "topic.metadata.refresh.interval.ms": 10_000,
    "socket.keepalive.enable": True,
}


# A fatal error is raised in the middle of serving callbacks; the callback after it makes a SystemError of it.
_FATAL = (confluent_kafka.KafkaException, SystemError)


class PublishFailed(Retryable):
    """Kafka refused a record, or the order could not be kept: publish the whole batch again."""


def producer_settings(
    bootstrap: str, client_id: str, further: Mapping[str, str] | None = None
) -> dict[str, object]:
    """What librdkafka is told; `further` adds security settings."""
    return {**_SETTINGS, "bootstrap.servers": bootstrap, "client.id": client_id, **(further or {})}


class Producer:
    """Publishes batches, idempotently, acknowledged by all replicas. Use `async with Producer.open(...)`."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._settings = dict(settings)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka-producer")
        self._inner: confluent_kafka.Producer | None = None
        self._failures: list[str] = []
        self._closing = threading.Event()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, bootstrap: str, client_id: str, settings: Mapping[str, str] | None = None
    ) -> AsyncIterator[Producer]:
        """A producer for as long as the block lasts; `settings` are further librdkafka ones (security)."""
        producer = cls(producer_settings(bootstrap, client_id, settings))
        try:
            yield producer
        finally:
            producer._closing.set()
            await asyncio.get_running_loop().run_in_executor(producer._thread, producer._drop)
            producer._thread.shutdown(wait=False)

    async def publish(self, records: Sequence[Record]) -> None:
        """Return when every record is acknowledged, in order per key. While Kafka is away this waits.

        Raises PublishFailed when a record was refused or the producer closes: then any part of the batch
        may have been written, and publishing the whole again is right.
        """
        if records:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._publish, records)

    def _publish(self, records: Sequence[Record]) -> None:
        started = time.monotonic()
        inner = self._inner = self._inner or self._new()
        try:
            self._enqueue(inner, records)
            self._drain(inner)
        except _FATAL as error:
            self._failures.append(str(error))
        if self._failures:
            raise self._failed()
        elapsed = time.monotonic() - started
        for topic, count in Counter(record.topic for record in records).items():
            MESSAGING_SENT.add(count, messaging_destination_name=topic)
            MESSAGING_OPERATION_DURATION.record(
                elapsed, messaging_operation_name="send", messaging_destination_name=topic
            )

    def _enqueue(self, inner: confluent_kafka.Producer, records: Sequence[Record]) -> None:
        for record in records:
            while True:
                try:
                    inner.produce(
                        record.topic,
                        record.value,
                        record.key,
                        record.partition,
                        headers=cast("list[tuple[str, str | bytes | None]]", record.headers),
                    )
                    break
                except BufferError:  # the local queue is full: let some of it be acknowledged first
                    inner.poll(_FLUSH_S)
                    self._stop_if_closing()

    def _drain(self, inner: confluent_kafka.Producer) -> None:
        while inner.flush(_FLUSH_S) > 0:
            self._stop_if_closing()
            if self._failures:
                return

    def _stop_if_closing(self) -> None:
        if self._closing.is_set():
            raise PublishFailed("closing", "the producer closes before everything was acknowledged")

    def _failed(self) -> PublishFailed:
        """Give the instance up: what it still holds must not be written after what comes next."""
        reasons, self._failures = self._failures, []
        self._drop()
        return PublishFailed("not_published", f"{len(reasons)} failed; first: {reasons[0]}")

    def _new(self) -> confluent_kafka.Producer:
        return confluent_kafka.Producer(
            {**self._settings, "on_delivery": self._delivered, "error_cb": self._trouble},
            logger=_librdkafka_log(),
        )

    def _drop(self) -> None:
        if self._inner is not None:
            with suppress(*_FATAL):
                self._inner.purge(in_queue=True, in_flight=True, blocking=False)
                self._inner.poll(0)
            self._inner = None
            self._failures.clear()

    def _delivered(self, error: confluent_kafka.KafkaError | None, _: confluent_kafka.Message) -> None:
        if error is not None:
            self._failures.append(str(error))

    def _trouble(self, error: confluent_kafka.KafkaError) -> None:
        # Connections come back by themselves; a fatal error also fails every record, which _delivered hears.
        log.warning("Kafka producer has trouble", error=error.name(), fatal=error.fatal())


def _librdkafka_log() -> logging.Logger:
    """librdkafka's own lines, without the one about a setting that is meant."""
    librdkafka = logging.getLogger("librdkafka")
    librdkafka.addFilter(_not_about_gapless)  # the same function twice is added once
    return librdkafka


def _not_about_gapless(record: logging.LogRecord) -> bool:
    return "enable.gapless.guarantee" not in record.getMessage()
