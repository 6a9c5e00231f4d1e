"""The Faust application, with a producer and a consumer that can be trusted.

Faust commits an offset after `producer.flush()`, but its flush gives up on its own buffer after 0.1 s and
never looks whether a message failed, so a changelog record could be lost behind a committed offset. Here a
flush waits for every message, and nothing is committed once one of them failed.

After a rebalance Faust lets the sources flow, then goes back to what was committed, then empties its queues:
what it read between those steps was lost, or came after what followed it. Here a source flows only when all
of that is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, cast

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, FutureMessage, RecordMetadata
from mode.threads import WorkerThread
from yarl import URL

from services.metrics.adapters.cluster import Layout

_SEND_TIMEOUT_S = 120.0


class StrictProducer(driver.Producer):
    """Knows every message under way; idempotent, all replicas."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._under_way: set[asyncio.Future[Any]] = set()
        self.failure: BaseException | None = None

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    def send_soon(self, fut: FutureMessage) -> None:
        self._watch(fut)
        super().send_soon(fut)

    async def send(self, *args: Any, **options: Any) -> Awaitable[RecordMetadata]:
        future: Any = await super().send(*args, **options)
        self._watch(future)
        return future  # type: ignore[no-any-return]

    async def flush(self) -> None:
        """Wait until every message sent so far is acknowledged or failed; `failure` tells which."""
        # Those alone: under load there is always a next message.
        under_way = set(self._under_way)
        if under_way and self.failure is None:
            await asyncio.wait(under_way)

    def give_up(self, reason: BaseException) -> None:
        """Something was not handled: from now on nothing is committed."""
        self.failure = self.failure or reason

    def _watch(self, future: asyncio.Future[Any]) -> None:
        self._under_way.add(future)
        future.add_done_callback(self._landed)

    def _landed(self, future: asyncio.Future[Any]) -> None:
        self._under_way.discard(future)
        error = asyncio.CancelledError() if future.cancelled() else future.exception()
        self.failure = self.failure or error


class _DaemonWorker(WorkerThread):
    """A thread that does not keep a process alive whose stop ran out of time."""

    def __init__(self, service: Any, **options: Any) -> None:
        super().__init__(service, **options)
        self.daemon = True


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    Worker = _DaemonWorker


class StrictConsumer(driver.Consumer):
    """Commits nothing once a message failed or an agent did, and reads no source before its place is found.

    Faust acknowledges an event also when its agent fails on it, and commits once more while it stops.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._held_back: set[TP] = set()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Nothing is read of what was just assigned: its tables are not recovered yet."""
        self.pause_partitions(assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Read no more of these."""
        super().pause_partitions(tps)
        self._held_back.difference_update(tps)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Read these on; sources only once the flow is resumed, which is the last step of a recovery."""
        changelogs = {place for place in tps if self._is_changelog_tp(place)}
        self._held_back |= set(tps) - changelogs
        super().resume_partitions(changelogs)

    def resume_flow(self) -> None:
        """Hand on what is read, also of the sources."""
        super().resume_partitions(self._held_back)
        self._held_back = set()
        super().resume_flow()

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        # A copy: theirs is emptied by a pause while the fetch waits for its turn, and for the client no
        # partitions are all partitions, whose records would be dropped on arrival.
        wanted = None if active_partitions is None else set(active_partitions)
        return await super()._getmany(wanted, timeout)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        producer = cast(StrictProducer, self.app.producer)
        if producer.failure is None and await self._written(producer):
            return await super()._commit(offsets)
        if producer.failure is not None and not cast(faust.App, self.app).crashed:
            await self.app.crash(producer.failure)
        return False

    async def _written(self, producer: StrictProducer) -> bool:
        """Whether all that the agents took in is written and acknowledged."""
        try:
            await cast(_App, self.app).write()
        except Exception as reason:  # noqa: BLE001 - what it is about ends the process, as a failed message does
            producer.give_up(reason)
        await producer.flush()
        return producer.failure is None


class _Transport(driver.Transport):
    Producer = StrictProducer
    Consumer = StrictConsumer


class _App(faust.App):
    write: Callable[[], Awaitable[None]]  # what was taken in and is only in memory

    def _create_directories(self) -> None:
        """Nothing is kept on disk: Faust would make a folder wherever the process was started."""


def new_app(group: str, bootstrap: str, layout: Layout, write: Callable[[], Awaitable[None]]) -> faust.App:
    """The application of a consumer group; its changelogs are cut and copied like the topics it reads.
    `write` is awaited before every commit: it hands to the producer what the agents have only taken in."""
    brokers = [URL(f"kafka://{address.strip()}") for address in bootstrap.split(",")]
    app = _App(
        group,
        broker=brokers,
        autodiscover=False,
        web_enabled=False,
        store="memory://",
        topic_partitions=layout.partitions,
        topic_replication_factor=layout.replication,
        topic_disable_leader=True,
        broker_commit_interval=1.0,
        # A killed process keeps its partitions for so long before the next one gets them.
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        consumer_auto_offset_reset="earliest",
        # Small batches cost the broker five times the work; five milliseconds gather enough.
        producer_linger=0.005,
        producer_max_batch_size=256 * 1024,
        producer_request_timeout=_SEND_TIMEOUT_S,
        stream_wait_empty=False,
    )
    app.write = write
    app.transport = _Transport(brokers, app)
    return app
