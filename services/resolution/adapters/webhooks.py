"""Tells the systems that fulfil remedies, at least once and always under the same id: claims rows, sends
outside any transaction, records.

A claim is a lease. A sender that dies leaves one that runs out, and the next sends again; the receiver
knows the repeat by its webhook-id. What nobody takes until its time is over is dropped: the timer of the
grant tells the owner (RemedyFulfilmentFailed).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.meters import WEBHOOK_DELIVERIES
from services.chassis.wakeup import pause
from services.resolution.adapters.endpoints import Endpoint

log = get_logger(__name__)

TIMEOUT_S = 15.0
LEASE = timedelta(seconds=60)  # longer than the time-out: a lease that runs out means a dead process
BATCH = 32
IDLE_S, AWAY_S = 0.25, 1.0
MOST_WAIT_S = 300.0

_DUE = """
-- whose orders are due; across tenants
select distinct tenant_id from (
    select tenant_id from fulfilment_order where due_at <= $1 order by due_at limit $2) as due"""
_CLAIM = """
-- due orders, leased until $2; those that somebody else is just claiming are left to them
update fulfilment_order set due_at = $2, attempts = attempts + 1
where ctid = any (array(
    select ctid from fulfilment_order where due_at <= $1 order by due_at limit $3 for update skip locked))
returning tenant_id, webhook_id, body, attempts, until"""
_DONE = """
-- taken, or given up; unless somebody else has claimed it since
delete from fulfilment_order where tenant_id = $1 and webhook_id = $2 and attempts = $3"""
_AGAIN = """
-- later once more; unless somebody else has claimed it since
update fulfilment_order set due_at = $4 where tenant_id = $1 and webhook_id = $2 and attempts = $3"""


@dataclass(frozen=True, slots=True)
class Order:
    """One claimed webhook, at its attempt number `attempts`."""

    tenant_id: str
    webhook_id: str
    body: str
    attempts: int
    until: datetime


class Webhooks:
    """Component that sends; any number of replicas share the work."""

    name = "webhooks"

    def __init__(
        self, database: Database, endpoints: Mapping[str, Endpoint], clock: Clock, *, retry_s: float = 1.0
    ) -> None:
        self._database = database
        self._endpoints = endpoints
        self._clock = clock
        self._retry_s = retry_s

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set; what is under way is finished first."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
            while not stop.is_set():
                try:
                    orders = await self._claim()
                    await asyncio.gather(*(self._deliver(session, order) for order in orders))
                    if not orders:
                        await pause(stop, IDLE_S)
                except Retryable as error:
                    log.warning("webhooks wait for the database", rule=error.rule)
                    await pause(stop, AWAY_S)

    async def _claim(self) -> list[Order]:
        now = self._clock.now()
        async with self._database.system() as conn:
            tenants = [row["tenant_id"] for row in await conn.fetch(_DUE, now, BATCH)]
        if not tenants:
            return []
        async with self._database.transaction(tenants) as tx:
            return [Order(**row) for row in await tx.fetch(_CLAIM, now, now + LEASE, BATCH)]

    async def _deliver(self, session: aiohttp.ClientSession, order: Order) -> None:
        """One order from claim to record. Raises Retryable when the record cannot be written: then the lease
        runs out, and it is sent again."""
        result = await self._result(session, order)
        WEBHOOK_DELIVERIES.add(1, result=result)
        log.info("webhook", webhook_id=order.webhook_id, result=result, attempt=order.attempts)
        key = (order.tenant_id, order.webhook_id, order.attempts)
        async with self._database.transaction([order.tenant_id]) as tx:
            if result == "failed":
                await tx.execute(_AGAIN, *key, self._clock.now() + self._wait(order))
            else:
                await tx.execute(_DONE, *key)

    async def _result(self, session: aiohttp.ClientSession, order: Order) -> str:
        """delivered, failed (again later), expired (its time is over), or no_endpoint: such a tenant's system
        reads RemedyGranted from the log instead."""
        endpoint = self._endpoints.get(order.tenant_id)
        if endpoint is None:
            return "no_endpoint"
        now = self._clock.now()
        if now >= order.until:
            return "expired"
        body = order.body.encode()
        headers = endpoint.headers(order.webhook_id, int(now.timestamp()), body)
        try:
            # a redirect would carry the signed body to whoever it names
            async with session.post(
                endpoint.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return "delivered" if 200 <= answer.status < 300 else "failed"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("a webhook was not taken", error_type=type(error).__name__)
            return "failed"

    def _wait(self, order: Order) -> timedelta:
        """Doubling, spread by a half so that what failed together does not come together; nothing secret is
        drawn."""
        most = min(self._retry_s * 2 ** min(order.attempts - 1, 20), MOST_WAIT_S)
        return timedelta(seconds=most * random.uniform(0.5, 1.0))  # noqa: S311
