"""Migrations, addresses and topics as data: what is well-formed, what is refused, what PostgreSQL's errors
mean.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from services.chassis import topics
from services.chassis.db import retryable_losses
from services.chassis.errors import ConfigError, Retryable
from services.chassis.migrate import CHASSIS_MIGRATIONS, Migration, MigrationChanged, pending, read
from services.chassis.provision import Passwords, dsn

FIRST, SECOND = Migration("service", "0001_a.sql", "select 1"), Migration("service", "0002_b.sql", "select 2")


def test_only_what_was_not_applied_is_pending() -> None:
    assert pending([FIRST, SECOND], {("service", "0001_a.sql"): FIRST.checksum}) == [SECOND]


def test_a_migration_edited_after_it_ran_is_refused() -> None:
    with pytest.raises(MigrationChanged, match=r"service/0001_a\.sql"):
        pending([FIRST, SECOND], {("service", "0001_a.sql"): SECOND.checksum})


@pytest.mark.parametrize("names", [["0001_a.sql", "0001_b.sql"], ["1_a.sql"], ["0001-a.sql"], ["0001_A.sql"]])
def test_a_folder_with_a_stray_name_or_a_number_twice_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("select 1")
    with pytest.raises(ConfigError, match="bad_migrations"):
        read(tmp_path, "service")


def test_the_chassis_migrations_are_well_formed() -> None:
    assert read(CHASSIS_MIGRATIONS, "chassis")[0].name == "0001_platform.sql"


def test_an_address_changes_user_password_and_database_and_keeps_the_rest() -> None:
    assert (
        dsn(
            "postgresql://su:old@db.internal:5433/postgres?sslmode=require",
            "app",
            "p@ss/word",
            "amends_intake",
        )
        == "postgresql://app:p%40ss%2Fword@db.internal:5433/amends_intake?sslmode=require"
    )


def test_new_passwords_differ() -> None:
    made = Passwords.new()
    assert len({made.owner, made.app, made.system, Passwords.new().app}) == 4


@pytest.mark.parametrize(
    "loss",
    [
        asyncpg.AdminShutdownError("terminating"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle"),
        asyncpg.TooManyConnectionsError("full"),
        asyncpg.DiskFullError("no space"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.SerializationError("again"),
        asyncpg.LockNotAvailableError("busy"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        asyncpg.InvalidCachedStatementError("cached statement plan is invalid"),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_what_passes_by_itself_is_retryable(loss: Exception) -> None:
    with pytest.raises(Retryable, match="database_away"), retryable_losses():
        raise loss


@pytest.mark.parametrize(
    "bug",
    [
        asyncpg.UniqueViolationError("twice"),
        asyncpg.UndefinedTableError("no table"),
        asyncpg.InsufficientPrivilegeError("not yours"),
        asyncpg.CharacterNotInRepertoireError("null byte"),
        asyncpg.DataError("invalid input for query argument $1"),
        asyncpg.InterfaceError("another operation is in progress"),
        ValueError("else"),
    ],
)
def test_what_waiting_does_not_mend_passes_unchanged(bug: Exception) -> None:
    with pytest.raises(type(bug)), retryable_losses():
        raise bug


@pytest.mark.parametrize(
    "text",
    [
        "topics: [{name: a}]",
        "{",
        "[]",
        "topics: [{name: a, owner: o, key: k, partitions: 1, retention_days: 1, x: 1}]",
    ],
)
def test_a_topic_list_that_is_not_well_formed_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "topics.yaml").write_text(text)
    with pytest.raises(ConfigError, match="bad_topics"):
        topics.load(tmp_path / "topics.yaml")


def test_a_topic_named_twice_is_refused(tmp_path: Path) -> None:
    entry = "{name: a, owner: o, key: k, partitions: 1, retention_days: 1, events: [], consumers: []}"
    (tmp_path / "topics.yaml").write_text(f"topics: [{entry}, {entry}]")
    with pytest.raises(ConfigError, match="twice"):
        topics.load(tmp_path / "topics.yaml")
