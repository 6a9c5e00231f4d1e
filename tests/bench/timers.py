"""What firing 500 due timers costs with few and with many others pending.

The real TimerLoop on two databases made alike, the two taking turns: look, lock shards, claim, hand to a
handler that does nothing, commit. Pending timers are due at random within a month and lie in the table in no
order, which is the worst case for the index. Cost is wall time until all 500 are fired; setting them is not
counted.
"""

from __future__ import annotations

import argparse
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
from services.chassis.timers import Timer, TimerLoop
from tests.support.reporting import Figures, main, median, percentile, rounded
from tests.support.servers import Ground, ground

OPTIONS = {"few": 10_000, "many": 1_000_000, "due": 500, "rounds": 40}
TARGET = 1.5
_TENANT = "bench"
_FILL = """
    insert into timer (tenant_id, timer_id, due_at, shard, key, kind, data)
    select $1, gen_random_uuid(), now() + interval '1 hour' + random() * interval '30 days',
           (random() * 15)::smallint, 'case-' || i, 'deadline', ''
    from generate_series(1, $2::int) as i"""


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
        self._loop = TimerLoop(database, self._count, self._clock)

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
    async with ground(kafka=False) as here, AsyncExitStack() as opened:
        sides = {
            name: await _side(here, name, pending, opened)
            for name, pending in (("few", asked.few), ("many", asked.many))
        }
        costs: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(-3, asked.rounds):  # the first ones warm connections and caches up
            for name, side in sides.items():
                seconds = await side.cost(asked.due)
                if number >= 0:
                    costs[name].append(seconds)
    ratio = rounded(median(_ms(costs["many"])) / median(_ms(costs["few"])))
    return {
        "ratio": ratio,
        "target": f"at most {TARGET}",
        "met": ratio <= TARGET,
        "due": asked.due,
        **{
            name: {
                "pending": pending,
                "ms_p50": median(_ms(costs[name])),
                "ms_p99": rounded(percentile(_ms(costs[name]), 0.99)),
            }
            for name, pending in (("few", asked.few), ("many", asked.many))
        },
        "held_equal": "timer loop, handler, timers fired, server, durability; tables analysed before",
    }


def _ms(seconds: Sequence[float]) -> list[float]:
    return [one * 1000 for one in seconds]


async def _side(here: Ground, name: str, pending: int, opened: AsyncExitStack) -> Side:
    dsns = (await here.databases(["followup"], f"_{name}"))["followup"]
    admin = await asyncpg.connect(here.superuser(dsns))
    try:
        await admin.execute(_FILL, _TENANT, pending, timeout=600)
        await admin.execute("vacuum analyze timer", timeout=600)
        await admin.execute("checkpoint")
    finally:
        await admin.close()
    database = Database.open(dsns.app, dsns.system, name=f"bench/{name}")
    return Side(await opened.enter_async_context(database))


if __name__ == "__main__":
    uvloop.install()
    sys.exit(main("timers", __doc__, run, OPTIONS))
