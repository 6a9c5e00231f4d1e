"""What timers cost with few and with many others pending, and how late they are under load.

Two figures of the real TimerLoop over two databases made alike. Pending timers are due at random within a
month and lie in the table in no order, which is the worst case for the index.

- Cost (`ratio`): wall time until 500 due timers are fired, the two databases taking turns: look, lock shards,
  claim, hand to a handler that does nothing, commit. Setting them is not counted.
- Load (`load`): in the database with the many, `rate` timers a second fall due for `seconds`, and two
  replicas, processes of their own, fire them, each with a row of effect in the journal. At half time one is
  killed (SIGKILL) and the other is left alone. Detection is the database's time of that row minus the due
  time: the share of it by bounds, and its percentiles, over all and for the five seconds after the kill.
  `missed` and `twice` compare the journal with what was set. `--seconds 0` leaves it out.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import asyncpg
import uvloop

from services.chassis import timers
from services.chassis.clock import SystemClock
from services.chassis.db import Connection, Database
from services.chassis.ids import RandomIds
from services.chassis.provision import Dsns
from services.chassis.testing.waiting import wait_for
from services.chassis.timerloop import TimerLoop
from services.chassis.timers import Timer
from services.standalone.cpu import seconds as cpu_seconds
from tests.support.reporting import Figures, main, median, percentile, rounded
from tests.support.servers import Ground, ground

OPTIONS = {"few": 10_000, "pending": 5_000_000, "due": 500, "rounds": 40, "rate": 2_000, "seconds": 60}
TARGET = 1.5
DETECTED_S = 1.0
BOUNDS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)
_TENANT = "bench"
# Until the first of the load falls due: both replicas are up by then, and the load is set.
_LEAD_S = 5
_SET_PER_S = 4_000
_PATIENCE_S = 120
# Filled without its indexes, which are made anew behind it.
_INDEXES = """
    select indexdef, format('%I', indexname) as name from pg_indexes
    where tablename = 'timer' and indexname <> 'timer_pkey'"""
_FILL = """
    insert into timer (tenant_id, timer_id, due_at, shard, key, kind, data)
    select $1, gen_random_uuid(), now() + interval '1 hour' + random() * interval '30 days',
           (random() * 15)::smallint, 'case-' || i, 'deadline', ''
    from generate_series(1, $2::int) as i"""
_LOAD = """
    insert into timer (tenant_id, timer_id, due_at, shard, key, kind, data)
    select $1, gen_random_uuid(), $2::timestamptz + make_interval(secs => i / $3::float),
           (random() * 15)::smallint, 'load-' || i, 'load', ''
    from generate_series(0, $4::int - 1) as i order by random()"""
_REACHED = "select clock_timestamp() > $1"
# Nothing that is due by then is pending, which the index tells at any number.
_NONE_LEFT = "select coalesce(min(due_at) > $1, true) from timer"
_TOLD = """
    select extract(epoch from recorded_at - occurred_at)::float * 1000 as late_ms, recorded_at, event_id
    from journal where topic = 'fired' and type = 'load' order by recorded_at"""


class Count:
    """A handler that counts what is fired."""

    def __init__(self) -> None:
        self.fired = 0

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        """See TimerHandler."""
        self.fired += len(timers)


class Side:
    """One database with its pending timers."""

    def __init__(self, database: Database) -> None:
        self._database, self._clock, self._ids, self._count = database, SystemClock(), RandomIds(), Count()
        self._loop = TimerLoop(database, self._count)

    async def cost(self, due: int) -> float:
        """Seconds to fire `due` timers that have just become due."""
        now = self._clock.now()
        made = [
            Timer(self._ids.new(), _TENANT, f"due-{number}", "deadline", now - timedelta(seconds=1))
            for number in range(due)
        ]
        async with self._database.transaction([_TENANT]) as tx:
            await timers.schedule(tx, made)
        before, started = self._count.fired, time.perf_counter()
        while self._count.fired - before < due:
            # what TimerLoop.run does between two waits
            await self._loop._round()
        return time.perf_counter() - started


async def run(asked: argparse.Namespace) -> Figures:
    """The ratio is that of the medians over all rounds."""
    async with ground(kafka=False) as here:
        sets = {
            name: (await here.databases(["followup"], f"_{name}"))["followup"] for name in ("few", "many")
        }
        for name, pending in (("few", asked.few), ("many", asked.pending)):
            await _fill(here, sets[name], pending)
        costs = await _costs(sets, asked)
        load = await _load(here, sets["many"], asked) if asked.seconds else {}
    ratio = rounded(median(costs["many"]) / median(costs["few"]))
    return {
        "ratio": ratio,
        "target": f"at most {TARGET}; detected within {DETECTED_S} s (p99), none missed, none twice",
        "met": ratio <= TARGET and load.get("met", True),
        "due": asked.due,
        **{
            name: {
                "pending": pending,
                "ms_p50": median(costs[name]),
                "ms_p99": rounded(percentile(costs[name], 0.99)),
            }
            for name, pending in (("few", asked.few), ("many", asked.pending))
        },
        "load": load,
        "held_equal": "timer loop, handler, timers fired, server, durability; tables analysed before",
    }


async def _fill(here: Ground, dsns: Dsns, pending: int) -> None:
    admin = await asyncpg.connect(here.superuser(dsns))
    try:
        indexes = await admin.fetch(_INDEXES)
        for index in indexes:
            await admin.execute(f"drop index {index['name']}")
        await admin.execute(_FILL, _TENANT, pending, timeout=600)
        for index in indexes:
            await admin.execute(index["indexdef"], timeout=600)
        await admin.execute("vacuum analyze timer", timeout=600)
        await admin.execute("checkpoint", timeout=600)
    finally:
        await admin.close()


async def _costs(sets: dict[str, Dsns], asked: argparse.Namespace) -> dict[str, list[float]]:
    """Milliseconds per round and database."""
    costs: dict[str, list[float]] = {name: [] for name in sets}
    async with AsyncExitStack() as opened:
        sides = {
            name: Side(
                await opened.enter_async_context(Database.open(dsns.app, dsns.system, name=f"bench/{name}"))
            )
            for name, dsns in sets.items()
        }
        for number in range(-3, asked.rounds):  # the first ones warm connections and caches up
            for name, side in sides.items():
                seconds = await side.cost(asked.due)
                if number >= 0:
                    costs[name].append(seconds * 1000)
    return costs


async def _load(here: Ground, dsns: Dsns, asked: argparse.Namespace) -> Figures:
    count = asked.rate * asked.seconds
    admin = await asyncpg.connect(here.superuser(dsns))
    replicas = [await _replica(dsns) for _ in range(2)]
    pids = {f"replica {number}": one.pid for number, one in enumerate(replicas)} | here.pids
    try:
        # Behind the fill in the heap, but in no order of time.
        lead = timedelta(seconds=_LEAD_S + count / _SET_PER_S)
        first = await admin.fetchval("select now()") + lead
        await admin.execute(_LOAD, _TENANT, first, float(asked.rate), count, timeout=600)
        if await admin.fetchval(_REACHED, first):
            raise RuntimeError(f"setting {count} timers took longer than {lead}: what is late is not theirs")
        middle, last = (first + timedelta(seconds=asked.seconds * share) for share in (0.5, 1.0))
        began = {name: cpu_seconds(pid) for name, pid in pids.items()}
        await _until(admin, _REACHED, middle, asked.seconds + _PATIENCE_S)
        used = {name: cpu_seconds(pid) - began[name] for name, pid in pids.items()}
        replicas[0].kill()
        killed_at = await admin.fetchval("select clock_timestamp()")
        await _until(admin, _NONE_LEFT, last, asked.seconds + _PATIENCE_S)
        told = await admin.fetch(_TOLD)
    finally:
        for one in replicas:
            if one.returncode is None:
                one.send_signal(signal.SIGTERM)
            await one.wait()
        await admin.close()
    cpu_us = {name: rounded(seconds * 1e6 / (count // 2)) for name, seconds in used.items()}
    return {**_figures(told, count, killed_at), "rate": asked.rate, "cpu_us_per_timer": cpu_us}


def _figures(told: Sequence[asyncpg.Record], count: int, killed_at: datetime) -> Figures:
    late = [row["late_ms"] for row in told]
    after = [
        row["late_ms"] for row in told if killed_at <= row["recorded_at"] < killed_at + timedelta(seconds=5)
    ]
    once = len({row["event_id"] for row in told})
    took = (told[-1]["recorded_at"] - told[0]["recorded_at"]).total_seconds()
    p99 = rounded(percentile(late, 0.99))
    missed, twice, early = count - once, len(told) - once, sum(one < 0 for one in late)
    return {
        "fired": len(told),
        "missed": missed,
        "twice": twice,
        "early": early,
        "met": p99 <= DETECTED_S * 1000 and not missed and not twice and not early,
        "reached_per_s": rounded(len(told) / took),
        "detection_ms": {"p50": median(late), "p99": p99, "max": rounded(max(late))},
        "after_the_kill_ms": _worst(after),
        "histogram": {
            **{f"<= {bound} ms": sum(one <= bound for one in late) for bound in BOUNDS_MS},
            "all": len(late),
        },
    }


def _worst(late: Sequence[float]) -> Figures:
    return {"p99": rounded(percentile(late, 0.99)), "max": rounded(max(late))} if late else {}


async def _replica(dsns: Dsns) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.support.timer_replica", dsns.app, dsns.system)
    return await asyncio.create_subprocess_exec(*command, env=dict(os.environ))


async def _until(
    admin: asyncpg.Connection[asyncpg.Record], query: str, moment: datetime, patience_s: int
) -> None:
    """Wait until the database says yes of this moment."""

    async def true() -> bool:
        return bool(await admin.fetchval(query, moment))

    await wait_for(true, patience_s, what=query)


if __name__ == "__main__":
    uvloop.install()
    sys.exit(main("timers", __doc__, run, OPTIONS))
