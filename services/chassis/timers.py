"""Durable timers: deadlines, reminders, circle-backs. Each fires once, in order per key, with its effects.

Timers are rows, set and removed here in the transaction that wants them; timerloop.py fires them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zlib import crc32

from services.chassis.db import Connection

SHARDS = 16
CHANNEL = "amends_timer"

# Rung only for what is due so soon that the next look would come late: a NOTIFY serialises commits.
_SCHEDULE = """
    with written as (
        insert into timer (tenant_id, timer_id, due_at, shard, key, kind, data)
        select * from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::smallint[], $5::text[],
                             $6::text[], $7::text[])
        on conflict (tenant_id, timer_id) do update
        set due_at = excluded.due_at, shard = excluded.shard, key = excluded.key, kind = excluded.kind,
            data = excluded.data
        returning due_at)
    select pg_notify('amends_timer', '')
    from (select min(due_at) as first from written) w
    where w.first < clock_timestamp() + interval '1 second'"""
# A timer that is just firing is left to its handler: whoever cancels holds the key's state already, and the
# handler waits for that; waiting for the handler in turn would be a deadlock.
_CANCEL = """
    delete from timer where ctid = any (array(
        select ctid from timer where tenant_id = $1 and timer_id = any($2::uuid[])
        order by timer_id for update skip locked))"""


@dataclass(frozen=True, slots=True)
class Timer:
    """Something to do for `key` at `due_at`. `timer_id` is the caller's: the same again moves the timer."""

    timer_id: UUID
    tenant_id: str
    key: str
    kind: str  # what to do, a word of the service's domain
    due_at: datetime  # aware
    data: str = ""  # what the handler needs, kept small


async def schedule(tx: Connection, timers: Sequence[Timer]) -> None:
    """Set timers with one statement; an id that exists is moved to its new time, kind and data."""
    if not timers:
        return
    # The last of an id counts; sorted, so that two transactions lock rows in one order.
    last = {(timer.tenant_id, timer.timer_id): timer for timer in timers}
    rows = [last[key] for key in sorted(last)]
    await tx.execute(
        _SCHEDULE,
        [timer.tenant_id for timer in rows],
        [timer.timer_id for timer in rows],
        [timer.due_at for timer in rows],
        [shard_of(timer) for timer in rows],
        [timer.key for timer in rows],
        [timer.kind for timer in rows],
        [timer.data for timer in rows],
    )


async def cancel(tx: Connection, tenant_id: str, timer_ids: Sequence[UUID]) -> None:
    """Remove timers that are no longer wanted; unknown or fired ones are ignored.

    Never waits: one that fires at this moment goes to its handler all the same, which must look, under the
    lock of its key's state, whether it is still wanted.
    """
    if timer_ids:
        await tx.execute(_CANCEL, tenant_id, timer_ids)


def shard_of(timer: Timer) -> int:
    """The same for all timers of one key."""
    return crc32(f"{timer.tenant_id}\0{timer.key}".encode()) % SHARDS
