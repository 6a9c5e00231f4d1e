"""Migrations: numbered SQL files, the chassis's first, then the service's, each once, under a lock.

Run as the owner by the `migrate` role of a service before its processes start; never by the processes
themselves.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.chassis.db import Connection, retryable_losses
from services.chassis.errors import AmendsError, ConfigError

CHASSIS_MIGRATIONS = Path(__file__).resolve().parent / "migrations"

# One migration run per database at a time; the others wait and then find nothing to do.
_LOCK = "select pg_advisory_lock(hashtext('amends migrate'))"
# A migration that cannot get its lock behind running transactions gives up before it holds up everybody else.
_LOCK_TIMEOUT = "set lock_timeout = '20s'"
_CREATE_LIST = """
    create table if not exists schema_migration (
        scope      text        not null,
        name       text        not null,
        checksum   bytea       not null,
        applied_at timestamptz not null default now(),
        primary key (scope, name)
    )"""
_APPLIED = "select scope, name, checksum from schema_migration"
_RECORD = "insert into schema_migration (scope, name, checksum) values ($1, $2, $3)"
_FILE = re.compile(r"\d{4}_[a-z0-9_]+\.sql")


class MigrationChanged(AmendsError):
    """A migration was edited after it ran: put the file back as it was and write a new one instead."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file; `scope` is "chassis" or "service"."""

    scope: str
    name: str
    sql: str

    @property
    def checksum(self) -> bytes:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.sql.encode()).digest()


def pending(migrations: list[Migration], applied: dict[tuple[str, str], bytes]) -> list[Migration]:
    """The migrations not applied yet, in their order; MigrationChanged when an applied one reads otherwise
    now.
    """
    for migration in migrations:
        before = applied.get((migration.scope, migration.name))
        if before is not None and before != migration.checksum:
            raise MigrationChanged(
                "migration_changed", f"{migration.scope}/{migration.name} was edited after it ran"
            )
    return [migration for migration in migrations if (migration.scope, migration.name) not in applied]


def read(folder: Path, scope: str) -> list[Migration]:
    """The `NNNN_name.sql` files of a folder by number; ConfigError for a stray name or a number twice."""
    files = sorted(folder.glob("*.sql"))
    stray = [file.name for file in files if not _FILE.fullmatch(file.name)]
    numbers = [file.name[:4] for file in files]
    if stray or len(set(numbers)) != len(numbers):
        raise ConfigError(
            "bad_migrations",
            f"{folder}: names must be NNNN_name.sql, each number once; see {stray or numbers}",
        )
    return [Migration(scope, file.name, file.read_text(encoding="utf-8")) for file in files]


async def migrate(owner_dsn: str, service_migrations: Path | None) -> list[str]:
    """Apply what is missing, each file in its own transaction, and return the names applied, in order.

    Raises MigrationChanged when a file that was applied has another checksum now, ConfigError for a folder
    that is not well-formed, Retryable when the server is away, and what PostgreSQL says about a wrong
    statement.
    """
    wanted = read(CHASSIS_MIGRATIONS, "chassis")
    if service_migrations is not None:
        wanted += read(service_migrations, "service")
    with retryable_losses():
        connection = await asyncpg.connect(owner_dsn)
        try:
            await connection.execute(_LOCK)
            await connection.execute(_LOCK_TIMEOUT)
            return await _apply(connection, wanted)
        finally:
            await connection.close()


async def _apply(connection: Connection, wanted: list[Migration]) -> list[str]:
    await connection.execute(_CREATE_LIST)
    applied = {(row["scope"], row["name"]): row["checksum"] for row in await connection.fetch(_APPLIED)}
    names = []
    for migration in pending(wanted, applied):
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(_RECORD, migration.scope, migration.name, migration.checksum)
        names.append(f"{migration.scope}/{migration.name}")
    return names
