"""The Work of the application as one PostgreSQL transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.chassis.db import Connection, Database
from services.resolution.adapters.cases import CaseRows
from services.resolution.adapters.staff import StaffRows
from services.resolution.app.ports import Work


class PostgresWork(CaseRows, StaffRows):
    """A Work over a connection inside a transaction that somebody else commits."""

    def __init__(self, tx: Connection) -> None:
        CaseRows.__init__(self, tx)
        StaffRows.__init__(self, tx)


class PostgresWorks:
    """Transactions of the app role, each bound to its tenant by row-level security."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self, tenant_id: str) -> AsyncIterator[Work]:
        """See Works."""
        async with self._database.transaction([tenant_id]) as tx:
            yield PostgresWork(tx)
