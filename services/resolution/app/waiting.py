"""Complaints of a tenant without any employee: kept as they came, with what follows on them, until the first
employee is registered. They wait in sight (NobodyOnDuty, GetDuty) and hold up no other tenant's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.resolution.app import on_duty
from services.resolution.app.hearing import Hearing
from services.resolution.app.ports import Work

CASES_AT_ONCE = 200


class Waiting:
    """Lets what waited be heard."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing

    async def hear(self, work: Work, tenants: Sequence[str], now: datetime) -> None:
        """Some of the cases of each tenant, in one transaction with their leaving the waiting; the rest at
        the next firing, so that a crash at any point repeats or loses nothing."""
        for tenant_id in sorted(set(tenants)):
            await work.lock_duty(tenant_id)
            facts = await work.take_waiting(tenant_id, CASES_AT_ONCE)
            if facts:
                await self._hearing.hear(work, facts)
                await work.set_timer(on_duty.WAITING_TIMER, tenant_id, tenant_id, now)
