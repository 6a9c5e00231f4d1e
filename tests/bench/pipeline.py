"""Accepted complaints to CaseOpened, end to end through Kafka and two databases, against COPY of the rows.

In rounds, the two sides taking turns:

- pipeline: callers hand decoded complaints to intake's `Reception.accept` (the handler behind every
  channel; no HTTP); its group committer and relay run in this process, and resolution, all parts of it, as
  its own. The clock runs from the first call to the commit of the last CaseOpened, with its owner, in
  resolution's journal.
- COPY: the very rows the round wrote to both databases, by the same driver from Python values, into
  databases made by the same migrations (same columns, keys and indexes) on the same server, durable commits
  of `copy-batch` complaints each, both databases at the same time. A second figure gives COPY of bytes that
  were made beforehand.

Each side's tables grow alike from round to round, and are vacuumed and analysed between measurements instead
of by autovacuum within them. `cpu_us` says where the pipeline's time goes: microseconds of processor time per
complaint, by process. `cpu_ratio` compares the two sides by it (on embedded servers), and moves less than
`ratio` on a machine that is busy with something else.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from services.chassis.broker import Producer
from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.ids import RandomIds
from services.chassis.provision import Dsns
from services.chassis.relay import Relay
from services.chassis.service import calm_collector
from services.chassis.testing.waiting import wait_for
from services.intake.adapters.postgres import PostgresStore
from services.intake.adapters.wire import SOURCE
from services.intake.adapters.wordlists import load_classifier
from services.intake.app.committer import GroupCommitter
from services.intake.app.handlers import Reception
from services.intake.domain.rate import SenderRate
from services.resolution.adapters import data
from services.resolution.adapters.postgres import PostgresWorks
from services.resolution.config import Settings
from services.resolution.domain.assignment import Employee
from services.resolution.domain.words import Person
from services.standalone import cpu
from services.standalone.process import Process
from tests.support.calm import keep_still, tidy_up
from tests.support.complaints import words
from tests.support.copying import Connection, Rows, binary, copy_bytes, copy_values, values
from tests.support.reporting import Figures, main, median, rounded
from tests.support.servers import Ground, ground

OPTIONS = {"complaints": 10_000, "rounds": 3, "callers": 800, "copy-batch": 200, "employees": 20}
TARGET = 0.4
_NAMES = ("intake", "resolution")
_SIGNAL_S = 30
_OPEN_S = 600.0
# Known before a complaint comes, and so no part of its cost.
_NOT_THE_PIPELINE = frozenset({"employee", "api_key"})


@dataclass(frozen=True, slots=True)
class Line:
    """The running pipeline."""

    reception: Reception
    resolution: Database
    pids: Mapping[str, int]


async def run(asked: argparse.Namespace) -> Figures:
    """Rounds of both sides; the ratio is the median of the rounds' ratios."""
    async with ground() as here, AsyncExitStack() as opened:
        dsns = await here.databases(_NAMES)
        sources = await _superusers(here, dsns, opened)
        copies = [
            Twins(name, await _superusers(here, await here.databases(_NAMES, f"_{name}"), opened), take, copy)
            for name, take, copy in (("copy", values, copy_values), ("copy_bytes", binary, copy_bytes))
        ]
        every = [*sources.values(), *(one for twins in copies for one in twins.connections.values())]
        await keep_still(every)
        line = await opened.enter_async_context(_line(here, dsns))
        rounds = []
        for number in range(-1, asked.rounds):  # the first one warms both sides up, the broker's compiler too
            count, tenant = asked.complaints, f"bench{number + 1}"
            await _employ(line.resolution, tenant, asked.employees)
            await tidy_up(every)
            piped = await _pipe(line, tenant, count, asked.callers)
            transactions = max(1, count // asked.copy_batch)
            for twins in copies:
                await tidy_up(every)
                piped |= await _copied(sources, twins, tenant, count, transactions, line.pids)
            if number >= 0:
                rounds.append(piped | {"ratio": rounded(piped["per_s"] / piped["copy_per_s"])})
    ratio = median([one["ratio"] for one in rounds])
    return {
        "ratio": ratio,
        "cpu_ratio": median([_cpu_ratio(one) for one in rounds]),
        "target": f"at least {TARGET}",
        "met": ratio >= TARGET,
        "pipeline_per_s": median([one["per_s"] for one in rounds]),
        "copy_per_s": median([one["copy_per_s"] for one in rounds]),
        "copy_bytes_per_s": median([one["copy_bytes_per_s"] for one in rounds]),
        "ratio_to_copy_bytes": median([one["per_s"] / one["copy_bytes_per_s"] for one in rounds]),
        "rounds": rounds,
        "held_equal": "rows (bytes too), tables, keys and indexes, server, fsync and synchronous_commit on, "
        "two databases written at the same time, no autovacuum while the clock runs",
        "not_equal": f"intake commits up to 200 complaints at once and resolution up to 500 events; "
        f"COPY {asked.copy_batch} complaints",
        "way_in": "Reception.accept in process with decoded complaints; resolution as its own process",
    }


async def _superusers(
    here: Ground, dsns: Mapping[str, Dsns], opened: AsyncExitStack
) -> dict[str, Connection]:
    found = {}
    for name, one in dsns.items():
        found[name] = await asyncpg.connect(here.superuser(one), statement_cache_size=0)
        opened.push_async_callback(found[name].close)
    return found


@asynccontextmanager
async def _line(here: Ground, dsns: Mapping[str, Dsns]) -> AsyncIterator[Line]:
    """Intake in this process, resolution in its own; topics under a prefix of this run."""
    prefix = f"{here.suffix}."
    await here.topics(prefix)
    async with AsyncExitStack() as opened:
        intake = await opened.enter_async_context(_database(dsns["intake"]))
        resolution = await opened.enter_async_context(_database(dsns["resolution"]))
        producer = await opened.enter_async_context(Producer.open(here.bootstrap, "bench-intake"))
        committer = GroupCommitter(PostgresStore(intake, RandomIds(), SenderRate(0, 600.0)))
        relay = Relay(intake, producer, SOURCE, topic_prefix=prefix)
        await opened.enter_async_context(_running(committer.run, relay.run))
        pid = await opened.enter_async_context(_resolution(here, dsns["resolution"], prefix))
        pids = {"intake_and_callers": os.getpid(), "resolution": pid, **here.pids}
        yield Line(Reception(committer, SystemClock(), load_classifier()), resolution, pids)


def _database(dsns: Dsns) -> Any:
    return Database.open(dsns.app, dsns.system, name="bench")


@asynccontextmanager
async def _running(*components: Callable[[asyncio.Event], Any]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for component in components:
            group.create_task(component(stop))
        try:
            yield
        finally:
            stop.set()


@asynccontextmanager
async def _resolution(here: Ground, dsns: Dsns, prefix: str) -> AsyncIterator[int]:
    env = {
        **os.environ,
        "KAFKA_BOOTSTRAP": here.bootstrap,
        "AMENDS_TOPIC_PREFIX": prefix,
        "AMENDS_RESOLUTION_APP_DSN": dsns.app,
        "AMENDS_RESOLUTION_SYSTEM_DSN": dsns.system,
        "AMENDS_RESOLUTION_GRPC_BIND": "127.0.0.1:0",
        "AMENDS_RESOLUTION_ADMIN_PORT": "0",
        "AMENDS_LOG_LEVEL": "warning",
    }
    with tempfile.TemporaryDirectory(prefix="amends-bench-") as folder:
        log = Path(folder) / "resolution.log"
        argv = [sys.executable, *_profiled("resolution"), "-m", "services.resolution", "run"]
        process = await Process.start("resolution", argv, log=log, env=env)
        try:
            yield process.pid
        finally:
            status = await process.stop(signal.SIGTERM, _SIGNAL_S)
            if status != 0:
                sys.stderr.write(log.read_text(errors="replace")[-4000:])


def _profiled(name: str) -> list[str]:
    """`AMENDS_BENCH_PROFILE=folder` leaves a cProfile of each process there."""
    folder = os.environ.get("AMENDS_BENCH_PROFILE")
    return ["-m", "cProfile", "-o", f"{folder}/{name}.prof"] if folder else []


async def _employ(resolution: Database, tenant: str, count: int) -> None:
    shelf = data.load(Settings(kafka_bootstrap="", app_dsn="", system_dsn="")).shelf
    async with PostgresWorks(resolution, shelf).begin(tenant) as work:
        for number in range(count):
            person = Person(f"e{number}", f"Employee {number}", 0, f"e{number}@example.com")
            await work.register_employee(
                tenant,
                Employee(person, True, number == 0, 1_000_000, frozenset(), frozenset({"en"}), 0, "desk"),
            )


async def _pipe(line: Line, tenant: str, count: int, callers: int) -> Figures:
    """`count` complaints by `callers` at a time; complaints per second until the last case is open."""
    clock = SystemClock()
    ready = list(words(tenant, tenant, count, load_classifier(), clock.now()))
    ready.reverse()
    calm_collector()  # what callers hold ready is not looked through while they call

    async def call() -> None:
        while ready:
            raw, word = ready.pop()
            await line.reception.accept(raw, "application/json", clock.now(), [word])

    before, started = cpu.snapshot(line.pids), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())
    accepted = time.perf_counter()
    await wait_for(lambda: _all_open(line.resolution, tenant, count), _OPEN_S, what="every case to be open")
    opened, after = time.perf_counter(), cpu.snapshot(line.pids)
    return {
        "complaints": count,
        "per_s": rounded(count / (opened - started)),
        "accepted_per_s": rounded(count / (accepted - started)),
        "last_opened_after_last_ack_s": rounded(opened - accepted),
        "cpu_us": _per_complaint(before, after, count),
    }


async def _all_open(resolution: Database, tenant: str, count: int) -> bool:
    """Every open case is in an owner's load, counted in the transaction that opens it."""
    async with resolution.transaction([tenant]) as tx:
        return int(await tx.fetchval("select coalesce(sum(open_cases), 0) from employee_load")) >= count


@dataclass(frozen=True, slots=True)
class Twins:
    """Databases like those of the pipeline, and the way in which rows are copied to them."""

    name: str
    connections: Mapping[str, Connection]
    take: Callable[[Connection, str, frozenset[str]], Awaitable[Rows]]
    copy: Callable[[Mapping[str, tuple[Connection, Rows]], int], Awaitable[float]]


async def _copied(
    sources: Mapping[str, Connection],
    twins: Twins,
    tenant: str,
    count: int,
    transactions: int,
    pids: Mapping[str, int],
) -> Figures:
    """Copy what the pipeline wrote for `tenant`; complaints per second."""
    rows = {name: await twins.take(source, tenant, _NOT_THE_PIPELINE) for name, source in sources.items()}
    calm_collector()
    taking_part = {"driver": os.getpid()} | {name: pid for name, pid in pids.items() if name == "postgres"}
    before = cpu.snapshot(taking_part)
    seconds = await twins.copy({name: (twins.connections[name], rows[name]) for name in rows}, transactions)
    after = cpu.snapshot(taking_part)
    all_rows = sum(len(table) for tables in rows.values() for table in tables.values())
    return {
        f"{twins.name}_per_s": rounded(count / seconds),
        f"{twins.name}_cpu_us": _per_complaint(before, after, count),
        "rows_per_complaint": rounded(all_rows / count),
    }


def _per_complaint(before: Mapping[str, float], after: Mapping[str, float], count: int) -> Figures:
    """Microseconds of processor time per complaint, by process."""
    return {name: rounded((after[name] - before[name]) / count * 1e6) for name in after}


def _cpu_ratio(piped: Figures) -> float:
    """Processor time of COPY against that of the pipeline; 0 where the servers' is not known."""
    known = "postgres" in piped["cpu_us"]
    return sum(piped["copy_cpu_us"].values()) / sum(piped["cpu_us"].values()) if known else 0.0


if __name__ == "__main__":
    uvloop.install()
    calm_collector()
    sys.exit(main("pipeline", __doc__, run, OPTIONS))
