"""The dedicated thread that reads Kafka: confluent-kafka stays in here, the loop gets batches.

It polls for one record and then takes what is there without waiting: `consume(n, t)` would wait the whole
`t` for a full batch. While the loop is busy for long, or waits for a dependency, partitions are paused and
polling goes on, so that the member stays in its group. Nothing is committed to Kafka but a hint for lag
displays.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Collection, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar, cast

import confluent_kafka
from confluent_kafka import TopicPartition

from services.chassis.envelope import Event, Headers, Record
from services.chassis.log import get_logger
from services.chassis.parking import Replay

log = get_logger(__name__)

T = TypeVar("T")
Place = tuple[str, int]  # topic and partition as Kafka names them

_POLL_S = 0.2
_PATIENCE_S = 2.0  # how long the loop may be busy before partitions are paused
_REPORT_S = 3.0
_BATCHES_AHEAD = 2  # one being handled, one decoded
_SETTINGS: Mapping[str, str | int | bool] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    # A killed member's partitions are free after this.
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 2_000,
    "max.poll.interval.ms": 300_000,
    "allow.auto.create.topics": False,
    "topic.metadata.refresh.interval.ms": 10_000,
    "queued.min.messages": 20_000,
    "queued.max.messages.kbytes": 16_384,
    # How soon a full queue is looked at again; with the default of a second the reader runs dry meanwhile.
    "fetch.queue.backoff.ms": 20,
    "reconnect.backoff.max.ms": 1000,
    "socket.keepalive.enable": True,
}


@dataclass(slots=True)
class Item:
    """One record on its way: decoded, refused by the decoder, or of a type this consumer does not know."""

    record: Record
    event: Event | None = None
    refusal: Exception | None = None
    known: bool = True
    sequence: str | None = None
    replay: Replay | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Items in partition order, and the generation of each partition when they were read."""

    items: Sequence[Item]
    generations: Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class Start:
    """Where to read a partition on; a higher generation makes what was read before it worthless."""

    offset: int
    generation: int


class PollHooks(Protocol):
    """What the loop does for the thread; the thread waits for the coroutines."""

    async def assigned_to_us(self, places: Collection[Place]) -> Mapping[Place, Start]:
        """Places became this member's: where to read on. May block as long as the database is away."""
        ...

    async def revoked(self, places: Collection[Place]) -> None:
        """Places go to somebody else: returns only when no transaction touches them any more."""
        ...

    def positions(self) -> Mapping[Place, int]:
        """Next offsets, already in PostgreSQL; called from the thread, must not block."""
        ...


class Decoder(Protocol):
    """Makes an item of a record."""

    def __call__(self, record: Record) -> Item:
        """Runs in the reading thread and never raises: what cannot be decoded is an item with its refusal."""
        ...


class Poller:
    """Thread and inbox. `start`, take from `batches`, call `done` after each, `stop` and `join`."""

    def __init__(
        self,
        bootstrap: str,
        group: str,
        topics: Sequence[str],
        size: int,
        decode: Decoder,
        hooks: PollHooks,
    ) -> None:
        self.batches: asyncio.Queue[Batch | None] = asyncio.Queue()
        self.failure: BaseException | None = None
        self.ends: dict[Place, int] = {}  # high watermarks, as last heard
        self._settings = {**_SETTINGS, "bootstrap.servers": bootstrap, "group.id": group, "client.id": group}
        self._topics, self._size, self._decode, self._hooks = list(topics), size, decode, hooks
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(_BATCHES_AHEAD)
        self._seeks: SimpleQueue[Mapping[Place, Start]] = SimpleQueue()
        self._generations: Mapping[Place, int] = {}  # replaced, never changed: batches keep theirs
        self._carried: list[confluent_kafka.Message] = []
        self._stopping = threading.Event()
        self._reported_at = time.monotonic()
        self._thread = threading.Thread(target=self._main, name=f"kafka-{group}", daemon=True)

    def start(self) -> None:
        """Join the group."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more; the thread leaves the group, which calls `revoked`."""
        self._stopping.set()

    async def join(self) -> None:
        """Wait until the thread has left the group."""
        await asyncio.to_thread(self._thread.join)

    def done(self) -> None:
        """A batch was dealt with: another may be read."""
        self._room.release()

    def seek(self, starts: Mapping[Place, Start]) -> None:
        """Read on elsewhere; batches of an older generation are to be dropped by the caller."""
        self._seeks.put(starts)

    def _main(self) -> None:
        try:
            consumer = confluent_kafka.Consumer(
                {**self._settings, "error_cb": _trouble}, logger=logging.getLogger("librdkafka")
            )
            try:
                consumer.subscribe(
                    self._topics,
                    on_assign=self._on_assign,
                    on_revoke=self._on_revoke,
                    on_lost=self._on_revoke,
                )
                self._read(consumer)
            finally:
                consumer.close()
        except CancelledError:
            pass  # the loop is gone, and so is everybody who could want a batch
        except BaseException as error:  # noqa: BLE001 - handed to the loop, which raises it
            self.failure = error
        finally:
            self._loop.call_soon_threadsafe(self.batches.put_nowait, None)

    def _read(self, consumer: confluent_kafka.Consumer) -> None:
        while self._wait_for_room(consumer):
            items: list[Item] = []
            while not items and not self._stopping.is_set():
                self._apply_seeks(consumer)
                self._report(consumer)
                items = [self._decode(_record(message)) for message in self._messages(consumer)]
            if items:
                batch = Batch(items, self._generations)
                self._loop.call_soon_threadsafe(self.batches.put_nowait, batch)

    def _messages(self, consumer: confluent_kafka.Consumer) -> list[confluent_kafka.Message]:
        if self._carried:
            carried, self._carried = self._carried, []
            return carried
        first = consumer.poll(_POLL_S)
        if first is None:
            return []
        before = self._generations
        rest = consumer.consume(self._size - 1, 0) if self._size > 1 else []
        messages = [message for message in (first, *rest) if _good(message)]
        if self._generations is not before:
            # A rebalance came between the two calls: librdkafka drops outdated records of the second call
            # only.
            messages = [message for message in messages if message is not first]
        return messages

    def _wait_for_room(self, consumer: confluent_kafka.Consumer) -> bool:
        """Wait until the loop takes another batch, staying a member; False when stopping."""
        if self._room.acquire(timeout=_PATIENCE_S):
            return not self._stopping.is_set()
        found = False
        while not found and not self._stopping.is_set():
            consumer.pause(consumer.assignment())  # each time: a rebalance may have added some
            message = consumer.poll(0)
            if message is not None and _good(message):
                self._carried.append(message)
            self._report(consumer)
            found = self._room.acquire(timeout=_POLL_S)
        consumer.resume(consumer.assignment())
        return found and not self._stopping.is_set()

    def _apply_seeks(self, consumer: confluent_kafka.Consumer) -> None:
        while True:
            try:
                starts = self._seeks.get_nowait()
            except Empty:
                return
            ours = {(held.topic, held.partition) for held in consumer.assignment()}
            starts = {place: start for place, start in starts.items() if place in ours}
            for (topic, partition), start in starts.items():
                consumer.seek(TopicPartition(topic, partition, start.offset))
            self._carried = [message for message in self._carried if _place(message) not in starts]
            self._renew(starts)

    def _on_assign(self, consumer: confluent_kafka.Consumer, partitions: list[TopicPartition]) -> None:
        places = [(held.topic, held.partition) for held in partitions]
        starts = self._ask(self._hooks.assigned_to_us(places)) if places else {}
        self._renew(starts)
        consumer.incremental_assign(
            [TopicPartition(topic, partition, start.offset) for (topic, partition), start in starts.items()]
        )

    def _on_revoke(self, consumer: confluent_kafka.Consumer, partitions: list[TopicPartition]) -> None:
        places = {(held.topic, held.partition) for held in partitions}
        self._ask(self._hooks.revoked(places))
        self._generations = {place: kept for place, kept in self._generations.items() if place not in places}
        self._carried = [message for message in self._carried if _place(message) not in places]
        consumer.incremental_unassign(partitions)

    def _ask(self, answer: Coroutine[Any, Any, T]) -> T:
        """Let the loop do something and wait for it."""
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result()

    def _renew(self, starts: Mapping[Place, Start]) -> None:
        fresh = {place: start.generation for place, start in starts.items()}
        self._generations = {**self._generations, **fresh}

    def _report(self, consumer: confluent_kafka.Consumer) -> None:
        """Every few seconds: hear how long the partitions are, and tell Kafka the positions, for lag
        displays.
        """
        if time.monotonic() - self._reported_at < _REPORT_S:
            return
        self._reported_at = time.monotonic()
        positions = self._hooks.positions()
        for topic, partition in positions:
            ends = consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
            if ends[1] >= 0:
                self.ends[topic, partition] = ends[1]
        hints = [TopicPartition(*place, offset) for place, offset in positions.items() if offset > 0]
        if hints:
            consumer.commit(offsets=hints, asynchronous=True)


def _record(message: confluent_kafka.Message) -> Record:
    return Record(
        message.topic() or "",
        message.key(),
        message.value(),
        cast("Headers", message.headers() or []),
        message.partition() or 0,
        message.offset() or 0,
    )


def _place(message: confluent_kafka.Message) -> Place:
    return message.topic() or "", message.partition() or 0


def _good(message: confluent_kafka.Message) -> bool:
    """Whether this is a record; errors are logged, and a fatal one ends this consumer instance."""
    error = message.error()
    if error is None:
        return True
    if error.fatal():
        raise confluent_kafka.KafkaException(error)
    log.warning("Kafka consumer met an error", error=error.name(), topic=message.topic())
    return False


def _trouble(error: confluent_kafka.KafkaError) -> None:
    log.warning("Kafka consumer has trouble", error=error.name(), fatal=error.fatal())
