"""The customers' cases are found by the index made for it: a partial one serves only questions that repeat
its condition, and without it each question reads every case of the tenant."""

from __future__ import annotations

from datetime import UTC, datetime

from services.chassis.testing.fixtures import DatabaseFor
from services.resolution.adapters.learning_rows import LearningRows

_SCANS = "select pg_stat_get_xact_numscans('case_of_customer'::regclass)"


async def test_looking_for_a_customers_earlier_cases_reads_no_others(database_for: DatabaseFor) -> None:
    database = await database_for("resolution")
    async with database.transaction(["air"]) as tx:
        # while a table is empty, reading it whole costs nothing
        await tx.execute("set local enable_seqscan = off")
        rows = LearningRows(tx)
        await rows.earlier_failures([("air", "c1"), ("air", "c2")], datetime(2026, 1, 1, tzinfo=UTC))
        assert await tx.fetchval(_SCANS) == 2
        await rows.defected_on("air", "c1")
        assert await tx.fetchval(_SCANS) == 3
