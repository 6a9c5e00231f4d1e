"""Shows operators how many tenants have nobody on duty, and how many complaints wait for a first employee."""

from __future__ import annotations

import asyncio

from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.meters import COMPLAINTS_WAITING, DUTY_NOBODY
from services.chassis.wakeup import pause

log = get_logger(__name__)

_EVERY_S = 5.0
_LOOK = """
-- across tenants: who has nobody, and what waits
select (select count(*) from duty where nobody_since is not null) as nobody,
       (select count(distinct (tenant_id, case_id)) from waiting_fact) as waiting"""


class DutyWatch:
    """Component that keeps the two gauges; which tenant it is, GetDuty and NobodyOnDuty say."""

    name = "duty-watch"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds until `stop` is set; a database that is away is looked at again."""
        while not stop.is_set():
            try:
                await self.look()
            except Retryable as error:
                log.warning("duty watch waits", rule=error.rule)
            await pause(stop, _EVERY_S)

    async def look(self) -> None:
        """Read both figures once. Raises Retryable."""
        async with self._database.system() as tx:
            row = await tx.fetchrow(_LOOK)
        if row is not None:
            DUTY_NOBODY.record(row["nobody"], service="resolution")
            COMPLAINTS_WAITING.record(row["waiting"], service="resolution")
