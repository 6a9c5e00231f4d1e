"""The embedded PostgreSQL is a real one: durable, password-protected, never root, back after every kind of
end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import asyncpg
import pytest

from services.standalone.errors import StartFailed
from services.standalone.identity import Tenancy, choose_tenancy, other_user
from services.standalone.keeper import Event, Happened
from services.standalone.layout import Layout
from services.standalone.pgbinaries import find_binaries
from services.standalone.postgres import EmbeddedPostgres
from services.standalone.waiting import until

pytestmark = pytest.mark.integration


def tenancies() -> list[Tenancy]:
    """Every way this user can run PostgreSQL: an ordinary user as itself, root in two ways."""
    own = choose_tenancy()
    return [own] if os.geteuid() != 0 or own.owner is not None else [own, other_user()]


def name_of(tenancy: Tenancy) -> str:
    return tenancy.identity.spec.partition(":")[0]


async def write(url: str, word: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
    await connection.execute("INSERT INTO words VALUES ($1)", word)
    await connection.close()


async def read(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT word FROM words ORDER BY word")
    await connection.close()
    return [row["word"] for row in rows]


async def settings(url: str) -> dict[str, str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT name, setting FROM pg_settings")
    await connection.close()
    return {row["name"]: row["setting"] for row in rows}


@pytest.mark.parametrize("tenancy", tenancies(), ids=name_of)
async def test_rows_address_and_password_survive_a_restart(tenancy: Tenancy, layout: Layout) -> None:
    async with EmbeddedPostgres(layout, tenancy=tenancy) as pg:
        url = pg.url
        await write(url, "first")
    async with EmbeddedPostgres(layout, tenancy=tenancy) as pg:
        assert pg.url == url
        await write(url, "second")
        assert await read(url) == ["first", "second"]


async def test_a_root_that_lost_its_namespaces_still_reads_the_same_data(layout: Layout) -> None:
    written = []
    for tenancy in tenancies():
        word = name_of(tenancy)
        async with EmbeddedPostgres(layout, tenancy=tenancy) as pg:
            await write(pg.url, word)
            written.append(word)
            assert await read(pg.url) == sorted(written)


async def test_a_cluster_that_its_user_cannot_reach_moves_to_where_it_can(
    layout: Layout, elsewhere: Path
) -> None:
    async with EmbeddedPostgres(layout) as pg:
        await write(pg.url, "moved along")
    if os.geteuid() != 0:
        assert not (layout.postgres / "site").is_symlink(), "an ordinary user's files stay where they are"
        return
    async with EmbeddedPostgres(layout, tenancy=other_user()) as pg:
        assert (layout.postgres / "site").resolve().parent == elsewhere
        assert await read(pg.url) == ["moved along"]
    layout.fresh()
    assert list(elsewhere.glob("data-*")) == []


async def test_commits_are_durable_and_times_are_utc(layout: Layout) -> None:
    async with EmbeddedPostgres(layout) as pg:
        now = await settings(pg.url)
    assert {key: now[key] for key in ("fsync", "synchronous_commit", "TimeZone", "max_connections")} == {
        "fsync": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "max_connections": "200",
    }
    assert now["wal_compression"] in ("lz4", "off")
    assert (now["listen_addresses"], now["unix_socket_directories"]) == ("127.0.0.1", "")


async def test_nobody_gets_in_without_the_password_which_only_the_owner_can_read(layout: Layout) -> None:
    async with EmbeddedPostgres(layout) as pg:
        user, _, rest = pg.url.partition("@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"{user.rpartition(':')[0]}:guess@{rest}")
    assert (layout.postgres / "password").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("tenancy", tenancies(), ids=name_of)
async def test_a_killed_postmaster_comes_back_by_itself_with_every_commit(
    tenancy: Tenancy, layout: Layout
) -> None:
    ready = asyncio.Event()

    def on_event(event: Event) -> None:
        if event.happened is Happened.READY and event.restarts:
            ready.set()

    async with EmbeddedPostgres(layout, tenancy=tenancy, on_event=on_event) as pg:
        await write(pg.url, "committed")
        assert pg.keeper.pid is not None
        os.kill(pg.keeper.pid, signal.SIGKILL)
        await asyncio.wait_for(ready.wait(), 60)
        assert await read(pg.url) == ["committed"]
        assert pg.keeper.restarts >= 1


async def test_a_pid_file_that_names_a_strangers_process_is_no_obstacle(layout: Layout) -> None:
    async with EmbeddedPostgres(layout) as pg:
        await write(pg.url, "kept")
    pid_file = layout.postgres / "site" / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n/elsewhere\n1\n5432\n\n127.0.0.1\n1 1\nready\n")
    async with EmbeddedPostgres(layout) as pg:
        assert await read(pg.url) == ["kept"]


async def test_an_interrupted_initdb_is_not_taken_for_a_cluster(layout: Layout) -> None:
    half = layout.prepare().postgres / "site" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    async with EmbeddedPostgres(layout) as pg:
        await write(pg.url, "whole")
    assert not half.exists()


async def test_a_taken_port_is_no_obstacle(layout: Layout) -> None:
    layout.prepare()
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        (layout.postgres / "port").write_text(str(taken))
        async with EmbeddedPostgres(layout) as pg:
            assert f":{taken}/" not in pg.url
            await write(pg.url, "here")


async def test_a_server_that_cannot_start_fails_at_once_with_the_end_of_its_log(layout: Layout) -> None:
    async with EmbeddedPostgres(layout):
        pass
    (layout.postgres / "site" / "cluster" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(StartFailed, match=r"postgres did not start: it ended with status") as caught:
        async with EmbeddedPostgres(layout):
            pytest.fail("no cluster starts without pg_control")
    assert "pg_control" in caught.value.tail


async def test_the_wheels_server_serves_a_machine_without_postgresql(layout: Layout) -> None:
    (wheel, *_) = [found for found in await find_binaries({"PATH": ""}) if found.origin == "wheel"]
    env = {**os.environ, "AMENDS_POSTGRES_BIN": str(wheel.folder)}
    for tenancy in tenancies():
        async with EmbeddedPostgres(layout, tenancy=tenancy, env=env) as pg:
            await write(pg.url, name_of(tenancy))
            assert (await settings(pg.url))["server_version_num"].startswith(str(wheel.major))


async def test_fresh_empties_the_database(layout: Layout) -> None:
    async with EmbeddedPostgres(layout) as pg:
        await write(pg.url, "old")
    layout.fresh()
    async with EmbeddedPostgres(layout) as pg:
        with pytest.raises(asyncpg.UndefinedTableError):
            await read(pg.url)


ORDINARY = """
import asyncio, os, sys
from pathlib import Path
import asyncpg
from services.standalone.identity import choose_tenancy
from services.standalone.layout import Layout
from services.standalone.postgres import EmbeddedPostgres
async def main():
    home = Path(sys.argv[1])
    async with EmbeddedPostgres(Layout(home, home)) as pg:
        connection = await asyncpg.connect(pg.url)
        print(os.geteuid() != 0, choose_tenancy().identity.spec, await connection.fetchval("SELECT 1"))
asyncio.run(main())
"""


async def test_an_ordinary_user_runs_it_as_itself(layout: Layout, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ORDINARY, str(layout.home)]
    own = choose_tenancy().identity.spec
    if own.startswith("namespace"):
        # Root becomes an ordinary user for the whole of that process, who still may read root's environment.
        command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", *command]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    if own.startswith("user"):
        assert b"True" not in output, "root without namespaces stays root here"
    else:
        assert output.decode().split() == ["True", "self", "1"], errors.decode()


KILLED = """
import asyncio, sys
from pathlib import Path
from services.standalone.layout import Layout
from services.standalone.postgres import EmbeddedPostgres
async def main():
    home = Path(sys.argv[1])
    async with EmbeddedPostgres(Layout(home, home)) as pg:
        print(pg.keeper.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_a_start_right_after_the_supervisor_was_killed_waits_for_the_old_server(layout: Layout) -> None:
    async with EmbeddedPostgres(layout) as pg:
        await write(pg.url, "kept")
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(layout.home), stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    await supervisor.stdout.readline()
    supervisor.kill()
    await supervisor.wait()
    async with EmbeddedPostgres(layout) as pg:
        assert await read(pg.url) == ["kept"]
    await asyncio.wait_for(until(lambda: no_server_on(layout)), 30)


async def no_server_on(layout: Layout) -> bool:
    """Whether no process names this data folder in its arguments."""
    wanted = os.fsencode(layout.postgres)
    return not any(wanted in cmdline(entry) for entry in Path("/proc").glob("[0-9]*/cmdline"))


def cmdline(entry: Path) -> bytes:
    try:
        return entry.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
