"""Commands of an owner over gRPC against the least a durable call can be, in one run.

The bare side is grpc.aio, no key, no checks, one row inserted and committed; the other is resolution as it
is served. Same library, event loop, pool of connections, PostgreSQL, durability, client and callers; in
rounds, the sides taking turns. The figure is calls per second of the server process's own processor time
(per core); calls per second by the clock are beside it, and how long a caller waits for its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import uvloop
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import service_pb2 as pb
from amends.resolution.v1.service_pb2_grpc import ResolutionServiceStub

from services.chassis import calling
from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.envelope import Event
from services.chassis.ids import RandomIds
from services.chassis.provision import Dsns
from services.chassis.security import ApiKeys
from services.chassis.service import calm_collector
from services.resolution.adapters import data
from services.resolution.adapters.postgres import PostgresWork
from services.resolution.adapters.subscriptions import Subscriptions
from services.resolution.app.hearing import Hearing
from services.resolution.app.identity import Identities
from services.resolution.config import Settings
from services.resolution.domain.assignment import Employee
from services.resolution.domain.words import Person
from services.standalone.cpu import seconds
from tests.support.bare_call import INSERT
from tests.support.reporting import Figures, main, median, percentile, rounded
from tests.support.servers import ground

OPTIONS = {"commands": 3_000, "rounds": 3, "callers": 32, "cases": 200}
TARGET = 0.5
_TENANT = "bench"

Call = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class Side:
    """A served process and how to call it for the n-th time."""

    pid: int
    call: Call


async def run(asked: argparse.Namespace) -> Figures:
    """The ratio is the median of the rounds' ratios of calls per second of processor time."""
    async with ground(kafka=False) as here:
        dsns = (await here.databases(["resolution"]))["resolution"]
        cases, token = await _prepare(dsns, asked.cases)
        async with _bare(dsns) as bare, _resolution(dsns, cases, token) as ours:
            rounds = [await _round(number, bare, ours, asked) for number in range(-1, asked.rounds)][1:]
    ratio = median([one["ratio"] for one in rounds])
    return {
        "ratio": ratio,
        "target": f"at least {TARGET}",
        "met": ratio >= TARGET,
        "ratio_by_the_clock": median([one["ratio_by_the_clock"] for one in rounds]),
        **{
            f"{side}_{figure}": median([one[side][figure] for one in rounds])
            for side in ("commands", "bare")
            for figure in ("per_core_s", "per_s", "ms_p50", "ms_p99")
        },
        "command": "RecordCause with an idempotency key, on cases in turn",
        "rounds": rounds,
        "held_equal": f"{asked.callers} callers, one client, grpc.aio, event loop, 8 connections, durability",
    }


async def _round(number: int, bare: Side, ours: Side, asked: argparse.Namespace) -> Figures:
    count = asked.commands if number >= 0 else max(64, asked.commands // 10)
    limit = await _rate(bare, count, asked.callers)
    reached = await _rate(ours, count, asked.callers)
    return {
        "bare": limit,
        "commands": reached,
        "ratio": rounded(reached["per_core_s"] / limit["per_core_s"]),
        "ratio_by_the_clock": rounded(reached["per_s"] / limit["per_s"]),
    }


async def _rate(side: Side, count: int, callers: int) -> Figures:
    """Each caller waits for its answer before the next call."""
    left, waits = iter(range(count)), []

    async def call() -> None:
        for number in left:
            asked_at = time.perf_counter()
            await side.call(number)
            waits.append(time.perf_counter() - asked_at)

    processor, started = seconds(side.pid), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())
    elapsed, used = time.perf_counter() - started, seconds(side.pid) - processor
    return {
        "per_core_s": rounded(count / max(used, 0.01)),
        "per_s": rounded(count / elapsed),
        "ms_p50": rounded(percentile(waits, 0.5) * 1000),
        "ms_p99": rounded(percentile(waits, 0.99) * 1000),
    }


async def _prepare(dsns: Dsns, count: int) -> tuple[list[str], str]:
    """Open cases of one employee, as complaints open them, and that employee's key."""
    settings = Settings(kafka_bootstrap="", app_dsn=dsns.app, system_dsn=dsns.system)
    ids = RandomIds()
    rules = data.load(settings)
    parts = (rules, SystemClock(), ids)
    subscriptions = Subscriptions(Hearing(*parts), Identities(*parts), rules.shelf)
    cases = [str(ids.new()) for _ in range(count)]
    async with Database.open(dsns.app, dsns.system, name="bench") as database:
        token = await ApiKeys(database).create(_TENANT, "agent", "ana")
        async with database.transaction([_TENANT]) as tx:
            ana = Employee(Person("ana", "Ana", 0), present=True, duty_owner=True, capacity=count)
            await PostgresWork(tx, rules.shelf).register_employee(_TENANT, ana)
            await subscriptions.handle(tx, [_complaint(case_id) for case_id in cases])
    return cases, token


def _complaint(case_id: str) -> Event:
    message = intake.ComplaintReceived(case_id=case_id, category="delay")
    message.customer.first_name = "Maria"
    message.message.message_id = str(uuid4())
    return Event(
        topic="amends.intake.events.v1", partition=0, offset=0, key=case_id, event_id=str(uuid4()),
        type=message.DESCRIPTOR.full_name, tenant_id=_TENANT, time=datetime.now(UTC), correlation_id=case_id,
        causation_id=None, traceparent=None, sequence=None, message=message,
    )  # fmt: skip


@asynccontextmanager
async def _resolution(dsns: Dsns, cases: list[str], token: str) -> AsyncIterator[Side]:
    port = _free_port()
    env = {
        "AMENDS_LOG_LEVEL": "warning",
        "AMENDS_RESOLUTION_APP_DSN": dsns.app,
        "AMENDS_RESOLUTION_SYSTEM_DSN": dsns.system,
        "AMENDS_RESOLUTION_GRPC_BIND": f"127.0.0.1:{port}",
    }
    async with (
        _process(["services.resolution", "serve"], env) as pid,
        calling.connect(f"127.0.0.1:{port}", token) as channel,
    ):
        stub = ResolutionServiceStub(channel)
        await channel.channel_ready()

        async def call(number: int) -> None:
            await stub.RecordCause(
                pb.RecordCauseRequest(
                    case_id=cases[number % len(cases)], cause="A crew was late", idempotency_key=str(uuid4())
                )
            )

        yield Side(pid, call)


@asynccontextmanager
async def _bare(dsns: Dsns) -> AsyncIterator[Side]:
    port = _free_port()
    command = ["tests.support.bare_call", dsns.owner, str(port)]
    async with _process(command, {}) as pid, calling.connect(f"127.0.0.1:{port}") as channel:
        insert = channel.unary_unary(
            INSERT, pb.RecordCauseRequest.SerializeToString, pb.GetCaseRequest.FromString
        )
        await channel.channel_ready()

        async def call(number: int) -> None:
            await insert(pb.RecordCauseRequest(case_id=str(number), cause="A crew was late"))

        yield Side(pid, call)


@asynccontextmanager
async def _process(command: list[str], env: dict[str, str]) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, env={**os.environ, **env})
    try:
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    uvloop.install()
    calm_collector()
    sys.exit(main("commands", __doc__, run, OPTIONS))
