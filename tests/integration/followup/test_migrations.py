"""What running cases were kept as before is read as the same terms after a migration."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import asyncpg

from services.chassis.db import Database
from services.chassis.testing.fixtures import DsnsFor
from services.followup.adapters.policies import terms
from services.followup.adapters.postgres import decode, encode
from services.followup.domain.record import FollowUp

OLD = {"response_60s_s": 60.0, "first_response_s": 3600.0, "next_response_s": 14400.0}


def as_it_was(record: FollowUp) -> str:
    state = json.loads(encode(record))
    del state["terms"]["targets"], state["terms"]["calendars"]
    state["terms"] |= OLD
    return json.dumps(state)


async def test_the_response_clocks_of_running_cases_become_targets(dsns_for: DsnsFor) -> None:
    today = terms("service-60s")
    # What a case could have then: the three response clocks and no more.
    then = replace(today, targets=tuple(one for one in today.targets if f"{one.clock}_s" in OLD))
    record = FollowUp("acme", "case-1", then)
    dsns = await dsns_for("followup")
    migration = files("services.followup") / "migrations" / "0002_clock_targets.sql"
    owner = await asyncpg.connect(dsns.owner)
    try:
        async with Database.open(dsns.app, dsns.system, name="followup") as database:
            async with database.transaction({"acme"}) as tx:
                await tx.execute(
                    "insert into follow_up (tenant_id, case_id, state) values ('acme', 'case-1', $1)",
                    as_it_was(record),
                )
            for _ in range(2):  # a second time it finds nothing to change
                await owner.execute(migration.read_text(encoding="utf-8"))
                async with database.transaction({"acme"}) as tx:
                    assert decode(await tx.fetchval("select state::text from follow_up")) == record
            guarded = "select relforcerowsecurity from pg_class where relname = 'follow_up'"
            assert await owner.fetchval(guarded)
    finally:
        await owner.close()
