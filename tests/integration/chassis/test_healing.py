"""Kafka and PostgreSQL go away in the middle of work: what runs heals by itself, nothing is lost or
doubled.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from services.chassis import relay, topics
from services.chassis.clock import SystemClock
from services.chassis.db import Connection
from services.chassis.errors import Retryable
from services.chassis.testing.waiting import wait_for
from services.chassis.timerloop import TimerLoop
from services.chassis.timers import Timer, schedule
from services.standalone.kafka import EmbeddedKafka
from services.standalone.layout import Layout
from tests.integration.chassis.conftest import THINGS, Workshop, WriteDown, running
from tests.integration.chassis.test_timers import Fired, fired
from tests.support.scraping import scraping

pytestmark = [pytest.mark.integration, pytest.mark.faults]

PIECES = [(f"k{number % 9}", str(number)) for number in range(600)]


async def cut_all_connections(workshop: Workshop, postgres_url: str) -> None:
    """What a restarted PostgreSQL does to everybody connected to this test's database."""
    superuser = await asyncpg.connect(postgres_url)
    try:
        await superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
            workshop.dsns.app.rpartition("/")[2],
        )
    finally:
        await superuser.close()


async def heard_at_least(workshop: Workshop, count: int) -> bool:
    return await workshop.count_heard() >= count


def in_order(heard: list[tuple[str, str]]) -> Callable[[str], bool]:
    return lambda key: (
        [pair for pair in heard if pair[0] == key] == [pair for pair in PIECES if pair[0] == key]
    )


async def test_lost_database_connections_lose_and_double_nothing(
    workshop: Workshop, postgres_url: str
) -> None:
    for start in range(0, len(PIECES), 20):
        await workshop.say(*PIECES[start : start + 20])
    consumer = workshop.consumer(WriteDown(), batch=25)
    async with running(await workshop.relay(), consumer):
        for part in (0.1, 0.3, 0.6):
            await wait_for(partial(_retrying, workshop, int(part * len(PIECES))))
            await cut_all_connections(workshop, postgres_url)
        await wait_for(lambda: _retrying(workshop, len(PIECES)))
    heard = await workshop.heard()
    assert len(heard) == len(PIECES)
    assert all(map(in_order(heard), {key for key, _ in PIECES}))
    assert await workshop.parked() == []


async def test_timers_go_on_after_lost_database_connections(workshop: Workshop, postgres_url: str) -> None:
    now = SystemClock().now()
    async with running(TimerLoop(workshop.database, Fired())):
        async with workshop.database.transaction(["t1"]) as tx:
            await schedule(tx, [Timer(workshop.ids.new(), "t1", "k", "ring", now, "before")])
        await wait_for(lambda: fired(workshop.database))
        await cut_all_connections(workshop, postgres_url)
        await wait_for(
            partial(_scheduled, workshop, Timer(workshop.ids.new(), "t1", "k", "ring", now, "after"))
        )
        await wait_for(lambda: _both_fired(workshop))
    assert await fired(workshop.database) == [("k", "before"), ("k", "after")]


async def test_a_transaction_whose_session_was_ended_is_to_be_tried_again(
    workshop: Workshop, postgres_url: str
) -> None:
    """Also once the pool has noticed and taken the connection back."""

    async def lose() -> None:
        async with workshop.database.transaction(["t1"]) as tx:
            await cut_all_connections(workshop, postgres_url)
            await wait_for(lambda: _taken_back(tx))
            await tx.execute("select 1")

    with pytest.raises(Retryable, match="database_away"):
        await lose()


def _taken_back(connection: Connection) -> bool:
    with suppress(asyncpg.InterfaceError):
        connection.is_closed()
        return False
    return True


@pytest_asyncio.fixture
async def own_kafka(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    """A broker that may be killed without hurting other tests; its jars come from the user's cache."""
    env = {"AMENDS_HOME": str(tmp_path / "kafka")}
    cache = Layout.from_environment({}, tmp_path).jar_cache
    layout = replace(Layout.from_environment(env, tmp_path), jar_cache=cache).prepare()
    async with EmbeddedKafka(layout) as kafka:
        await asyncio.to_thread(topics.apply, kafka.bootstrap, "", [THINGS])
        yield kafka


@pytest.mark.prove  # make test kills the broker under the whole platform's load: tests/faults/test_kills.py
@pytest.mark.timeout(300)
async def test_a_broker_that_restarts_loses_and_doubles_nothing(
    workshop: Workshop, own_kafka: EmbeddedKafka
) -> None:
    """Killed by what no process can catch, and then in order."""
    shop = replace(workshop, bootstrap=own_kafka.bootstrap, prefix="")
    async with running(await shop.relay(), shop.consumer(WriteDown(), batch=25)):
        await shop.say(*PIECES[:200])
        for reached, how in ((200, signal.SIGKILL), (400, signal.SIGTERM)):
            await wait_for(partial(heard_at_least, shop, reached), timeout=120)
            pid = await wait_for(lambda: own_kafka.keeper.pid, 60, what="the broker to be up")
            os.kill(pid, how)
            for start in range(reached, reached + 200, 20):
                await shop.say(*PIECES[start : start + 20])
        await wait_for(lambda: heard_at_least(shop, 600), timeout=120)
    heard = await shop.heard()
    assert len(heard) == len(PIECES)
    assert all(map(in_order(heard), {key for key, _ in PIECES}))


async def test_relay_and_consumer_stop_also_while_kafka_is_away_and_what_waits_is_measured(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "OUTBOX_OLDEST_AGE", replace(relay.OUTBOX_OLDEST_AGE))
    monkeypatch.setattr(relay, "OUTBOX_PENDING", replace(relay.OUTBOX_PENDING))
    shop = replace(workshop, bootstrap="127.0.0.1:1")
    await shop.say(*PIECES[:20])
    with scraping(monkeypatch) as series:
        async with running(await shop.relay(), shop.consumer(WriteDown())):
            await wait_for(lambda: _relay_leads(shop))
            await wait_for(lambda: sum(series()["amends.outbox.pending"].values()) == 20)
            waited = sum(series()["amends.outbox.oldest_age"].values())
            await wait_for(lambda: sum(series()["amends.outbox.oldest_age"].values()) > waited > 0)
    assert await shop.heard() == []


async def _relay_leads(workshop: Workshop) -> bool:
    async with workshop.database.system() as tx:
        found: bool = await tx.fetchval("select count(*) > 0 from pg_locks where locktype = 'advisory'")
        return found


async def _scheduled(workshop: Workshop, timer: Timer) -> bool:
    """Set a timer, through the test's own connections, which were cut as well."""
    with suppress(Retryable):
        async with workshop.database.transaction(["t1"]) as tx:
            await schedule(tx, [timer])
        return True
    return False


async def _both_fired(workshop: Workshop) -> bool:
    return len(await fired(workshop.database)) == 2


async def _retrying(workshop: Workshop, count: int) -> bool:
    """As `heard_at_least`; the test's own connections are cut as well."""
    try:
        return await heard_at_least(workshop, count)
    except Retryable:
        return False
