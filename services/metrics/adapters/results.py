"""What recounts found: kept by the job that recounts, shown to operators by the service."""

from __future__ import annotations

import asyncio

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.meters import RECOUNT_AGE, RECOUNT_DIFFERING
from services.chassis.wakeup import pause
from services.metrics.app.recount import Report

_log = get_logger(__name__)

_EVERY_S = 15.0
_KEEP = """
insert into recount_result (tenant_id, at, figures, differing, refused) values ($1, $2, $3, $4, $5)
on conflict (tenant_id) do update set at = excluded.at, figures = excluded.figures,
differing = excluded.differing, refused = excluded.refused"""
_LOOK = """
-- across tenants: how many figures differ, and how old the oldest of the last recounts is
select coalesce(sum(differing), 0)::bigint as differing, min(at) as oldest from recount_result"""


async def keep(database: Database, report: Report) -> None:
    """Keep a report in place of the tenant's last one. Raises Retryable."""
    async with database.transaction({report.tenant_id}) as tx:
        await tx.execute(
            _KEEP,
            report.tenant_id,
            report.as_of,
            len(report.lines),
            len(report.differing),
            report.refused,
        )


class RecountWatch:
    """Component that keeps the two gauges; nothing is shown before the first recount."""

    name = "recount-watch"

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds until `stop` is set; a database that is away is looked at again."""
        while not stop.is_set():
            try:
                await self.look()
            except Retryable as error:
                _log.warning("recount watch waits", rule=error.rule)
            await pause(stop, _EVERY_S)

    async def look(self) -> None:
        """Read both figures once. Raises Retryable."""
        async with self._database.system() as tx:
            row = await tx.fetchrow(_LOOK)
        if row is not None and row["oldest"] is not None:
            RECOUNT_DIFFERING.record(row["differing"])
            RECOUNT_AGE.record((self._clock.now() - row["oldest"]).total_seconds())
