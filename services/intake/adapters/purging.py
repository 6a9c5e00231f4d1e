"""Deletes input as it came once it is old: the words are in the journal, files with their case."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import ConfigError, Retryable
from services.chassis.log import get_logger
from services.chassis.wakeup import pause

log = get_logger(__name__)

BATCH = 500
LEAST_DAYS = 2  # what waits for its call does so for a day, and needs its bytes
_EVERY_S, _AWAY_S = 600.0, 5.0

_WHOSE = """
-- tenants that have something old; ids sort by time, so of each only its first one is looked at
with recursive tenant as (
    (select tenant_id from raw_input order by tenant_id limit 1)
    union all
    select (select tenant_id from raw_input where tenant_id > tenant.tenant_id order by tenant_id limit 1)
    from tenant where tenant.tenant_id is not null)
select tenant_id from tenant
where tenant_id is not null and (
    select raw_id from raw_input where raw_input.tenant_id = tenant.tenant_id order by raw_id limit 1) < $1
"""
_PURGE = """
-- the oldest input of some tenants, with its refusals; rows that somebody holds are left to the next time
with old as (
    select tenant_id, raw_id from raw_input
    where tenant_id = any($1::text[]) and raw_id < $2
    order by tenant_id, raw_id limit $3 for update skip locked),
refused as (
    delete from refusal using old where refusal.tenant_id = old.tenant_id and refusal.raw_id = old.raw_id)
delete from raw_input using old
where raw_input.tenant_id = old.tenant_id and raw_input.raw_id = old.raw_id
returning true
"""


class Purging:
    """Component that deletes; any number of replicas share the work."""

    name = "purging"

    def __init__(self, database: Database, clock: Clock, days: int) -> None:
        if days < LEAST_DAYS:
            raise ConfigError("bad_configuration", f"AMENDS_INTAKE_RAW_DAYS is at least {LEAST_DAYS}")
        self._database = database
        self._clock = clock
        self._keep = timedelta(days=days)

    async def run(self, stop: asyncio.Event) -> None:
        """Delete at once and then every few minutes until `stop`; as long as a batch is full, the next
        follows. A database that is away is asked again.
        """
        while not stop.is_set():
            try:
                if await self.purge() < BATCH:
                    await pause(stop, _EVERY_S)
            except Retryable as error:
                log.warning("purging waits", rule=error.rule)
                await pause(stop, _AWAY_S)

    async def purge(self) -> int:
        """One batch in a transaction of its own; how many inputs it was. Raises Retryable."""
        before = first_id_of(self._clock.now() - self._keep)
        async with self._database.system() as tx:
            tenants = [row["tenant_id"] for row in await tx.fetch(_WHOSE, before)]
        if not tenants:
            return 0
        async with self._database.transaction(tenants) as tx:
            return len(await tx.fetch(_PURGE, tenants, before, BATCH))


def first_id_of(moment: datetime) -> UUID:
    """The least UUIDv7 of a moment (RFC 9562: 48 bits of milliseconds lead)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
