"""Forgets rows once they are old: in batches, whatever the tenant, by any number of replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.wakeup import pause

log = get_logger(__name__)

BATCH = 1_000
_EVERY_S, _AWAY_S = 600.0, 5.0


@dataclass(frozen=True, slots=True)
class Old:
    """Which rows are forgotten: two statements over (before, how many at most)."""

    whose: str  # the tenants that have some; across tenants, by the system role
    forget: str  # deletes some of the transaction's tenants and returns a row for each, none that is locked
    name: str = "forgetting"
    batch: int = BATCH
    mark: Callable[[datetime], object] | None = None
    """What the statements compare with; without one it is the time itself."""


class Forgetting:
    """Component that forgets; any number of replicas share the work."""

    def __init__(self, database: Database, clock: Clock, old: Old, keep: timedelta) -> None:
        self.name = old.name
        self._database = database
        self._clock = clock
        self._old = old
        self._keep = keep

    async def run(self, stop: asyncio.Event) -> None:
        """Forget at once and then every few minutes until `stop` is set; as long as a batch is full, the next
        follows. A database that is away is asked again."""
        while not stop.is_set():
            try:
                if await self.forget() < self._old.batch:
                    await pause(stop, _EVERY_S)
            except Retryable as error:
                log.warning("forgetting waits", component=self.name, rule=error.rule)
                await pause(stop, _AWAY_S)

    async def forget(self) -> int:
        """One batch in a transaction of its own; how many rows it was. Raises Retryable."""
        old, moment = self._old, self._clock.now() - self._keep
        before = old.mark(moment) if old.mark else moment
        async with self._database.system() as tx:
            tenants = [row["tenant_id"] for row in await tx.fetch(old.whose, before, old.batch)]
        if not tenants:
            return 0
        async with self._database.transaction(tenants) as tx:
            return len(await tx.fetch(old.forget, before, old.batch))
