"""A real PostgreSQL on this machine: TCP on 127.0.0.1, scram password, durable, data kept between starts."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import asyncpg

from services.standalone.errors import StartFailed
from services.standalone.identity import Tenancy, choose_tenancy, settle, settle_binaries
from services.standalone.jars import Progress
from services.standalone.layout import Layout
from services.standalone.pgbinaries import PgBinaries, choose, find_binaries
from services.standalone.ports import LOCALHOST, kept_ports
from services.standalone.process import Process

SUPERUSER = "amends"
_NAME = "postgres"
_STARTUP_S = 120.0  # after a crash under load the server first replays up to max_wal_size
_STOP_S = 30.0
_SETTINGS = {
    "listen_addresses": LOCALHOST,
    # No socket file: its path has a limit of 107 bytes, which a data folder somewhere deep exceeds.
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}


class EmbeddedPostgres:
    """`async with EmbeddedPostgres(layout) as pg: pg.url` (of a superuser). The caller holds the layout's lock.

    `tenancy` overrides who the server runs as; by default it is found out. Raises on entry: ToolMissing,
    DataFolderUnusable, StartFailed (with the end of the log).
    """

    def __init__(
        self,
        layout: Layout,
        *,
        tenancy: Tenancy | None = None,
        env: Mapping[str, str] | None = None,
        progress: Progress = lambda line: None,
    ) -> None:
        self._layout = layout
        self._tenancy = tenancy
        self._env = dict(os.environ if env is None else env)
        self._progress = progress
        self._log = layout.logs / "postgres.log"
        self._process: Process | None = None
        self.url = ""

    async def __aenter__(self) -> EmbeddedPostgres:
        self._layout.prepare()
        tenancy = self._tenancy or choose_tenancy()
        site = settle(self._layout.postgres, tenancy)
        cluster = site / "cluster"
        found = choose(await find_binaries(self._env), _cluster_major(cluster))
        binaries = replace(found, folder=settle_binaries(found.folder, tenancy))
        password = self._password()
        await self._make_cluster_once(binaries, tenancy, cluster, password)
        await _clear_the_way(cluster)
        (port,) = kept_ports(self._layout.postgres / "port", 1)
        self.url = f"postgresql://{SUPERUSER}:{password}@{LOCALHOST}:{port}/postgres"
        self._progress(f"starting PostgreSQL {binaries.major} on {LOCALHOST}:{port} (from {binaries.origin})")
        settings = await self._settings(binaries, tenancy, cluster, port)
        self._process = await self._start(
            [str(binaries.postgres), "-D", str(cluster), *settings], tenancy, death_signal=signal.SIGINT
        )
        try:
            await _ready(self._process, self.url)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def process(self) -> Process:
        """The running postmaster, for supervision and for fault tests."""
        assert self._process is not None, "the server runs inside its `async with` only"
        return self._process

    async def _stop(self) -> None:
        if self._process is not None:
            # SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, data is flushed.
            await self._process.stop(signal.SIGINT, _STOP_S)

    def _password(self) -> str:
        """The superuser's password: made at the first start, readable by the data folder's owner alone."""
        file = self._layout.postgres / "password"
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_urlsafe(24))
        return file.read_text(encoding="ascii").strip()

    async def _make_cluster_once(
        self, binaries: PgBinaries, tenancy: Tenancy, cluster: Path, password: str
    ) -> None:
        """initdb beside the final place, then rename: an interrupted initdb never looks like a cluster."""
        if cluster.exists():
            return
        self._progress(f"making a PostgreSQL {binaries.major} cluster")
        half = cluster.with_name("cluster.new")
        password_file = cluster.with_name("password.once")
        shutil.rmtree(half, ignore_errors=True)
        try:
            _write_for(password_file, password, tenancy)
            command = [
                str(binaries.initdb), "-D", str(half), f"--username={SUPERUSER}", f"--pwfile={password_file}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale",
            ]  # fmt: skip
            process = await self._start(command, tenancy)
            if await process.wait() != 0:
                raise StartFailed("PostgreSQL", "initdb failed", self._log, process.tail())
        finally:
            password_file.unlink(missing_ok=True)
        half.rename(cluster)

    async def _settings(self, binaries: PgBinaries, tenancy: Tenancy, cluster: Path, port: int) -> list[str]:
        """The server's settings as arguments; lz4 only where this build of PostgreSQL has it."""
        asked = {**_SETTINGS, "port": str(port)}
        command = [str(binaries.postgres), "-D", str(cluster), "-C", "wal_compression", "-c", "wal_compression=lz4"]
        probe = await self._start(command, tenancy, log=self._layout.logs / "postgres-settings.log")
        asked["wal_compression"] = "lz4" if await probe.wait() == 0 else "off"
        return [part for name, value in asked.items() for part in ("-c", f"{name}={value}")]

    async def _start(
        self,
        command: list[str],
        tenancy: Tenancy,
        *,
        death_signal: signal.Signals = signal.SIGKILL,
        log: Path | None = None,
    ) -> Process:
        return await Process.start(
            _NAME,
            command,
            log=log or self._log,
            env={**self._env, "LC_ALL": "C", "TZ": "UTC"},
            cwd=Path("/"),
            death_signal=death_signal,
            identity=tenancy.identity,
        )


def _cluster_major(cluster: Path) -> int | None:
    """The major version that wrote `cluster`, None when there is no cluster yet."""
    file = cluster / "PG_VERSION"
    return int(file.read_text(encoding="ascii")) if file.exists() else None


def _write_for(file: Path, text: str, tenancy: Tenancy) -> None:
    """Write a secret that only the identity of `tenancy` can read."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(text)
    if tenancy.owner is not None:
        os.chown(file, tenancy.owner.pw_uid, tenancy.owner.pw_gid)


async def _clear_the_way(cluster: Path) -> None:
    """See to it that no earlier postmaster, living or dead, is in the way of a new one on `cluster`.

    After a killed supervisor the old server may still be shutting down: it is waited for. A pid file whose number
    meanwhile belongs to another program (after a reboot, say) is removed, or PostgreSQL would refuse to start.
    """
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    if not _is_postmaster_of(pid, cluster):
        pid_file.unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGINT)
    async with asyncio.timeout(_STOP_S):
        while _is_postmaster_of(pid, cluster):
            await asyncio.sleep(0.05)


def _is_postmaster_of(pid: int, cluster: Path) -> bool:
    """Whether `pid` is a server started by us on `cluster`, by its command line."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(cluster) in command


async def _ready(process: Process, url: str) -> None:
    """Wait until a connection with the password works; StartFailed when the server ends or never answers."""
    why = "no connection was tried"
    try:
        async with asyncio.timeout(_STARTUP_S):
            while process.returncode is None:
                try:
                    connection = await asyncpg.connect(url)
                except (OSError, asyncpg.CannotConnectNowError) as error:
                    why = str(error)
                    await asyncio.sleep(0.05)
                else:
                    await connection.close()
                    return
    except TimeoutError:
        why = f"no connection in {_STARTUP_S:.0f} s ({why})"
    else:
        why = f"it ended with status {process.returncode}"
    raise StartFailed("PostgreSQL", why, process.log, process.tail())
