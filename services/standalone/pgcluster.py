"""A PostgreSQL cluster on disk: made once by initdb, kept between starts, cleared of what a crash left in the
way.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from services.standalone.errors import StartFailed
from services.standalone.identity import Tenancy
from services.standalone.pgbinaries import PgBinaries
from services.standalone.process import Process
from services.standalone.stackfile import write_private
from services.standalone.waiting import until

SUPERUSER = "amends"


def cluster_major(cluster: Path) -> int | None:
    """The major version that wrote `cluster`, None when there is no cluster yet."""
    file = cluster / "PG_VERSION"
    return int(file.read_text(encoding="ascii")) if file.exists() else None


def kept_password(file: Path) -> str:
    """The superuser's password: made at the first start, readable by the data folder's owner alone."""
    if not file.exists():
        write_private(file, secrets.token_urlsafe(24))
    return file.read_text(encoding="ascii").strip()


async def make_cluster_once(
    cluster: Path, binaries: PgBinaries, tenancy: Tenancy, password: str, *, env: Mapping[str, str], log: Path
) -> None:
    """Make `cluster` unless it is there; raises StartFailed when initdb fails.

    It is made beside its final place and then renamed: an interrupted initdb never looks like a cluster.
    """
    if cluster.exists():
        return
    half = cluster.with_name("cluster.new")
    password_file = cluster.with_name("password.once")
    shutil.rmtree(half, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    try:
        write_private(password_file, password)
        if tenancy.owner is not None:
            os.chown(password_file, tenancy.owner.pw_uid, tenancy.owner.pw_gid)
        who = [f"--username={SUPERUSER}", f"--pwfile={password_file}", "--auth=scram-sha-256"]
        command = [str(binaries.initdb), "-D", str(half), "--encoding=UTF8", "--no-locale", *who]
        initdb = await Process.start(
            "initdb", command, log=log, env=env, cwd=Path("/"), identity=tenancy.identity
        )
        if await initdb.wait() != 0:
            raise StartFailed("initdb", f"status {initdb.returncode}", log, initdb.tail())
    finally:
        password_file.unlink(missing_ok=True)
    half.rename(cluster)


async def clear_the_way(cluster: Path, timeout_s: float) -> None:
    """See to it that no earlier postmaster, living or dead, is in the way of a new one on `cluster`.

    After a killed supervisor the old server may still be shutting down: it is waited for, `timeout_s` seconds
    at most (TimeoutError). A pid file whose number meanwhile belongs to another program, after a reboot say,
    is removed, or PostgreSQL would refuse to start.
    """
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    if not _runs_on(cluster, pid):
        pid_file.unlink(missing_ok=True)
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)

    async def gone() -> bool:
        return not _runs_on(cluster, pid)

    async with asyncio.timeout(timeout_s):
        await until(gone)


def _runs_on(cluster: Path, pid: int) -> bool:
    """Whether `pid` is a server that was started on `cluster`, by its command line."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(cluster) in command
