"""Who keeps whose promises while they are away, as resolution says it (domain.md, ownership: absence)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from amends.resolution.v1 import events_pb2 as resolution

from services.chassis.clock import stamp_or_none
from services.chassis.db import Connection
from services.chassis.envelope import Event

# One cover at a time for each employee; what is told again is the same.
_START = """
insert into cover (tenant_id, employee_id, cover_id, starts_at, ends_at) values ($1, $2, $3, $4, $5)
on conflict (tenant_id, employee_id) do update set cover_id = excluded.cover_id,
starts_at = excluded.starts_at, ends_at = excluded.ends_at
"""
_END = "delete from cover where tenant_id = $1 and employee_id = $2 and cover_id = $3"
_NOW = """
select employee_id, cover_id, ends_at from cover
where tenant_id = $1 and (cover_id = $2 or employee_id = $2) and starts_at <= $3 and $3 < ends_at
order by employee_id
"""


@dataclass(frozen=True, slots=True)
class Cover:
    """`cover_id` keeps the promises of `employee_id` until `ends_at`."""

    employee_id: str
    cover_id: str
    ends_at: datetime


async def hear(tx: Connection, events: Sequence[Event]) -> None:
    """Write down covers that began or ended, in their order. Raises Retryable."""
    for event in events:
        message, tenant = event.message, event.tenant_id
        if isinstance(message, resolution.CoverStarted):
            starts_at = stamp_or_none(message, "starts_at") or event.time
            ends_at = stamp_or_none(message, "ends_at") or event.time
            cover_id = message.cover.employee_id
            await tx.execute(_START, tenant, message.employee_id, cover_id, starts_at, ends_at)
        elif isinstance(message, resolution.CoverEnded):
            await tx.execute(_END, tenant, message.employee_id, message.cover.employee_id)


async def kept_by(tx: Connection, tenant_id: str, employee_id: str, now: datetime) -> list[str]:
    """Whose promises this employee keeps at `now`. Raises Retryable."""
    found = await around(tx, tenant_id, employee_id, now)
    return [one.employee_id for one in found if one.cover_id == employee_id]


async def around(tx: Connection, tenant_id: str, employee_id: str, now: datetime) -> list[Cover]:
    """The covers at `now` that this employee keeps, and the one kept for them."""
    return [Cover(*row) for row in await tx.fetch(_NOW, tenant_id, employee_id, now)]
