"""The cases of follow-up in PostgreSQL: facts as one JSON value per case, promises as rows beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.chassis import journal, timers
from services.chassis.clock import Clock
from services.chassis.db import Connection
from services.chassis.ids import Ids
from services.chassis.journal import NewEvent
from services.followup.adapters import contacts, counting, loyalty, surveys
from services.followup.adapters.rules.choices import TenantPolicies
from services.followup.adapters.surveys import Asked
from services.followup.adapters.wire import telling
from services.followup.app.ports import Advanced, CaseKey, Kept
from services.followup.domain.ids import derived_id
from services.followup.domain.promises import Promise
from services.followup.domain.record import FollowUp

SOURCE = "followup"
TOPIC = "amends.followup.events.v1"
TIMER_KIND = "deadline"

# A firing timer locks itself first and its case second; so do we, or the two would wait for each other.
_TIMERS = """
select from (select * from unnest($1::text[], $2::uuid[]) as a (tenant_id, timer_id) order by 1, 2) as asked
cross join lateral (
    select from timer as one
    where one.tenant_id = asked.tenant_id and one.timer_id = asked.timer_id
    limit 1 for update) as found
"""
# Begin what is new. Waits for a transaction that begins the same case, so that the next statement sees its
# facts.
_BEGIN = """
insert into follow_up (tenant_id, case_id, state)
select * from unnest($1::text[], $2::text[], $3::json[])
on conflict do nothing
"""
# Lock in key order: two replicas that hold cases of each other's batch would deadlock otherwise. One look-up
# per case, which `limit 1` keeps the planner to: it would read all cases of the tenant while it knows nothing
# of the table yet.
_TAKE = """
select found.tenant_id, found.case_id, found.state::text, found.next_due
from (select * from unnest($1::text[], $2::text[]) as a (tenant_id, case_id) order by 1, 2) as asked
cross join lateral (
    select * from follow_up as one
    where one.tenant_id = asked.tenant_id and one.case_id = asked.case_id
    limit 1 for update) as found
"""
_PUT = """
update follow_up set state = new.state, next_due = new.next_due, updated_at = now()
from unnest($1::text[], $2::text[], $3::json[], $4::timestamptz[]) as new (tenant_id, case_id, state,
next_due) where follow_up.tenant_id = new.tenant_id and follow_up.case_id = new.case_id
"""
_PROMISES = """
insert into promise (tenant_id, promise_id, case_id, kind, employee_id, due_at, state, settled_at, reason)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
$7::text[], $8::timestamptz[], $9::text[]) on conflict (tenant_id, promise_id) do update set employee_id =
excluded.employee_id, state = excluded.state, settled_at = excluded.settled_at, reason = excluded.reason
"""

_decoder = msgspec.json.Decoder(FollowUp)


def encode(record: FollowUp) -> str:
    """A record as JSON."""
    return msgspec.json.encode(record).decode()


def decode(text: str) -> FollowUp:
    """A record from JSON. Raises msgspec.ValidationError when it is none."""
    return _decoder.decode(text)


class PostgresDesk:
    """The Desk port over one transaction."""

    def __init__(
        self, tx: Connection, policies: TenantPolicies, clock: Clock, ids: Ids, champion_window: timedelta
    ) -> None:
        self._tx = tx
        self._champion_window = champion_window
        self._policies = policies
        self._clock = clock
        self._ids = ids

    async def take(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, Kept]:
        """Lock and read the records, beginning those that are new with what their tenant follows today."""
        ordered = sorted(keys)
        tenants, cases = [tenant for tenant, _ in ordered], [case for _, case in ordered]
        await self._lock_timers(ordered)
        followed = await self._policies.of(self._tx, set(tenants))
        begun = [encode(FollowUp(tenant, case, followed[tenant].terms)) for tenant, case in ordered]
        await self._tx.execute(_BEGIN, tenants, cases, begun)
        return _kept(await self._tx.fetch(_TAKE, tenants, cases))

    async def find(self, key: CaseKey) -> Kept | None:
        """Lock and read one record."""
        await self._lock_timers([key])
        return _kept(await self._tx.fetch(_TAKE, [key[0]], [key[1]])).get(key)

    async def _lock_timers(self, keys: Sequence[CaseKey]) -> None:
        await self._tx.execute(_TIMERS, [tenant for tenant, _ in keys], [_timer_id(*key) for key in keys])

    async def put(self, steps: Sequence[Advanced]) -> None:
        """Write everything the steps came to, a statement per table however many there are."""
        if not steps:
            return
        records = [advanced.step.record for advanced in steps]
        await self._tx.execute(
            _PUT,
            [record.tenant_id for record in records],
            [record.case_id for record in records],
            [encode(record) for record in records],
            [advanced.step.next_due for advanced in steps],
        )
        await self._put_promises(steps)
        asked = [Asked(one.step.record, one.step.survey) for one in steps if one.step.survey is not None]
        await surveys.keep(self._tx, asked)
        told = [(one.step.record.tenant_id, one.step.story) for one in steps if one.step.story is not None]
        await loyalty.keep(self._tx, told, self._champion_window)
        await contacts.queue(self._tx, [contact for advanced in steps for contact in advanced.contacts])
        await self._set_timers(steps)
        await self._say(steps)

    async def _put_promises(self, steps: Sequence[Advanced]) -> None:
        rows = [_promise_row(one.step.record, promise) for one in steps for promise in one.step.changed]
        if rows:
            await self._tx.execute(_PROMISES, *_columns(sorted(rows)))

    async def _set_timers(self, steps: Sequence[Advanced]) -> None:
        moved = [advanced.step for advanced in steps if advanced.timer_moved]
        due = [_timer(step.record, at) for step in moved if (at := step.next_due) is not None]
        if due:
            await timers.schedule(self._tx, due)
        for step in moved:
            if step.next_due is None:
                timer_id = _timer_id(step.record.tenant_id, step.record.case_id)
                await timers.cancel(self._tx, step.record.tenant_id, [timer_id])

    async def _say(self, steps: Sequence[Advanced]) -> None:
        now = self._clock.now()
        said = [
            NewEvent(
                topic=TOPIC,
                key=advanced.step.record.case_id,
                tenant_id=advanced.step.record.tenant_id,
                message=telling.message_of(advanced.step.record.case_id, event),
                event_id=self._ids.new(),
                occurred_at=now,
                correlation_id=advanced.step.record.case_id,
                causation_id=advanced.cause.event_id or None,
                traceparent=advanced.cause.traceparent or None,
            )
            for advanced in steps
            for event in advanced.step.events
        ]
        if said:
            await journal.append(self._tx, SOURCE, said)
            counting.count(steps)


def _timer_id(tenant_id: str, case_id: str) -> UUID:
    return UUID(derived_id(case_id, "timer", tenant_id))


def _timer(record: FollowUp, at: datetime) -> timers.Timer:
    timer_id = _timer_id(record.tenant_id, record.case_id)
    return timers.Timer(timer_id, record.tenant_id, record.case_id, TIMER_KIND, at)


def _kept(rows: Iterable[asyncpg.Record]) -> dict[CaseKey, Kept]:
    return {(row["tenant_id"], row["case_id"]): Kept(decode(row["state"]), row["next_due"]) for row in rows}


def _promise_row(record: FollowUp, promise: Promise) -> tuple[Any, ...]:
    return (
        record.tenant_id,
        UUID(promise.promise_id),
        record.case_id,
        promise.kind,
        promise.employee_id,
        promise.due_at,
        promise.state,
        promise.settled_at,
        promise.reason,
    )


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
