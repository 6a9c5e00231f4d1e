"""Who is on duty, and what waits while nobody is employed, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from amends.followup.v1 import events_pb2 as followup_pb2
from amends.intake.v1 import events_pb2 as intake_pb2

from services.chassis.db import Connection
from services.chassis.envelope import Event, EventRegistry
from services.resolution.adapters.facts import HEARD, fact
from services.resolution.app.facts import Fact
from services.resolution.app.shapes import CaseKey
from services.resolution.domain.duty import Duty

_LOCK = """
-- the tenant's row, made if need be, locked until the transaction ends
insert into duty (tenant_id) values ($1)
on conflict (tenant_id) do update set tenant_id = excluded.tenant_id returning nobody_since, given"""
_READ = """
-- what has been said of the tenant's people
select nobody_since, given from duty where tenant_id = $1"""
_COUNT = """
-- the tenant's people and what waits for them, as they are now
select (select count(*) from employee where tenant_id = $1 and rank = 0 and present and left_at is null
                and coalesce(present_until > now(), true)) as front_line,
       (select count(*) from employee where tenant_id = $1 and left_at is null) as employees,
       (select count(distinct case_id) from waiting_fact where tenant_id = $1) as waiting,
       (select min(since) from waiting_fact where tenant_id = $1) as waiting_since"""
_SAVE = """
-- what has been said now
update duty set nobody_since = $2, given = $3 where tenant_id = $1"""
_WAITING = """
-- which of these cases wait for an owner
select found.tenant_id, found.case_id
from (select * from unnest($1::text[], $2::uuid[]) as a (tenant_id, case_id)) as asked
cross join lateral (
    select one.tenant_id, one.case_id from waiting_fact as one
    where one.tenant_id = asked.tenant_id and one.case_id = asked.case_id
    limit 1) as found"""
_WAIT = """
-- keep facts in their order
insert into waiting_fact (tenant_id, case_id, since, topic, partition, "offset", key, event_id, type, time,
                          correlation_id, causation_id, traceparent, sequence, payload)
select * from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], $5::int[], $6::bigint[],
                     $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[],
                     $13::text[], $14::text[], $15::bytea[])"""
_TAKE = """
-- all facts of the cases that came first, out of the waiting
with first as (
    select case_id from waiting_fact where tenant_id = $1 group by case_id order by min(position) limit $2)
delete from waiting_fact where tenant_id = $1 and case_id in (select case_id from first)
returning position, topic, partition, "offset", key, event_id, type, time, correlation_id, causation_id,
          traceparent, sequence, payload"""

_REGISTRY = EventRegistry(intake_pb2, followup_pb2, only=HEARD)


class DutyRows:
    """The part of a Work that is about who is on duty."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def lock_duty(self, tenant_id: str) -> Duty:
        """See Work."""
        said = await self._tx.fetchrow(_LOCK, tenant_id)
        return await self._duty(tenant_id, said)

    async def read_duty(self, tenant_id: str) -> Duty:
        """See Work."""
        return await self._duty(tenant_id, await self._tx.fetchrow(_READ, tenant_id))

    async def _duty(self, tenant_id: str, said: asyncpg.Record | None) -> Duty:
        now = await self._tx.fetchrow(_COUNT, tenant_id)
        if now is None:
            raise LookupError("counting answers with one row")
        return Duty(
            tenant_id,
            said["nobody_since"] if said else None,
            said["given"] if said else 0,
            now["front_line"],
            now["employees"],
            now["waiting"],
            now["waiting_since"],
        )

    async def save_duty(self, duty: Duty) -> None:
        """See Work."""
        await self._tx.execute(_SAVE, duty.tenant_id, duty.nobody_since, duty.given)

    async def waiting_cases(self, keys: Collection[CaseKey]) -> set[CaseKey]:
        """See Work."""
        if not keys:
            return set()
        tenants, ids = zip(*sorted(keys), strict=True)
        rows = await self._tx.fetch(_WAITING, tenants, [UUID(case_id) for case_id in ids])
        return {(row["tenant_id"], str(row["case_id"])) for row in rows}

    async def keep_waiting(self, facts: Sequence[Fact], now: datetime) -> None:
        """See Work."""
        if facts:
            await self._tx.execute(_WAIT, *zip(*(_row(each, now) for each in facts), strict=True))

    async def take_waiting(self, tenant_id: str, limit: int) -> Sequence[Fact]:
        """See Work. The records are read by the rules of today, as any record is."""
        rows = await self._tx.fetch(_TAKE, tenant_id, limit)
        rows.sort(key=lambda row: row["position"])
        heard = (fact(_event(tenant_id, row)) for row in rows)
        return [each for each in heard if each is not None]


def _row(waiting: Fact, now: datetime) -> tuple[object, ...]:
    event = waiting.event
    return (
        event.tenant_id,
        UUID(waiting.case_id),
        now,
        event.topic,
        event.partition,
        event.offset,
        event.key,
        event.event_id,
        event.type,
        event.time,
        event.correlation_id,
        event.causation_id,
        event.traceparent,
        event.sequence,
        event.message.SerializeToString(),
    )


def _event(tenant_id: str, row: asyncpg.Record) -> Event:
    fields = dict(row)
    message = _REGISTRY.message_class(fields["type"])()
    message.ParseFromString(fields.pop("payload"))
    del fields["position"]
    return Event(tenant_id=tenant_id, message=message, **fields)
