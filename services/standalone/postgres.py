"""A real PostgreSQL on this machine: TCP on 127.0.0.1, scram password, durable, data kept between starts."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import asyncpg

from services.standalone.identity import Tenancy, choose_tenancy, settle, settle_binaries
from services.standalone.keeper import Keeper, OnEvent, ignore_event, ready_or_dead
from services.standalone.layout import Layout
from services.standalone.maven import Progress
from services.standalone.pgbinaries import PgBinaries, choose, find_binaries
from services.standalone.pgcluster import (
    SUPERUSER,
    clear_the_way,
    cluster_major,
    kept_password,
    make_cluster_once,
)
from services.standalone.ports import LOCALHOST, kept_ports
from services.standalone.process import SELF, Process
from services.standalone.waiting import until

_STARTUP_S = 120.0  # after a crash under load the server first replays up to max_wal_size
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
    # New tables grow from nothing to thousands of rows in seconds: their statistics must follow.
    "autovacuum_naptime": "5s",
}


class EmbeddedPostgres:
    """`async with EmbeddedPostgres(layout) as pg: pg.url`, a superuser's. The caller holds the layout's lock.

    A server that dies is started again at the same address, and `on_event` told. `tenancy` overrides who it
    runs as; by default that is found out. Raises on entry: ToolMissing, DataFolderUnusable, StartFailed (with
    the log's end).
    """

    name = "postgres"
    # PostgreSQL's fast shutdown: open transactions are rolled back, data is flushed.
    stop_signal = signal.SIGINT
    stop_timeout_s = 30.0

    def __init__(
        self,
        layout: Layout,
        *,
        tenancy: Tenancy | None = None,
        env: Mapping[str, str] | None = None,
        progress: Progress = lambda line: None,
        on_event: OnEvent = ignore_event,
    ) -> None:
        self._layout = layout
        self._tenancy = tenancy
        self._env = {**(os.environ if env is None else env), "LC_ALL": "C", "TZ": "UTC"}
        self._progress = progress
        self._log = layout.logs / f"{self.name}.log"
        self._command: list[str] = []
        self._cluster = Path()
        self._identity = SELF
        self.keeper = Keeper(self, on_event)
        self.url = ""

    async def __aenter__(self) -> EmbeddedPostgres:
        await self._prepare()
        await self.keeper.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.keeper.__aexit__(kind, error, trace)

    async def start(self) -> Process:
        """See Supervised."""
        await clear_the_way(self._cluster, self.stop_timeout_s)
        return await self._launch(self._command, self._log)

    async def ready(self, process: Process) -> None:
        """Return once a connection with the password works."""
        await ready_or_dead(process, until(self._accepts), _STARTUP_S)

    async def _prepare(self) -> None:
        """Everything that is done once, before the first start."""
        self._layout.prepare()
        tenancy = self._tenancy or choose_tenancy()
        self._identity = tenancy.identity
        self._cluster = settle(self._layout.postgres, tenancy) / "cluster"
        found = choose(await find_binaries(self._env), cluster_major(self._cluster))
        binaries = replace(found, folder=settle_binaries(found.folder, tenancy))
        password = kept_password(self._layout.postgres / "password")
        await make_cluster_once(self._cluster, binaries, tenancy, password, env=self._env, log=self._log)
        (port,) = kept_ports(self._layout.postgres / "port", 1)
        self.url = f"postgresql://{SUPERUSER}:{password}@{LOCALHOST}:{port}/postgres"
        self._command = await self._server_command(binaries, port)
        self._progress(f"starting PostgreSQL {binaries.major} on {LOCALHOST}:{port} (from {binaries.origin})")

    async def _server_command(self, binaries: PgBinaries, port: int) -> list[str]:
        """The server with its settings as arguments; lz4 only where this build of PostgreSQL has it."""
        server = [str(binaries.postgres), "-D", str(self._cluster)]
        question = [*server, "-C", "wal_compression", "-c", "wal_compression=lz4"]
        probe = await self._launch(question, self._layout.logs / "postgres-probe.log")
        compression = "lz4" if await probe.wait() == 0 else "off"
        settings = {**_SETTINGS, "port": str(port), "wal_compression": compression}
        return server + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    async def _launch(self, command: list[str], log: Path) -> Process:
        return await Process.start(
            self.name,
            command,
            log=log,
            env=self._env,
            cwd=Path("/"),
            # Should we be killed, the postmaster shuts down fast; its backends watch it themselves.
            death_signal=self.stop_signal,
            identity=self._identity,
        )

    async def _accepts(self) -> bool:
        """Whether a connection succeeds; a server still recovering refuses it."""
        try:
            connection = await asyncpg.connect(self.url)
        except (OSError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True
