"""Both servers together: one holder of the folder, and nothing left whichever way that holder ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from services.standalone.errors import FolderInUse
from services.standalone.layout import Layout
from services.standalone.servers import ServerSettings, servers
from services.standalone.waiting import until

pytestmark = pytest.mark.integration

RUN = """
import asyncio
from services.standalone.interrupt import run_until_stopped
from services.standalone.servers import ServerSettings, servers
async def main():
    async with servers(ServerSettings.from_environment()) as running:
        print(running.kafka.keeper.pid, running.postgres.keeper.pid, flush=True)
        await asyncio.Event().wait()
run_until_stopped(main())
"""


def environment(layout: Layout) -> dict[str, str]:
    external = {"KAFKA_BOOTSTRAP", "DATABASE_URL"}
    env = {key: value for key, value in os.environ.items() if key not in external}
    return {**env, "AMENDS_HOME": str(layout.home)}


async def start(layout: Layout) -> tuple[asyncio.subprocess.Process, list[int]]:
    """A supervisor in a process of its own, and the pids of its two servers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, env=environment(layout), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    return process, [int(word) for word in (await process.stdout.readline()).split()]


async def backends(postmaster: int) -> list[int]:
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
    return [int(pid) for pid in children.split()]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_nothing_is_left_when_the_supervisor_ends(
    end: signal.Signals, layout: Layout, is_gone: Callable[[int], Awaitable[bool]]
) -> None:
    process, pids = await start(layout)
    assert len(pids) == 2
    everything = [*pids, *await backends(pids[1])]
    assert len(everything) > 4
    process.send_signal(end)
    await process.wait()
    for pid in everything:
        await asyncio.wait_for(until(lambda pid=pid: is_gone(pid)), 60)  # type: ignore[misc]


async def test_one_folder_has_one_supervisor_and_fresh_begins_anew(layout: Layout) -> None:
    settings = ServerSettings.from_environment(environment(layout))
    async with servers(settings) as running:
        assert running.kafka is not None
        connection = await asyncpg.connect(running.database_url)
        await connection.execute("CREATE TABLE old (x int)")
        await connection.close()
        with pytest.raises(FolderInUse):
            async with servers(replace(settings, fresh=True)):
                pytest.fail("two at once")
    only_postgres = replace(settings, fresh=True, keep=False, kafka_bootstrap="elsewhere:9092")
    async with servers(only_postgres) as running:
        assert (running.bootstrap, running.kafka) == ("elsewhere:9092", None)
        connection = await asyncpg.connect(running.database_url)
        assert await connection.fetchval("SELECT to_regclass('old')") is None
        await connection.close()
    assert list(layout.postgres.iterdir()) == []
