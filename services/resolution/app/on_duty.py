"""Keeps the condition "nobody on duty" true to the people: asked after every change of presence, every
registration, and every batch in which a duty owner had to take a case or a complaint had to wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.chassis.ids import Ids
from services.resolution.app.ports import Work
from services.resolution.app.shapes import Said
from services.resolution.domain import duty as rules
from services.resolution.domain.duty import Duty
from services.resolution.domain.events import staff

WAITING_TIMER = "waiting_complaints"
LEASE_TIMER = "presence_lease"
ABSENT_TIMER = "receiver_absent"
COVER_TIMER = "cover_end"
LEAVER_TIMER = "leaver"


async def look(work: Work, ids: Ids, tenant_id: str, now: datetime, given: int = 0) -> Duty:
    """Says whether the condition has begun or ended. Locks the tenant; `given` more cases went to duty
    owners."""
    duty, said = rules.look(await work.lock_duty(tenant_id), now, given)
    await work.save_duty(duty)
    await say(work, ids, tenant_id, tenant_id, said, now)
    return duty


async def say(
    work: Work, ids: Ids, tenant_id: str, key: str, events: Sequence[staff.Published], now: datetime
) -> None:
    """Publishes what happened to a tenant's people, under the tenant's or an employee's id."""
    if events:
        await work.publish([Said(ids.new(), tenant_id, key, event, now) for event in events])
        await work.wake_relay()
