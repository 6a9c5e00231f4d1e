"""Signed webhooks and mails per second and core, next to servers that do nothing and to COPY of the rows.

Per channel and in rounds, the three sides taking turns:

- intake, as it is served: signature or mailbox, reading, identity, case, group commit, answer;
- bare: the same server libraries, which take the same bytes from the same clients and answer;
- COPY: the very rows the round wrote, by the same driver into a database made by the same migrations.

Per core means per second of processor time: of intake with PostgreSQL, of the bare server, of COPY with
PostgreSQL. The ratio is to the tighter of the two limits, though intake does the work of both;
`ratio_server` is intake's own process next to the bare one. Then inputs arrive at random (exponential gaps)
at 0.7 of the rate that intake reached by the clock; each one's wait counts from when it should be sent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import aiosmtplib
import asyncpg
import uvloop

from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.provision import Dsns
from services.chassis.service import calm_collector
from services.chassis.testing.waiting import wait_for
from services.intake.adapters.registration import register_account
from services.standalone import cpu
from tests.support.copying import Connection, copy_values, values
from tests.support.imapserver import free_port
from tests.support.inputs import BASE, CHANNELS, Input, account, inputs
from tests.support.reporting import Figures, main, median, percentile, rounded
from tests.support.servers import Ground, ground

OPTIONS = {"inputs": 2_000, "rounds": 3, "callers": 64, "paced": 2_000, "copy-batch": 200}
TARGET, TARGET_P99_MS, LOAD = 0.5, 250.0, 0.7
_NOT_INPUT = frozenset({"channel_account", "channel_secret", "api_key"})

Send = Callable[[Input], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Side:
    """A server process and the way to its two doors."""

    pid: int
    http_port: int
    smtp_port: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that runs."""

    ours: Side
    bare: Side
    postgres: int
    rows: Connection
    copies: Connection


async def run(asked: argparse.Namespace) -> Figures:
    """Per channel the median of the rounds' ratios; the headline is the least of them."""
    async with ground(kafka=False) as here, AsyncExitStack() as opened:
        scene = await _scene(here, asked.rounds, opened)
        channels = {channel: await _channel(scene, channel, asked) for channel in CHANNELS}
    ratio = min(one["ratio"] for one in channels.values())
    slowest = max(channels, key=lambda channel: channels[channel]["ack_ms_p99"])
    p99 = channels[slowest]["ack_ms_p99"]
    return {
        "ratio": ratio,
        "target": f"at least {TARGET}",
        "met": ratio >= TARGET,
        "at_0_7_of_maximum": {
            "slowest_channel": slowest,
            "ack_ms_p99": p99,
            "target": f"under {TARGET_P99_MS:g} ms",
            "met": p99 < TARGET_P99_MS,
        },
        "channels": channels,
        "held_equal": f"{asked.callers} callers, clients, bytes, server libraries, event loop, rows, fsync",
        "not_equal": "COPY knows its rows beforehand and commits "
        f"{asked.copy_batch} inputs at once; intake commits what has come",
    }


async def _channel(scene: Scene, channel: str, asked: argparse.Namespace) -> Figures:
    rounds = [await _round(scene, channel, number, asked) for number in range(-1, asked.rounds)][1:]
    rate = median([one["per_s"] for one in rounds]) * LOAD
    waits = await _paced(scene.ours, list(inputs(channel, _tenant(channel, "paced"), asked.paced)), rate)
    names = ("ratio", "ratio_server", "per_core_s", "bare_per_core_s", "copy_per_core_s", "per_s", "us")
    return {
        **{name: median([one[name] for one in rounds]) for name in names if name != "us"},
        "us": rounds[-1]["us"],
        "ack_ms_p50": rounded(percentile(waits, 0.5) * 1000),
        "ack_ms_p99": rounded(percentile(waits, 0.99) * 1000),
        "rounds": rounds,
    }


async def _round(scene: Scene, channel: str, number: int, asked: argparse.Namespace) -> Figures:
    tenant = _tenant(channel, number)
    count = asked.inputs if number >= 0 else max(64, asked.inputs // 10)
    sent = list(inputs(channel, tenant, count))
    pids = {"server": scene.bare.pid, "postgres": scene.postgres}
    bare, _ = await _rate(scene.bare, sent, asked.callers, pids)
    ours, per_s = await _rate(scene.ours, sent, asked.callers, pids | {"server": scene.ours.pid})
    copied = await _copy(scene, tenant, count, asked.copy_batch)
    per_core, limits = count / sum(ours.values()), (count / bare["server"], count / copied)
    return {
        "ratio": rounded(per_core / min(limits)),
        "ratio_server": rounded(bare["server"] / ours["server"]),
        "per_core_s": rounded(per_core),
        "bare_per_core_s": rounded(limits[0]),
        "copy_per_core_s": rounded(limits[1]),
        "per_s": rounded(per_s),
        "us": {
            "intake": rounded(ours["server"] / count * 1e6),
            "postgres": rounded(ours["postgres"] / count * 1e6),
            "bare": rounded(bare["server"] / count * 1e6),
            "copy": rounded(copied / count * 1e6),
        },
    }


async def _rate(
    side: Side, sent: Sequence[Input], callers: int, pids: dict[str, int]
) -> tuple[dict[str, float], float]:
    """Processor seconds by process, and inputs per second by the clock; each caller waits for its answer."""
    left = iter(sent)
    before, started = cpu.snapshot(pids), time.perf_counter()

    async def call() -> None:
        async with _client(side, sent[0]) as send:
            for one in left:
                await send(one)

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())
    elapsed, after = time.perf_counter() - started, cpu.snapshot(pids)
    return {name: max(after[name] - before[name], 0.01) for name in pids}, len(sent) / elapsed


async def _paced(side: Side, sent: Sequence[Input], per_s: float) -> list[float]:
    """Seconds from when each should have been sent to its answer, over connections that are there already."""
    gaps, waits, loop = random.Random(1), [], asyncio.get_running_loop()
    free: asyncio.Queue[Send] = asyncio.Queue()
    async with AsyncExitStack() as opened:
        for _ in range(64):
            free.put_nowait(await opened.enter_async_context(_client(side, sent[0])))

        async def call(one: Input, due: float) -> None:
            send = await free.get()
            await send(one)
            waits.append(loop.time() - due)
            free.put_nowait(send)

        due = loop.time()
        async with asyncio.TaskGroup() as group:
            for one in sent:
                due += gaps.expovariate(per_s)
                await asyncio.sleep(max(0.0, due - loop.time()))
                group.create_task(call(one, due))
    return waits


@asynccontextmanager
async def _client(side: Side, like: Input) -> AsyncIterator[Send]:
    """One connection, by HTTP or by SMTP as the input is; an answer other than success ends the run."""
    if like.path:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{side.http_port}") as session:

            async def post(one: Input) -> None:
                async with session.post(one.path, data=one.body, headers=one.headers) as answer:
                    if answer.status != 200:
                        raise RuntimeError(f"{one.path} was answered {answer.status}")

            yield post
        return
    smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=side.smtp_port, use_tls=False, start_tls=False)
    async with smtp:

        async def mail(one: Input) -> None:
            await smtp.sendmail(one.sender, [one.recipient], one.body)

        yield mail


async def _copy(scene: Scene, tenant: str, count: int, batch: int) -> float:
    """Processor seconds, of this process and PostgreSQL, for the rows that intake wrote for `tenant`."""
    rows = await values(scene.rows, tenant, _NOT_INPUT)
    pids = {"own": os.getpid(), "postgres": scene.postgres}
    before = cpu.snapshot(pids)
    await copy_values({"intake": (scene.copies, rows)}, max(1, count // batch))
    after = cpu.snapshot(pids)
    return max(sum(after[name] - before[name] for name in pids), 0.01)


def _tenant(channel: str, number: int | str) -> str:
    return f"{channel}{number}".replace("-", "w")


async def _scene(here: Ground, rounds: int, opened: AsyncExitStack) -> Scene:
    dsns = (await here.databases(["intake"]))["intake"]
    async with Database.open(dsns.app, dsns.system, name="bench") as database:
        for channel in CHANNELS:
            for number in (*range(-1, rounds), "paced"):
                one = account(channel, _tenant(channel, number))
                await register_account(database, one, SystemClock().now())
    twin = (await here.databases(["intake"], "_copy"))["intake"]
    connections = [await asyncpg.connect(here.superuser(one), statement_cache_size=0) for one in (dsns, twin)]
    for each in connections:
        opened.push_async_callback(each.close)
    return Scene(
        await opened.enter_async_context(_intake(dsns)),
        await opened.enter_async_context(_bare()),
        here.pids["postgres"] if "postgres" in here.pids else await _server_pid(connections[0]),
        *connections,
    )


async def _server_pid(connection: Connection) -> int:
    """PostgreSQL's first process, whose children the others are, where the server is on this machine."""
    settings: str = await connection.fetchval("select pg_read_file('postmaster.pid')")
    return int(settings.split(maxsplit=1)[0])


@asynccontextmanager
async def _intake(dsns: Dsns) -> AsyncIterator[Side]:
    http_port, smtp_port = free_port(), free_port()
    env = {
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "AMENDS_LOG_LEVEL": "warning",
        "AMENDS_INTAKE_APP_DSN": dsns.app,
        "AMENDS_INTAKE_SYSTEM_DSN": dsns.system,
        "AMENDS_INTAKE_HTTP_BIND": f"127.0.0.1:{http_port}",
        "AMENDS_INTAKE_SMTP_BIND": f"127.0.0.1:{smtp_port}",
        "AMENDS_INTAKE_SENDER_LIMIT": "0",
        "AMENDS_PUBLIC_BASE_URL": BASE,
        "AMENDS_THREAD_SECRET": "bench",
    }
    profile = os.environ.get("AMENDS_BENCH_PROFILE")
    profiled = ["cProfile", "-o", f"{profile}/intake.prof", "-m"] if profile else []
    async with _process([*profiled, "services.intake", "serve"], env) as process:
        yield await _up(process, http_port, smtp_port)


@asynccontextmanager
async def _bare() -> AsyncIterator[Side]:
    http_port, smtp_port = free_port(), free_port()
    async with _process(["tests.support.bare_intake", str(http_port), str(smtp_port)], {}) as process:
        yield await _up(process, http_port, smtp_port)


async def _up(process: asyncio.subprocess.Process, http_port: int, smtp_port: int) -> Side:
    side = Side(process.pid, http_port, smtp_port)

    async def listens() -> bool:
        assert process.returncode is None, f"the server ended with {process.returncode}: is a port taken?"
        try:
            for port in (side.http_port, side.smtp_port):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
        except OSError:
            return False
        return True

    await wait_for(listens, 60, what="the server to listen")
    return side


@asynccontextmanager
async def _process(command: list[str], env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, env={**os.environ, **env})
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


if __name__ == "__main__":
    uvloop.install()
    calm_collector()
    sys.exit(main("intake", __doc__, run, OPTIONS))
