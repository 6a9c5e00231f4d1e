"""Group commit against one transaction per request at 64 callers, and what a caller waits at half the rate.

Both sides write the same complaints with the same store, statements, pool, database and durability; in
rounds, the sides taking turns. Then callers arrive at random (exponential gaps) at half of the rate that
group commit reached, and each one's wait counts from the moment it should have arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.ids import RandomIds
from services.chassis.service import calm_collector
from services.intake.adapters.postgres import PostgresStore
from services.intake.adapters.wordlists import load_classifier
from services.intake.app.committer import GroupCommitter
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import Submission
from tests.support.complaints import words
from tests.support.reporting import Figures, main, median, percentile, rounded
from tests.support.servers import ground

OPTIONS = {"complaints": 6_000, "rounds": 3, "callers": 64, "paced": 6_000}
TARGET, TARGET_P99_MS = 5.0, 50.0
_TENANT = "bench"

Write = Callable[[Submission], Awaitable[Any]]


async def run(asked: argparse.Namespace) -> Figures:
    """The ratio is the median of the rounds' ratios."""
    async with ground(kafka=False) as here:
        dsns = (await here.databases(["intake"]))["intake"]
        async with Database.open(dsns.app, dsns.system, name="bench") as database:
            store = PostgresStore(database, RandomIds(), SenderRate(0, 600.0))
            committer = GroupCommitter(store)
            async with _running(committer):
                rounds = [
                    await _round(number, store, committer, asked) for number in range(-1, asked.rounds)
                ][1:]
                rate = median([one["group_per_s"] for one in rounds]) / 2
                waits = await _paced(committer.submit, _submissions("paced", asked.paced), rate)
    ratio = median([one["ratio"] for one in rounds])
    p99 = rounded(percentile(waits, 0.99) * 1000)
    return {
        "ratio": ratio,
        "target": f"at least {TARGET}",
        "met": ratio >= TARGET,
        "group_per_s": median([one["group_per_s"] for one in rounds]),
        "single_per_s": median([one["single_per_s"] for one in rounds]),
        "at_half_of_maximum": {
            "rate_per_s": rounded(rate),
            "ack_ms_p50": rounded(percentile(waits, 0.5) * 1000),
            "ack_ms_p99": p99,
            "target": f"under {TARGET_P99_MS:g} ms",
            "met": p99 < TARGET_P99_MS,
        },
        "rounds": rounds,
        "held_equal": f"{asked.callers} callers, store, statements, 8 connections, database, durability",
    }


async def _round(
    number: int, store: PostgresStore, committer: GroupCommitter, asked: argparse.Namespace
) -> Figures:
    """Both sides once; fewer single ones, which are slow, and all of them counted by their rate."""
    count = asked.complaints if number >= 0 else max(64, asked.complaints // 10)
    group = await _rate(committer.submit, _submissions(f"g{number}", count), asked.callers)
    single = await _rate(
        lambda one: store.write([one]), _submissions(f"s{number}", max(64, count // 4)), asked.callers
    )
    return {
        "group_per_s": rounded(group),
        "single_per_s": rounded(single),
        "ratio": rounded(group / single),
    }


def _submissions(mark: str, count: int) -> list[Submission]:
    now = SystemClock().now()
    return [
        Submission(raw, "application/json", now, now, (word,))
        for raw, word in words(_TENANT, mark, count, load_classifier(), now)
    ]


async def _rate(write: Write, submissions: Sequence[Submission], callers: int) -> float:
    """Submissions per second when each caller waits for its answer before the next."""
    waiting = list(submissions)

    async def call() -> None:
        while waiting:
            await write(waiting.pop())

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())
    return len(submissions) / (time.perf_counter() - started)


async def _paced(write: Write, submissions: Sequence[Submission], per_s: float) -> list[float]:
    """Seconds from when each should have been handed over to its answer."""
    gaps, waits, loop = random.Random(1), [], asyncio.get_running_loop()

    async def call(one: Submission, due: float) -> None:
        await write(one)
        waits.append(loop.time() - due)

    due = loop.time()
    async with asyncio.TaskGroup() as group:
        for one in submissions:
            due += gaps.expovariate(per_s)
            await asyncio.sleep(max(0.0, due - loop.time()))
            group.create_task(call(one, due))
    return waits


@asynccontextmanager
async def _running(committer: GroupCommitter) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(committer.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


if __name__ == "__main__":
    uvloop.install()
    calm_collector()
    sys.exit(main("commit", __doc__, run, OPTIONS))
