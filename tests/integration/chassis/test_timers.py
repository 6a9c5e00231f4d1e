"""Timers: each fires once, with its effects, in order per key, whoever else fails or works beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
import pytest_asyncio

from services.chassis import timerloop
from services.chassis.clock import ManualClock
from services.chassis.db import Connection, Database
from services.chassis.errors import Rejected, Retryable
from services.chassis.ids import SequenceIds
from services.chassis.testing.fixtures import DatabaseFor
from services.chassis.testing.waiting import wait_for
from services.chassis.timerloop import Backlog, TimerLoop, TimerTuning
from services.chassis.timers import SHARDS, Timer, cancel, schedule, shard_of
from tests.integration.chassis.conftest import running
from tests.support.scraping import Series, scraping

pytestmark = pytest.mark.integration

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUICK = TimerTuning(attempts=3, backoff_first_s=0.01)


class Fired:
    """A handler that remembers what it committed, and can be told to fail."""

    def __init__(self, *, fail: dict[str, Exception] | None = None, times: int = 1_000_000) -> None:
        self.calls = 0
        self.attempted: list[Timer] = []
        self._fail, self._times = fail or {}, times

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        self.calls += 1
        self.attempted.extend(timers)
        for timer in timers:
            if timer.data in self._fail and self._times > 0:
                self._times -= 1
                raise self._fail[timer.data]
        await tx.executemany(
            "insert into journal"
            " (tenant_id, topic, key, event_id, type, correlation_id, occurred_at, payload)"
            " values ($1, 'fired', $2, $3, $4, '', $5, $6)",
            [(t.tenant_id, t.key, t.timer_id, t.kind, t.due_at, t.data.encode()) for t in timers],
        )


@pytest_asyncio.fixture
async def database(database_for: DatabaseFor) -> AsyncIterator[Database]:
    yield await database_for("chassis")


async def fired(database: Database) -> list[tuple[str, str]]:
    """Key and data of what fired, in the order of its commit."""
    async with database.system() as tx:
        rows = await tx.fetch("select key, payload from journal order by position")
        return [(row["key"], row["payload"].decode()) for row in rows]


async def failed(database: Database) -> list[tuple[str, int, str]]:
    async with database.system() as tx:
        rows = await tx.fetch("select data, attempts, reason from timer_failed")
        return [(row["data"], row["attempts"], row["reason"]) for row in rows]


async def set_timers(database: Database, *timers: Timer) -> None:
    async with database.transaction({timer.tenant_id for timer in timers}) as tx:
        await schedule(tx, timers)


def timers(count: int, *, tenants: int = 1, keys: int = 1, start: datetime = NOON) -> list[Timer]:
    """Timers a second apart, dealt to keys and tenants in turn; `data` tells their number."""
    ids = SequenceIds(1)
    return [
        Timer(ids.new(), f"t{n % tenants}", f"k{n % keys}", "ring", start + timedelta(seconds=n), str(n))
        for n in range(count)
    ]


def overdue(seen: Series) -> float:
    return sum(seen.get("amends.timers.overdue", {}).values())


async def test_while_nothing_can_be_fired_the_overdue_time_grows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timerloop, "TIMERS_OVERDUE", replace(timerloop.TIMERS_OVERDUE))
    await set_timers(database, *timers(1, start=datetime.now(UTC)))
    with scraping(monkeypatch) as series:
        async with running(TimerLoop(database, Fired(fail={"0": Retryable("somebody_away")}))):
            first = await wait_for(lambda: overdue(series()))
            await wait_for(lambda: overdue(series()) > first)


async def test_a_timer_fires_when_its_time_comes_and_not_before(database: Database) -> None:
    clock, handler = ManualClock(NOON - timedelta(seconds=1)), Fired()
    async with running(TimerLoop(database, handler, clock)):
        await set_timers(database, *timers(3))
        await wait_for(lambda: _looked(database))
        assert handler.calls == 0
        clock.advance(timedelta(seconds=2))
        await wait_for(lambda: _count(database, 2))
        clock.advance(timedelta(seconds=60))
        await wait_for(lambda: _count(database, 3))
    assert await fired(database) == [("k0", "0"), ("k0", "1"), ("k0", "2")]


async def test_timers_of_many_tenants_fire_once_each_and_in_the_order_of_their_key(
    database: Database,
) -> None:
    all_of_them = timers(1500, tenants=4, keys=40)
    await set_timers(database, *all_of_them)
    clock = ManualClock(NOON + timedelta(days=1))
    loops = [TimerLoop(database, Fired(), clock, TimerTuning(batch=100)) for _ in range(3)]
    async with running(*loops):
        await wait_for(lambda: _count(database, 1500))
    rows = await fired(database)
    assert sorted(int(data) for _, data in rows) == list(range(1500))
    for key in {key for key, _ in rows}:
        numbers = [int(data) for other, data in rows if other == key]
        assert all(before < after for before, after in pairwise(numbers))


async def test_the_same_id_again_moves_a_timer_and_a_cancelled_one_never_fires(database: Database) -> None:
    first, second, third = timers(3)
    await set_timers(database, first, second, third)
    moved = Timer(first.timer_id, "t0", "k0", "ring", NOON + timedelta(hours=1), "moved")
    async with database.transaction(["t0"]) as tx:
        await schedule(tx, [moved])
        await cancel(tx, "t0", [second.timer_id, UUID(int=7)])
    clock, handler = ManualClock(NOON + timedelta(minutes=1)), Fired()
    async with running(TimerLoop(database, handler, clock)):
        await wait_for(lambda: _count(database, 1))
        clock.advance(timedelta(hours=2))
        await wait_for(lambda: _count(database, 2))
    assert await fired(database) == [("k0", "2"), ("k0", "moved")]


async def test_whoever_cancels_a_timer_that_is_just_firing_does_not_wait_for_it(database: Database) -> None:
    firing, cancelled = asyncio.Event(), asyncio.Event()

    class Waiting(Fired):
        async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
            firing.set()
            await cancelled.wait()
            await super().fire(tx, timers, now)

    timer = timers(1)[0]
    await set_timers(database, timer)
    async with running(TimerLoop(database, Waiting())):
        await firing.wait()
        async with asyncio.timeout(10), database.transaction([timer.tenant_id]) as tx:
            await cancel(tx, timer.tenant_id, [timer.timer_id])
        cancelled.set()
        await wait_for(lambda: fired(database), what="the timer to be left to its handler")


async def test_a_timer_set_to_be_due_at_once_fires_without_waiting_for_the_next_look(
    database: Database,
) -> None:
    handler = Fired()
    async with running(TimerLoop(database, handler)):
        await wait_for(lambda: _looked(database))
        await set_timers(database, *timers(1, start=datetime.now(UTC)))
        await wait_for(lambda: _count(database, 1))
    assert await fired(database) == [("k0", "0")]


async def test_a_handler_that_keeps_failing_loses_its_timer_to_the_failed_ones_and_stops_nobody(
    database: Database,
) -> None:
    handler = Fired(fail={"3": ValueError("a bug")})
    await set_timers(database, *timers(20, keys=5))
    async with running(TimerLoop(database, handler, ManualClock(NOON + timedelta(days=1)), QUICK)):
        await wait_for(lambda: _count(database, 19))
    rows = await fired(database)
    assert ("k3", "3") not in rows
    assert [data for key, data in rows if key == "k3"] == ["8", "13", "18"]
    assert await failed(database) == [("3", 3, "ValueError: a bug")]


async def test_later_timers_of_a_key_wait_while_an_earlier_one_is_tried_again(database: Database) -> None:
    handler = Fired(fail={"0": ValueError("a passing bug")}, times=5)
    await set_timers(database, *timers(10, keys=2))
    tuning = TimerTuning(attempts=10, backoff_first_s=0.01)
    async with running(TimerLoop(database, handler, ManualClock(NOON + timedelta(days=1)), tuning)):
        await wait_for(lambda: _count(database, 10))
    assert [data for key, data in await fired(database) if key == "k0"] == ["0", "2", "4", "6", "8"]
    assert await failed(database) == []


async def test_a_rejected_timer_is_given_up_at_once(database: Database) -> None:
    handler = Fired(fail={"0": Rejected("case_gone", "no such case")})
    await set_timers(database, *timers(1))
    async with running(TimerLoop(database, handler, ManualClock(NOON + timedelta(days=1)), QUICK)):
        await wait_for(lambda: failed(database))
    assert await failed(database) == [("0", 1, "case_gone: no such case")]
    assert handler.calls == 1


async def test_while_a_dependency_is_away_timers_stay_due(database: Database) -> None:
    handler = Fired(fail={"0": Retryable("somebody_away")}, times=2)
    await set_timers(database, *timers(2))
    async with running(TimerLoop(database, handler, ManualClock(NOON + timedelta(days=1)), QUICK)):
        await wait_for(lambda: _count(database, 2))
    assert await failed(database) == []


async def test_effects_of_a_transaction_that_fails_are_not_there_and_the_timer_still_is(
    database: Database,
) -> None:
    class AfterEffects(Fired):
        async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
            await super().fire(tx, timers, now)
            if self.calls == 1:
                raise ConnectionResetError

    await set_timers(database, *timers(1))
    async with running(TimerLoop(database, AfterEffects(), ManualClock(NOON + timedelta(days=1)), QUICK)):
        await wait_for(lambda: _count(database, 1))
        await asyncio.sleep(0)
    assert await fired(database) == [("k0", "0")]


async def test_what_becomes_due_overtakes_a_backlog_which_fires_in_its_order(database: Database) -> None:
    overdue = timers(300, keys=300)
    await set_timers(database, *overdue)
    clock = ManualClock(NOON + timedelta(days=1))
    tuning = TimerTuning(batch=50, backlog=Backlog(per_s=200))
    async with running(TimerLoop(database, Fired(), clock, tuning)):
        await wait_for(lambda: _count(database, 50))
        new = Timer(UUID(int=1), "t0", "new", "ring", clock.now(), "new")
        await set_timers(database, new)
        await wait_for(lambda: _count(database, 301))
    order = [data for _, data in await fired(database)]
    assert order.index("new") < 300, "it waited for the whole backlog"
    for shard in range(SHARDS):
        inside = [timer.data for timer in overdue if shard_of(timer) == shard]
        assert [data for data in order if data in inside] == inside


async def test_a_replica_that_freezes_with_timers_in_hand_loses_them_to_another(database: Database) -> None:
    thawed, frozen = asyncio.Event(), asyncio.Event()

    class Freezing(Fired):
        async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
            frozen.set()
            await thawed.wait()
            await super().fire(tx, timers, now)

    await set_timers(database, *timers(3))
    async with running(TimerLoop(database, Freezing(), tuning=TimerTuning(frozen_s=0.2))):
        await frozen.wait()
        async with running(TimerLoop(database, Fired())):
            await wait_for(lambda: _count(database, 3))
        thawed.set()
    assert [data for _, data in await fired(database)] == ["0", "1", "2"]


async def _count(database: Database, count: int) -> bool:
    return len(await fired(database)) >= count


async def _looked(database: Database) -> bool:
    """Whether the loop is up and listening."""
    async with database.system() as tx:
        found: bool = await tx.fetchval(
            "select count(*) > 0 from pg_stat_activity"
            " where application_name = 'timers' and datname = current_database() and state = 'idle'"
        )
        return found
