"""Databases between two measurements: what PostgreSQL does later, for rows written before, is done before the
clock starts again, and not in the middle of whoever happens to be measured then.

Autovacuum looks every few seconds at every table that has grown and so charges the slower side more often,
and each side for the other's rows. Both have the same rows, so its work is the same for both and left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.copying import Connection

_TABLES = """
    select format('%I.%I', schemaname, tablename) from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')"""


async def keep_still(databases: Iterable[Connection]) -> None:
    """No autovacuum of their tables from now on; the connections are a superuser's."""
    for database in databases:
        for (table,) in await database.fetch(_TABLES):
            await database.execute(f"alter table {table} set (autovacuum_enabled = off)")


async def tidy_up(databases: Iterable[Connection]) -> None:
    """Vacuumed, analysed, and all of it on disk."""
    last = None
    for last in databases:
        await last.execute("vacuum (analyze)")
    if last is not None:
        await last.execute("checkpoint")
