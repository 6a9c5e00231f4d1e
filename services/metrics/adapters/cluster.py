"""What the stream asks the cluster beside Faust: are the topics there, and how far did the group commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.chassis.errors import ConfigError
from services.chassis.log import get_logger

_RETRY_S = 0.5
_NO_ERROR = 0
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


async def committed(bootstrap: str, group: str) -> Mapping[tuple[str, int], int]:
    """Next offset to read per (topic, partition), where the group committed one. Raises KafkaError."""
    async with _admin(bootstrap) as admin:
        offsets = await admin.list_consumer_group_offsets(group)
    return {(place.topic, place.partition): at.offset for place, at in offsets.items() if at.offset >= 0}


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
