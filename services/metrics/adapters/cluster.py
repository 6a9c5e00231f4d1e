"""What the stream asks the cluster beside Faust: are the topics there, and how far did the group commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from services.chassis.errors import ConfigError
from services.chassis.log import get_logger

Place = tuple[str, int]  # topic, partition

_RETRY_S = 0.5
_ASK_MS = 10_000
_NO_ERROR = 0
# Small segments, because compaction never touches the one being written and recovery reads it whole.
_CHANGELOG = {"cleanup.policy": "compact", "segment.bytes": str(32 * 1024 * 1024)}
_log = get_logger(__name__)


class Layout(NamedTuple):
    """How the source topics and the facts topic are cut; the same for all of them."""

    partitions: int
    replication: int


async def wait_for_topics(
    bootstrap: str, keyed: Collection[str], others: Collection[str], stop: asyncio.Event
) -> Layout | None:
    """Return once all topics exist, or None when `stop` came first.

    A Faust worker that subscribes to a topic before it exists sees nothing of it for minutes, so nothing
    starts before this. Waits as long as it takes, also for a Kafka that is away; the probes say not ready
    meanwhile. Raises ConfigError when the `keyed` topics are not cut alike, for then a case and its facts
    would be parted.
    """
    told = False
    while not stop.is_set():
        found = await _describe(bootstrap, [*keyed, *others])
        missing = sorted({*keyed, *others} - found.keys())
        if not missing:
            return _common({name: found[name] for name in keyed})
        if not told:
            _log.warning("waiting for topics", count=len(missing), topic=missing[0])
            told = True
        await _until(stop, _RETRY_S)
    return None


async def make_changelogs(bootstrap: str, names: Sequence[str], layout: Layout) -> None:
    """Create the tables' changelogs where missing, compacted, cut and copied like the topics they follow.

    Faust would create them too, but then starts before it can see them and finds no partitions. Raises
    ConfigError when one exists with another number of partitions; KafkaError.
    """
    async with _admin(bootstrap) as admin:
        for name in names:
            topic = NewTopic(name, layout.partitions, layout.replication, topic_configs=_CHANGELOG)
            # answered with an error code when it exists; what counts is what is there afterwards
            await admin.create_topics([topic])
    found = await wait_for_topics(bootstrap, names, [], asyncio.Event())
    if found and found.partitions != layout.partitions:
        raise ConfigError("partitions_differ", f"{names[0]} has {found.partitions}, not {layout.partitions}")


async def committed(bootstrap: str, group: str) -> Mapping[Place, int]:
    """Next offset to read per (topic, partition), where the group committed one. Raises KafkaError."""
    async with _admin(bootstrap) as admin:
        offsets = await admin.list_consumer_group_offsets(group)
    return {(place.topic, place.partition): at.offset for place, at in offsets.items() if at.offset >= 0}


class Offsets:
    """Asks for the ends of partitions on a connection of its own.

    On the stream's own connection every question would wait behind a fetch that waits for records.
    """

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    @classmethod
    @asynccontextmanager
    async def open(cls, bootstrap: str) -> AsyncIterator[Offsets]:
        """Connected for as long as the block lasts. Raises KafkaError."""
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=_ASK_MS)
        try:
            await consumer.start()
            yield cls(consumer)
        finally:
            await consumer.stop()

    async def ends(self, places: Iterable[Place]) -> Mapping[Place, int]:
        """The next offset to be written. Raises KafkaError while Kafka is away."""
        return await self._ask(self._consumer.end_offsets, places)

    async def starts(self, places: Iterable[Place]) -> Mapping[Place, int]:
        """The first offset that is still there. Raises KafkaError while Kafka is away."""
        return await self._ask(self._consumer.beginning_offsets, places)

    async def _ask(self, question: Any, places: Iterable[Place]) -> Mapping[Place, int]:
        found = await question([TopicPartition(*place) for place in places])
        return {(place.topic, place.partition): offset for place, offset in found.items()}


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _describe(bootstrap: str, names: list[str]) -> dict[str, Layout]:
    """The layouts of those topics that exist; none while Kafka is away."""
    try:
        async with _admin(bootstrap) as admin:
            described = await admin.describe_topics(names)
    except (KafkaError, OSError) as away:
        _log.warning("waiting for kafka", reason=type(away).__name__)
        return {}
    return {
        topic["topic"]: Layout(len(topic["partitions"]), len(topic["partitions"][0]["replicas"]))
        for topic in described
        if topic["error_code"] == _NO_ERROR and topic["partitions"]
    }


def _common(layouts: Mapping[str, Layout]) -> Layout:
    cuts = {layout.partitions for layout in layouts.values()}
    if len(cuts) != 1:
        shown = ", ".join(f"{name}: {layout.partitions}" for name, layout in sorted(layouts.items()))
        raise ConfigError("partitions_differ", f"these topics must have equally many partitions: {shown}")
    return next(iter(layouts.values()))


async def _until(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
