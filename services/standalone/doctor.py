"""What `amends doctor` says: is everything here that one command needs, and if not, how to get it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.standalone.errors import DataFolderUnusable, FolderInUse, JarsUnobtainable, ToolMissing
from services.standalone.identity import choose_tenancy
from services.standalone.jars import HOME_VARIABLE as KAFKA_HOME_VARIABLE
from services.standalone.jars import find_cached, from_kafka_home, ways_out
from services.standalone.java import find_java
from services.standalone.layout import Layout, nearest_existing
from services.standalone.maven import available_clients
from services.standalone.pgbinaries import choose, find_binaries
from services.standalone.pgcluster import cluster_major
from services.standalone.ports import is_free, read_ports

OLDEST_PYTHON = (3, 11)
# Jars 40 MB, a fresh Kafka and PostgreSQL 120 MB, the write-ahead log up to 2 GB, and room for data.
NEEDED_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` is empty when `ok`; what is not `required` limits comfort only."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    required: bool = True


async def check(layout: Layout, env: Mapping[str, str]) -> list[Finding]:
    """Look at everything and change nothing. Servers that `env` names as external are not asked for here."""
    findings = [_python(), _folder(layout), _disk(layout), _in_use(layout)]
    if not env.get("KAFKA_BOOTSTRAP"):
        findings += [await _java(env), _jars(layout, env)]
    if not env.get("DATABASE_URL"):
        findings += [await _postgres(layout, env), _root()]
    return [*findings, *_ports(layout), _docker(env)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST_PYTHON))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Finding("python", True, version)
    return Finding("python", False, version, f"Install Python {wanted} or newer and run `make setup` again.")


def _folder(layout: Layout) -> Finding:
    nearest = nearest_existing(layout.home)
    if os.access(nearest, os.W_OK | os.X_OK):
        return Finding("data folder", True, str(layout.home))
    detail = f"{nearest} cannot be written"
    return Finding("data folder", False, detail, "Set AMENDS_HOME to a folder of your own.")


def _disk(layout: Layout) -> Finding:
    free = shutil.disk_usage(nearest_existing(layout.home)).free
    detail = f"{free / (1 << 30):.1f} GiB free"
    if free >= NEEDED_BYTES:
        return Finding("disk", True, detail)
    remedy = f"Free {NEEDED_BYTES >> 30} GiB, or set AMENDS_HOME to a folder on a larger disk."
    return Finding("disk", False, detail, remedy)


def _in_use(layout: Layout) -> Finding:
    """Whether another supervisor runs in the folder; taking the lock is the only way to know."""
    if not layout.run.exists() or not os.access(layout.run, os.W_OK):
        return Finding("supervisor", True, "none is running")
    try:
        with layout.lock():
            return Finding("supervisor", True, "none is running")
    except FolderInUse as error:
        return Finding("supervisor", True, str(error), required=False)


async def _java(env: Mapping[str, str]) -> Finding:
    try:
        java = await find_java(env)
    except ToolMissing as error:
        return Finding("java", False, "none found", str(error))
    return Finding("java", True, f"version {java.version} from {java.origin} ({java.home})")


def _jars(layout: Layout, env: Mapping[str, str]) -> Finding:
    if env.get(KAFKA_HOME_VARIABLE):
        try:
            return Finding("kafka", True, f"jars in {from_kafka_home(Path(env[KAFKA_HOME_VARIABLE])).folder}")
        except JarsUnobtainable as error:
            return Finding("kafka", False, f"{KAFKA_HOME_VARIABLE} is wrong", str(error))
    cached = find_cached(layout)
    if cached is not None:
        return Finding("kafka", True, f"jars in {cached}")
    clients = available_clients(env)
    if clients:
        return Finding("kafka", True, f"the first start will fetch the jars with {' or '.join(clients)}")
    return Finding("kafka", False, "no jars, and no Maven client to fetch them", ways_out())


async def _postgres(layout: Layout, env: Mapping[str, str]) -> Finding:
    major = cluster_major(layout.postgres / "site" / "cluster")
    try:
        binaries = choose(await find_binaries(env), major)
    except (ToolMissing, DataFolderUnusable) as error:
        return Finding("postgresql", False, "no fitting version", str(error))
    return Finding("postgresql", True, f"version {binaries.major} from {binaries.origin}")


def _root() -> Finding:
    """PostgreSQL refuses root; this says who it will be instead."""
    if os.geteuid() != 0:
        return Finding("user", True, "an ordinary user")
    try:
        tenancy = choose_tenancy()
    except DataFolderUnusable as error:
        return Finding("user", False, "root, alone on this machine", str(error))
    if tenancy.owner is None:
        return Finding("user", True, "root; PostgreSQL runs in a user namespace")
    return Finding("user", True, f"root; PostgreSQL runs as {tenancy.owner.pw_name}")


def _ports(layout: Layout) -> list[Finding]:
    """The ports kept from the last start. A taken one is no fault: the next start chooses another."""
    return [
        Finding(
            f"port of {name}", True, f"{port} {'is free' if is_free(port) else 'is in use'}", required=False
        )
        for name, file in (("kafka", layout.kafka / "ports"), ("postgresql", layout.postgres / "port"))
        for port in read_ports(file)[:1]
    ]


def _docker(env: Mapping[str, str]) -> Finding:
    """For `docker compose up` and testcontainers only; the embedded servers need none."""
    socket = Path(env.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))
    program = shutil.which("docker", path=env.get("PATH", ""))
    if program is not None and socket.exists():
        return Finding("docker", True, program, required=False)
    remedy = "Not needed. With a Docker engine, `docker compose up` runs the same platform from images."
    return Finding("docker", False, "no engine", remedy, required=False)
