"""Who claims messages: every sending process holds a number in PostgreSQL that is gone the moment it dies.

A claim is a lease, long enough for the slowest provider. A process that was killed would keep its messages
that long, and the customer's minute with them; so the others look every second whose numbers are gone, and
take over what these had claimed.
"""

from __future__ import annotations

import asyncio
import random
from datetime import datetime

import asyncpg

from services.chassis.db import Connection, Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.wakeup import bell, pause

log = get_logger(__name__)

_LOCKS = 0x53656E  # keeps our locks apart from anybody else's
_AGAIN_S = 0.2
# Longer than a living process needs to come back to a PostgreSQL that was restarted.
GRACE_S = 3.0
_LOOK_S = 1.0

# System role. Only a process that is dead, or away for longer than the grace, holds claims without a lock.
_GONE = """
select distinct tenant_id, claimed_by from contact
where state = 'sending' and claimed_by is not null and not exists (
    select from pg_locks
    where locktype = 'advisory' and classid = $1::int::oid and objid = claimed_by::oid and objsubid = 2
      and database = (select oid from pg_database where datname = current_database()))
"""
_RELEASE = """
update contact set not_before = $1 where state = 'sending' and claimed_by = any($2::int[]) and not_before > $1
"""


class Claimer:
    """This process as one that claims; `number` is its name in the claims."""

    def __init__(self, database: Database) -> None:
        # Drawn to be different from that of any other process, not to be secret.
        self.number = random.randrange(1, 1 << 31)  # noqa: S311
        self._database = database
        self._since: dict[int, float] = {}
        self._looked = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Hold the number until `stop` is set; taken again when PostgreSQL was away."""
        while not stop.is_set():
            try:
                async with bell(self._database, "sending", stop) as held:
                    await held.connection.execute("select pg_advisory_lock($1, $2)", _LOCKS, self.number)
                    while not stop.is_set():
                        await held.wait(_LOOK_S)
            except (Retryable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("a sender's number is lost for a moment", error_type=type(error).__name__)
                await pause(stop, _AGAIN_S)

    async def release_orphans(self, now: datetime) -> None:
        """Give back, once a second, what processes had claimed that are gone. Raises Retryable."""
        time = asyncio.get_running_loop().time()
        if time - self._looked < _LOOK_S:
            return
        self._looked = time
        async with self._database.system() as conn:
            gone = {(row["tenant_id"], row["claimed_by"]) for row in await conn.fetch(_GONE, _LOCKS)}
        dead = self._dead({number for _, number in gone}, time)
        tenants = {tenant for tenant, number in gone if number in dead}
        if tenants:
            async with self._database.transaction(tenants) as tx:
                await release(tx, dead, now)

    def _dead(self, missing: set[int], time: float) -> set[int]:
        """Those that have been missing for the grace."""
        self._since = {number: self._since.get(number, time) for number in missing}
        return {number for number, since in self._since.items() if time - since >= GRACE_S}


async def release(tx: Connection, claimers: set[int], now: datetime) -> None:
    """Make what these claimed claimable for others at `now`; whoever claims it knows that it may be out."""
    await tx.execute(_RELEASE, now, sorted(claimers))
