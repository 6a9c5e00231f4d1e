"""Tenant isolation: what PostgreSQL itself refuses, with every filter of ours left out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from services.chassis import db
from services.chassis.db import Database
from services.chassis.testing.fixtures import DatabaseFor, DsnsFor
from services.chassis.testing.waiting import wait_for
from tests.support.scraping import scraping

pytestmark = pytest.mark.integration

_INSERT = """insert into timer (tenant_id, timer_id, due_at, shard, key, kind, data)
             values ($1, $2, $3, 0, 'k', 'kind', '')"""


async def _one_timer_each(database: Database, *tenants: str) -> None:
    async with database.transaction(tenants) as tx:
        for tenant in tenants:
            await tx.execute(_INSERT, tenant, uuid4(), datetime(2026, 1, 1, tzinfo=UTC))


async def test_a_transaction_sees_exactly_its_tenants(database_for: DatabaseFor) -> None:
    database = await database_for("chassis")
    await _one_timer_each(database, "a", "b", "c")
    async with database.transaction(["a", "c"]) as tx:
        assert {row["tenant_id"] for row in await tx.fetch("select tenant_id from timer")} == {"a", "c"}


async def test_a_row_of_another_tenant_cannot_be_written_changed_or_removed(
    database_for: DatabaseFor,
) -> None:
    database = await database_for("chassis")
    await _one_timer_each(database, "a", "b")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(["a"]) as tx:
            await tx.execute(_INSERT, "b", uuid4(), datetime(2026, 1, 1, tzinfo=UTC))
    async with database.transaction(["a"]) as tx:
        assert await tx.execute("update timer set kind = 'x' where tenant_id = 'b'") == "UPDATE 0"
        assert await tx.execute("delete from timer where tenant_id = 'b'") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(["a"]) as tx:
            await tx.execute("update timer set tenant_id = 'b'")


async def test_without_tenants_named_every_statement_fails_also_after_an_earlier_transaction(
    dsns_for: DsnsFor,
) -> None:
    connection = await asyncpg.connect((await dsns_for("chassis")).app)
    with pytest.raises(asyncpg.UndefinedObjectError):
        await connection.fetch("select * from timer")
    async with connection.transaction():
        await connection.execute("select set_config('amends.tenants', '{a}', true)")
        await connection.fetch("select * from timer")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await connection.fetch("select * from timer")
    await connection.close()


async def test_a_tenants_name_is_taken_as_it_is_whatever_it_holds(database_for: DatabaseFor) -> None:
    database = await database_for("chassis")
    names = ["a'); select 1; --", 'q"{},\\', "Ä", "\\x41", ""]
    async with database.transaction(names) as tx:
        assert await tx.fetchval("select current_setting('amends.tenants')::text[]") == names


async def test_no_tenant_at_all_means_no_rows(database_for: DatabaseFor) -> None:
    database = await database_for("chassis")
    await _one_timer_each(database, "a")
    async with database.transaction([]) as tx:
        assert await tx.fetch("select * from timer") == []


@pytest.mark.parametrize("table", ["journal", "timer", "timer_failed", "api_key"])
async def test_the_owner_of_the_tables_sees_no_rows_either(dsns_for: DsnsFor, table: str) -> None:
    dsns = await dsns_for("chassis")
    async with Database.open(dsns.app, dsns.system, name="test") as database:
        await _one_timer_each(database, "a")
    owner = await asyncpg.connect(dsns.owner)
    assert await owner.fetch(f"select * from {table}") == []  # noqa: S608
    await owner.close()


async def test_no_role_of_a_service_can_step_around_the_policies(
    dsns_for: DsnsFor, postgres_url: str
) -> None:
    dsns = await dsns_for("chassis")
    names = [urlsplit(dsn).username for dsn in (dsns.owner, dsns.app, dsns.system)]
    superuser = await asyncpg.connect(postgres_url)
    rows = await superuser.fetch(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = any($1::text[])",
        names,
    )
    await superuser.close()
    assert {row["rolname"] for row in rows} == set(names)
    assert not any(row["rolsuper"] or row["rolbypassrls"] or row["rolcreaterole"] for row in rows)
    app = await asyncpg.connect(dsns.app)
    for statement in (
        "set row_security = off; select * from timer",
        "alter table timer disable row level security",
    ):
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError)):
            await app.execute(statement)
    await app.close()


async def test_the_system_role_reads_across_tenants_and_writes_to_none(database_for: DatabaseFor) -> None:
    database = await database_for("chassis")
    await _one_timer_each(database, "a", "b")
    async with database.system() as tx:
        assert len(await tx.fetch("select * from timer")) == 2
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.system() as tx:
            await tx.execute("delete from timer")


async def test_the_journal_cannot_be_rewritten(database_for: DatabaseFor) -> None:
    database = await database_for("chassis")
    for statement in ("update journal set key = 'x'", "delete from journal", "truncate journal"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(["a"]) as tx:
                await tx.execute(statement)


async def test_every_table_with_a_tenant_is_isolated_and_forced(postgres_url: str, dsns_for: DsnsFor) -> None:
    connection = await asyncpg.connect((await dsns_for("chassis")).owner)
    loose = await connection.fetch(
        """select c.relname
           from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
           where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
             and not (c.relrowsecurity and c.relforcerowsecurity)"""
    )
    await connection.close()
    assert loose == []


async def test_who_waits_for_a_connection_is_counted(
    dsns_for: DsnsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "DB_PENDING", replace(db.DB_PENDING))
    dsns = await dsns_for("chassis")
    with scraping(monkeypatch) as series:
        async with Database.open(dsns.app, dsns.system, name="one", max_size=1) as database:
            async with database.transaction(["a"]):
                waiting = asyncio.create_task(_one_timer_each(database, "a"))
                pool = "db.client.connection.pool.name=one"
                await wait_for(lambda: series()["db.client.connection.pending_requests"][pool] == 1)
            await waiting
            assert series()["db.client.connection.pending_requests"][pool] == 0
