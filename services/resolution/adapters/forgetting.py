"""Forgets answered idempotency keys once they are old: nobody sends a request again after so long. A grant is
paid once all the same, for its case remembers the key."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.wakeup import pause

log = get_logger(__name__)

BATCH = 1_000
_EVERY_S, _AWAY_S = 600.0, 5.0
_WHOSE = """
-- whose keys are old; across tenants
select distinct tenant_id from (select tenant_id from command_key where answered_at < $1 limit $2) as old"""
_FORGET = """
-- some old keys; those that somebody is just asking for are left to the next time
delete from command_key where ctid = any (array(
    select ctid from command_key where answered_at < $1 limit $2 for update skip locked))
returning true"""


class Forgetting:
    """Component that forgets; any number of replicas share the work."""

    name = "forgetting"

    def __init__(self, database: Database, clock: Clock, keep: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep

    async def run(self, stop: asyncio.Event) -> None:
        """Forget at once and then every few minutes until `stop` is set; as long as a batch is full, the next
        follows. A database that is away is asked again."""
        while not stop.is_set():
            try:
                if await self.forget() < BATCH:
                    await pause(stop, _EVERY_S)
            except Retryable as error:
                log.warning("forgetting waits", rule=error.rule)
                await pause(stop, _AWAY_S)

    async def forget(self) -> int:
        """One batch in a transaction of its own; how many keys it was. Raises Retryable."""
        before = self._clock.now() - self._keep
        async with self._database.system() as tx:
            tenants = [row["tenant_id"] for row in await tx.fetch(_WHOSE, before, BATCH)]
        if not tenants:
            return 0
        async with self._database.transaction(tenants) as tx:
            return len(await tx.fetch(_FORGET, before, BATCH))
