"""The platform after its demonstration, watched by a real Prometheus, and ways to harm it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import yaml

from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import Clients
from services.standalone.demo.ledger import Ledger
from services.standalone.demo.play import cast, play, settings_for
from services.standalone.demo.scenario import load
from services.standalone.demo.setting import Doors, Keys, set_the_stage
from services.standalone.layout import SERVICES
from services.standalone.servers import ServerSettings
from services.standalone.stack import Stack, StackSettings, stack
from tests.support.imapserver import free_port
from tests.support.watch import Watch, prometheus

_SECRET = "whsec_cmVjb3JkZWQtc3RhbmRhcmQtc2VjcmV0LTAx"


@dataclass(frozen=True, slots=True)
class Scene:
    """The platform after the demonstration, its customers, and who watches."""

    stack: Stack
    keys: Keys
    clients: Clients
    env: dict[str, str]
    watch: Watch
    folder: Path
    session: aiohttp.ClientSession
    tenant: str

    async def fired(self, *names: str, within: float) -> None:
        """Wait for these alerts."""

        async def all_fired() -> bool:
            return set(names) <= await self.watch.fired()

        try:
            await wait_for(all_fired, within, what=f"{names}")
        except AssertionError:
            raise AssertionError(f"did not fire: {set(names) - await self.watch.fired()}") from None

    @asynccontextmanager
    async def locked(self, service: str, table: str) -> AsyncIterator[None]:
        """A long transaction of somebody else holds a table."""
        connection = await asyncpg.connect(self.stack.databases[service].owner)
        try:
            async with connection.transaction():
                await connection.execute(f"lock table {table} in access exclusive mode")
                yield
        finally:
            await connection.close()

    async def fault(self, provider: str, status: int, times: int, *, after_accept: bool = False) -> None:
        """What goes wrong at the recording provider."""
        told = {"provider": provider, "status": status, "times": times, "after_accept": after_accept}
        url = f"{self.stack.url('provider.http')}/faults"
        async with self.session.post(url, json=told) as answer:
            assert answer.status == 204


@asynccontextmanager
async def played(folder: Path) -> AsyncIterator[Scene]:
    """Everything started in a folder of its own, watched from the start, and the demonstration played."""
    scenario = load()
    own = {
        name: value for name, value in os.environ.items() if name not in ("KAFKA_BOOTSTRAP", "DATABASE_URL")
    }
    servers = ServerSettings.from_environment({**own, "AMENDS_HOME": str(folder / "data")})
    endpoint = {
        "url": f"http://127.0.0.1:{free_port()}",
        "secrets": [_SECRET],
    }
    (folder / "endpoints.yaml").write_text(yaml.safe_dump({"tenants": {scenario.tenant: endpoint}}))
    settings = {
        **settings_for(86_400, scenario.accounts),
        "AMENDS_RESOLUTION_FULFILMENT": str(folder / "endpoints.yaml"),
        "AMENDS_RESOLUTION_PREVENTION_S": "0.001",
        "AMENDS_FOLLOWUP_PROGRESS_S": "10",
        "AMENDS_FOLLOWUP_CHAMPION_S": "5",
    }
    wanted = StackSettings(
        ServerSettings(servers.layout, servers.env, keep=False), settings=settings, tenant=scenario.tenant
    )
    async with stack(wanted) as running:
        targets = {name: running.url(f"{name}.admin").removeprefix("http://") for name in SERVICES}
        async with prometheus(folder, targets) as watch, aiohttp.ClientSession() as session:
            env = {**own, **running.env}
            keys = await set_the_stage(env, scenario, folder)
            async with cast(running, scenario, keys, Ledger(), 1) as company:
                assert await play(company, 240)
            clients = Doors.of(running.env).clients(session, scenario, keys)
            yield Scene(running, keys, clients, env, watch, folder, session, scenario.tenant)
