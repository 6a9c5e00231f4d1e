"""What cases were kept before a migration is complete after it."""

from __future__ import annotations

from importlib.resources import files
from uuid import uuid4

import asyncpg
import pytest

from services.chassis.db import Database
from services.chassis.testing.fixtures import DsnsFor

pytestmark = pytest.mark.integration

CASE = """
insert into case_state (tenant_id, case_id, version, status, owner_id, opened_at, state)
values ('air', $1, 1, 'open', 'ana', now(), json_build_object('customer_id', $2::text))"""
KNOWN = "select customer_id from case_state order by customer_id"


async def test_cases_from_before_the_column_are_found_by_their_customer(dsns_for: DsnsFor) -> None:
    dsns = await dsns_for("resolution")
    migration = files("services.resolution") / "migrations" / "0015_customers_known.sql"
    owner = await asyncpg.connect(dsns.owner)
    try:
        async with Database.open(dsns.app, dsns.system, name="resolution") as database:
            async with database.transaction({"air"}) as tx:
                for customer_id in ("maria", ""):
                    await tx.execute(CASE, uuid4(), customer_id)
            await owner.execute(migration.read_text(encoding="utf-8"))
            async with database.transaction({"air"}) as tx:
                assert [row["customer_id"] for row in await tx.fetch(KNOWN)] == ["", "maria"]
        guarded = "select relforcerowsecurity from pg_class where relname = 'case_state'"
        assert await owner.fetchval(guarded)
    finally:
        await owner.close()
