"""A small service made of the chassis alone: it says things, and a reader writes down what it heard."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio
from google.protobuf import wrappers_pb2

from services.chassis import journal, topics
from services.chassis.broker import Producer
from services.chassis.consumer import Consumer, ConsumerTuning, EventHandler
from services.chassis.db import Connection, Database
from services.chassis.envelope import Event, EventRegistry
from services.chassis.ids import RandomIds
from services.chassis.provision import Dsns
from services.chassis.relay import Relay
from services.chassis.runner import Component
from services.chassis.testing.fixtures import DsnsFor

TOPIC = "amends.test.things.v1"
GROUP = "readers"
THINGS = topics.Topic(TOPIC, "test", "thing", 3, 1, ("google.protobuf.StringValue",), (GROUP,))
_EFFECT = """
    create table effect (
        place bigint generated always as identity, tenant_id text, key text, value text, event_id text
    );
    select amends_share('effect');
"""
_WRITE = """insert into effect (tenant_id, key, value, event_id)
            select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])"""


class WriteDown:
    """The simplest handler: one row per event. `before` may look at the events first, or refuse them."""

    def __init__(self, before: Callable[[Sequence[Event]], Awaitable[None]] | None = None) -> None:
        self.calls: list[list[str]] = []
        self._before = before

    async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
        self.calls.append([value_of(event) for event in events])
        if self._before is not None:
            await self._before(events)
        await tx.execute(
            _WRITE,
            [event.tenant_id for event in events],
            [event.key for event in events],
            [value_of(event) for event in events],
            [event.event_id for event in events],
        )


def value_of(event: Event) -> str:
    assert isinstance(event.message, wrappers_pb2.StringValue)
    return event.message.value


@dataclass
class Workshop:
    """One service's database, topics and components."""

    bootstrap: str
    prefix: str
    dsns: Dsns
    database: Database
    stack: AsyncExitStack
    ids: RandomIds = field(default_factory=RandomIds)

    @property
    def topic(self) -> str:
        return self.prefix + TOPIC

    def thing(self, key: str, value: str, tenant: str = "t1") -> journal.NewEvent:
        return journal.NewEvent(
            TOPIC, key, tenant, wrappers_pb2.StringValue(value=value), self.ids.new(), datetime.now(UTC), key
        )

    async def say(self, *things: tuple[str, str], tenant: str = "t1") -> None:
        """Write events into the journal in one transaction."""
        async with self.database.transaction([tenant]) as tx:
            await journal.append(tx, "test", [self.thing(key, value, tenant) for key, value in things])
            await journal.notify(tx)

    async def heard(self) -> list[tuple[str, str]]:
        """Key and value of every effect, in the order of their writing."""
        async with self.database.system() as tx:
            return [
                (row["key"], row["value"]) for row in await tx.fetch("select * from effect order by place")
            ]

    async def count_heard(self) -> int:
        async with self.database.system() as tx:
            found: int = await tx.fetchval("select count(*) from effect")
            return found

    async def parked(self) -> list[tuple[str, str]]:
        """Key and rule of what waits in the dead letters."""
        async with self.database.system() as tx:
            rows = await tx.fetch('select key, rule from parked_record order by topic, partition, "offset"')
            return [((row["key"] or b"").decode(errors="replace"), row["rule"]) for row in rows]

    def consumer(
        self, handler: EventHandler, *, batch: int = 500, tuning: ConsumerTuning | None = None
    ) -> Consumer:
        return Consumer(
            GROUP, [TOPIC], EventRegistry(wrappers_pb2), handler, self.database, self.bootstrap,
            batch=batch, topic_prefix=self.prefix, tuning=tuning or ConsumerTuning(backoff_first_s=0.01),
        )  # fmt: skip

    async def relay(self) -> Relay:
        producer = await self.stack.enter_async_context(Producer.open(self.bootstrap, "test"))
        return Relay(self.database, producer, "test", topic_prefix=self.prefix)


@asynccontextmanager
async def running(*components: Component) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Components at work for as long as the block lasts; what they raise is raised at its end."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(component.run(stop)) for component in components]
    try:
        yield tasks
    finally:
        stop.set()
        async with asyncio.timeout(30):
            await asyncio.gather(*tasks)


@pytest.fixture
def things_prefix(kafka_bootstrap: str) -> Iterator[str]:
    """A prefix under which the topic of things and its dead letters exist."""
    prefix = f"t{secrets.token_hex(4)}."
    made = topics.apply(kafka_bootstrap, prefix, [THINGS])
    yield prefix
    topics.remove(kafka_bootstrap, made)


@pytest_asyncio.fixture
async def workshop(kafka_bootstrap: str, things_prefix: str, dsns_for: DsnsFor) -> AsyncIterator[Workshop]:
    dsns = await dsns_for("chassis")
    owner = await asyncpg.connect(dsns.owner)
    await owner.execute(_EFFECT)
    await owner.close()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(dsns.app, dsns.system, name="test"))
        yield Workshop(kafka_bootstrap, things_prefix, dsns, database, stack)
