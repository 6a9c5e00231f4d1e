"""A service as a process: how it starts, what it says of itself, how it stops, what its exit code means."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import grpc.aio
import pytest
import pytest_asyncio
from google.protobuf.wrappers_pb2 import StringValue
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.chassis import calling
from services.chassis.db import Database
from services.chassis.http import read_body, serve
from services.chassis.provision import Dsns
from services.chassis.security import ApiKeys
from services.chassis.testing.waiting import wait_for

pytestmark = pytest.mark.integration

DsnsFor = Callable[[str], Awaitable[Dsns]]
SAMPLE = Path(__file__).with_name("sample_service.py")


class Process:
    """The sample service, its log lines read as they come."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self.errors = b""
        self._reading = asyncio.gather(self._read_log(), self._read_errors())

    async def _read_log(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(json.loads(line))

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = await self.process.stderr.read()

    async def says(self, event: str, **fields: Any) -> dict[str, Any]:
        """The first line with this event and these fields."""

        def found() -> dict[str, Any] | None:
            wanted = {"event": event, **fields}
            return next((line for line in self.lines if wanted.items() <= line.items()), None)

        line = await wait_for(found, what=event)
        assert line is not None
        return line

    async def port(self, component: str) -> int:
        return int((await self.says("listening", component=component))["port"])

    async def get(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{await self.port('admin')}{path}"
        async with aiohttp.ClientSession() as client, client.get(url) as answer:
            return answer.status, await answer.text()

    async def end(self) -> int:
        """Its exit code, when it and its log have come to their end."""
        code = await self.process.wait()
        await self._reading
        return code

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


Start = Callable[..., Awaitable[Process]]


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    """`await start("run", {...})`: the sample service with these variables and no others of ours."""
    started: list[Process] = []

    async def begin(role: str, env: Mapping[str, str]) -> Process:
        quiet = {key: value for key, value in os.environ.items() if not key.startswith(("AMENDS_", "OTEL_"))}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SAMPLE), role,
            env={**quiet, "SAMPLE_REQUIRED": "x", **env},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(Process(process))
        return started[-1]

    yield begin
    for one in started:
        if one.process.returncode is None:
            one.process.kill()
        await one.end()


@pytest_asyncio.fixture
async def env(dsns_for: DsnsFor) -> dict[str, str]:
    """A database with the chassis' tables, as the service is told of it."""
    dsns = await dsns_for("chassis")
    return {
        "AMENDS_SAMPLE_APP_DSN": dsns.app,
        "AMENDS_SAMPLE_SYSTEM_DSN": dsns.system,
        "AMENDS_TRACE_RATIO": "1",
    }


async def key(env: Mapping[str, str]) -> str:
    """A key in the service's database."""
    dsns = env["AMENDS_SAMPLE_APP_DSN"], env["AMENDS_SAMPLE_SYSTEM_DSN"]
    async with Database.open(*dsns, name="test") as database:
        return await ApiKeys(database).create("acme", "agent")


async def wait(channel: grpc.aio.Channel) -> str:
    """Call the method that lasts."""
    call = channel.unary_unary("/sample.Sample/Wait", StringValue.SerializeToString, StringValue.FromString)
    answer: StringValue = await call(StringValue())
    return answer.value


async def test_a_started_service_is_ready_and_measures_itself(start: Start, env: dict[str, str]) -> None:
    service = await start("run", env)
    await service.says("running")
    assert (await service.get("/readyz?verbose"))[1].splitlines() == [
        "[+]started ok",
        "[+]not_stopping ok",
        "[+]database ok",
        "ok",
    ]
    status, text = await service.get("/metrics")
    assert status == 200
    assert "http_server_request_duration_seconds_bucket{" in text
    assert 'le="0.005"' in text
    assert 'service_name="sample"' in text


async def test_sigterm_finishes_the_call_in_flight_before_the_data_path_and_the_pools(
    start: Start, env: dict[str, str]
) -> None:
    service = await start("run", env)
    async with calling.connect(f"127.0.0.1:{await service.port('grpc')}", await key(env)) as channel:
        under_way = asyncio.create_task(wait(channel))
        entered = await service.says("call entered")
        assert len(entered["trace_id"]) == 32
        service.process.send_signal(signal.SIGTERM)
        await service.says("stopping")
        assert (await service.get("/readyz"))[0] == 503
        service.process.send_signal(signal.SIGUSR1)
        assert await under_way == "done"
    assert await service.end() == 0
    told = ["stopping", "call done", "consumer stopped", "pools closed"]
    assert [event for event in service.events if event in told] == told
    assert service.errors == b""


async def test_a_failed_component_ends_the_process_loudly(start: Start, env: dict[str, str]) -> None:
    service = await start("run", {**env, "SAMPLE_FAULT": "consumer"})
    assert await service.end() == 1
    line = await service.says("a component ended before it was told to", component="consumer")
    assert "RuntimeError: poisoned" in line["exception"]
    assert service.events[-2:] == ["stopped", "pools closed"]


async def test_a_role_runs_its_part_alone(start: Start, env: dict[str, str]) -> None:
    service = await start("serve", {**env, "SAMPLE_FAULT": "consumer"})
    await service.says("running", count=1)
    service.process.send_signal(signal.SIGINT)
    assert await service.end() == 0


async def test_wrong_settings_are_told_at_once_and_no_restart_is_wanted(start: Start) -> None:
    service = await start("run", {"SAMPLE_REQUIRED": "", "AMENDS_GRACE_S": "soon"})
    assert await service.end() == 78
    assert b"SAMPLE_REQUIRED is missing (anything)" in service.errors
    assert b"AMENDS_GRACE_S 'soon' is not a number" in service.errors
    shouting = await start("run", {"AMENDS_LOG_LEVEL": "loud"})
    assert await shouting.end() == 78


async def test_a_database_that_is_away_ends_the_start_without_naming_secrets(start: Start) -> None:
    away = "postgresql://u:hunter2@127.0.0.1:1/none"
    service = await start("run", {"AMENDS_SAMPLE_APP_DSN": away, "AMENDS_SAMPLE_SYSTEM_DSN": away})
    assert await service.end() == 1
    assert (await service.says("could not go on"))["rule"] == "database_away"
    assert "hunter2" not in json.dumps(service.lines)


class Collector:
    """Takes what is pushed by OTLP/HTTP."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive, 1 << 24)
        self.bodies.setdefault(scope["path"], []).append(body)
        await Response(b"", media_type="application/x-protobuf")(scope, receive, send)


async def test_what_is_not_yet_pushed_to_the_collector_is_flushed_at_the_end(
    start: Start, env: dict[str, str]
) -> None:
    collector = Collector()
    async with serve(collector, "127.0.0.1", 0) as server:
        service = await start(
            "run", {**env, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.port}"}
        )
        async with calling.connect(f"127.0.0.1:{await service.port('grpc')}", await key(env)) as channel:
            service.process.send_signal(signal.SIGUSR1)
            assert await wait(channel) == "done"
        service.process.send_signal(signal.SIGTERM)
        assert await service.end() == 0
    assert b"sample.Sample/Wait" in b"".join(collector.bodies["/v1/traces"])
    assert b"rpc.server.call.duration" in b"".join(collector.bodies["/v1/metrics"])


async def test_a_collector_that_is_away_changes_nothing_but_the_log(
    start: Start, env: dict[str, str]
) -> None:
    service = await start("run", {**env, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
    await service.says("running")
    service.process.send_signal(signal.SIGTERM)
    assert await service.end() == 0


async def test_an_idle_service_stays_small(start: Start, env: dict[str, str]) -> None:
    service = await start("run", env)
    await service.says("running")
    await service.get("/metrics")
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    resident_kib = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    assert resident_kib < 90 * 1024, "the chassis alone must leave room for a service under 120 MiB"


@pytest_asyncio.fixture
async def unborn(postgres_url: str) -> AsyncIterator[dict[str, str]]:
    """The variables of a service whose roles and database do not exist yet; removed afterwards."""
    name = f"edge{secrets.token_hex(4)}"
    place = postgres_url.rpartition("@")[2].partition("/")[0]
    kinds = ("owner", "app", "system")
    yield {
        "SAMPLE_NAME": name,
        "AMENDS_SUPERUSER_URL": postgres_url,
        **{
            f"AMENDS_{name.upper()}_{kind.upper()}_DSN": f"postgresql://amends_{name}_{kind}:p%40ss-{kind}@{place}/amends_{name}"
            for kind in kinds
        },
    }  # fmt: skip
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f'drop database if exists "amends_{name}" with (force)')
    for kind in kinds:
        await admin.execute(f'drop role if exists "amends_{name}_{kind}"')
    await admin.close()


async def test_migrate_makes_roles_and_database_and_applies_each_migration_once(
    start: Start, unborn: dict[str, str]
) -> None:
    first = await start("migrate", unborn)
    assert await first.end() == 0
    assert "0001_thing" in json.dumps([line for line in first.lines if line["event"] == "migration applied"])
    second = await start("migrate", unborn)
    assert await second.end() == 0
    assert (await second.says("migrated"))["count"] == 0
    service = await start("run", {key: value for key, value in unborn.items() if "SUPERUSER" not in key})
    await service.says("running")
    assert (await service.get("/readyz"))[0] == 200


async def test_migrate_without_an_owner_or_without_passwords_says_what_is_missing(
    start: Start, postgres_url: str
) -> None:
    service = await start("migrate", {})
    assert await service.end() == 78
    assert "AMENDS_SAMPLE_OWNER_DSN" in (await service.says("the settings cannot work"))["error"]
    service = await start("migrate", {"AMENDS_SUPERUSER_URL": postgres_url})
    assert await service.end() == 78
