"""What a pipeline is compared with: plain COPY of the very rows it wrote, into tables made alike.

Two ways, both cut into transactions of some complaints each, one connection per database at the same time:

- `copy_values`: asyncpg's copy_records_to_table from Python values, what a program does that has the values
  and COPY (the driver, the language and the values are those of the pipeline);
- `copy_bytes`: the rows in COPY's binary form, made before the clock starts: the server's own limit, which no
  program that computes its rows can reach.
"""

from __future__ import annotations

import asyncio
import io
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import asyncpg

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
# every table with rows of a tenant
_TABLES = """
    select c.table_name from information_schema.columns c join information_schema.tables t using (table_name)
    where c.table_schema = 'public' and c.column_name = 'tenant_id' and t.table_type = 'BASE TABLE'
      and t.table_schema = 'public'
    order by c.table_name"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Rows = dict[str, list[Any]]  # per table: each row as a tuple of values, or in binary


async def values(connection: Connection, tenant_id: str, leave_out: frozenset[str]) -> Rows:
    """Every row of `tenant_id` in the database, by table, as Python values."""
    taken: Rows = {}
    for table in await _tables(connection, leave_out):
        rows = await connection.fetch(f"select * from {table} where tenant_id = $1 order by ctid", tenant_id)  # noqa: S608 - ours
        if rows:
            taken[table] = [tuple(row) for row in rows]
    return taken


async def binary(connection: Connection, tenant_id: str, leave_out: frozenset[str]) -> Rows:
    """The same, each row as COPY sends it."""
    taken: Rows = {}
    for table in await _tables(connection, leave_out):
        out = io.BytesIO()
        query = f"select * from {table} where tenant_id = '{tenant_id}' order by ctid"  # noqa: S608 - ours
        await connection.copy_from_query(query, output=out, format="binary")
        if rows := _split(out.getvalue()):
            taken[table] = rows
    return taken


async def _tables(connection: Connection, leave_out: frozenset[str]) -> list[str]:
    return [table for (table,) in await connection.fetch(_TABLES) if table not in leave_out]


async def copy_values(twins: Mapping[str, tuple[Connection, Rows]], transactions: int) -> float:
    """Write all rows in `transactions` commits per database; seconds of wall time."""

    async def write(connection: Connection, rows: Rows) -> None:
        for number in range(transactions):
            async with connection.transaction():
                for table, all_rows in rows.items():
                    part = _part(all_rows, number, transactions)
                    await connection.copy_records_to_table(table, records=part)

    started = time.perf_counter()
    await asyncio.gather(*(write(*twin) for twin in twins.values()))
    return time.perf_counter() - started


async def copy_bytes(twins: Mapping[str, tuple[Connection, Rows]], transactions: int) -> float:
    """The same for binary rows."""
    prepared = [(connection, _cut(rows, transactions)) for connection, rows in twins.values()]

    async def write(connection: Connection, chunks: Sequence[Mapping[str, bytes]]) -> None:
        for chunk in chunks:
            async with connection.transaction():
                for table, data in chunk.items():
                    await connection.copy_to_table(table, source=io.BytesIO(data), format="binary")

    started = time.perf_counter()
    await asyncio.gather(*(write(*twin) for twin in prepared))
    return time.perf_counter() - started


def _cut(rows: Rows, transactions: int) -> list[dict[str, bytes]]:
    """Each table's rows in as many equal parts as there are transactions."""
    return [
        {
            table: _HEADER + b"".join(part) + _TRAILER
            for table, all_rows in rows.items()
            if (part := _part(all_rows, number, transactions))
        }
        for number in range(transactions)
    ]


def _part(rows: Sequence[Any], number: int, of: int) -> Sequence[Any]:
    return rows[number * len(rows) // of : (number + 1) * len(rows) // of]


def _split(data: bytes) -> list[bytes]:
    """The rows of a binary COPY: a count of fields, then each field's length and bytes."""
    (extension,) = struct.unpack_from(">i", data, 15)
    at, rows = 19 + extension, []
    while (fields := struct.unpack_from(">h", data, at)[0]) != -1:
        begin, at = at, at + 2
        for _ in range(fields):
            (length,) = struct.unpack_from(">i", data, at)
            at += 4 + max(length, 0)
        rows.append(data[begin:at])
    return rows
