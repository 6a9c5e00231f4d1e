"""Durable timers: deadlines, reminders, circle-backs. Each fires once, in order per key, with its effects.

Timers are rows; firing deletes the row in the transaction of the effects. Rows are found by an index on due
time, so the number pending does not matter. Before claiming, a loop locks shards (a hash of tenant and
key): replicas share the work, and timers of one key never fire in two places at a time. At idle the next
due time is kept in memory; a timer set to be due earlier rings a bell.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zlib import crc32

import asyncpg

from services.chassis.clock import Clock
from services.chassis.db import Connection, Database
from services.chassis.errors import Rejected, Retryable
from services.chassis.journal import notify
from services.chassis.log import get_logger
from services.chassis.meters import TIMER_LATENESS, TIMERS_FIRED
from services.chassis.parking import rule_of
from services.chassis.wakeup import bell, pause

log = get_logger(__name__)

SHARDS = 16
_CHANNEL = "amends_timer"
_LOCKS = 0x7131E2  # first half of the advisory lock of a shard; the second is its number
_BATCH = 500
_POLL_S = 0.25  # bells are the rule; this is for clocks that jump and for bells that got lost
_CONTENDED_S = 0.02
_RESTART_S = 0.5

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
# What is due (its tenants and shards), and the one moment after that.
_LOOK = """
    (select tenant_id, shard, due_at from timer
     where due_at <= $1 and (tenant_id, key) not in (select * from unnest($2::text[], $3::text[]))
     order by due_at limit $4)
    union all
    (select tenant_id, shard, due_at from timer where due_at > $1 order by due_at limit 1)"""
_LOCK_SHARDS = """
    select s.shard from unnest($2::int[]) as s(shard)
    where pg_try_advisory_xact_lock($1::int, s.shard)"""
# A row that somebody is just moving or cancelling is left to them.
_CLAIM = """
    delete from timer where ctid = any (array(
        select ctid from timer
        where due_at <= $1 and shard = any($2::smallint[])
          and ($3::uuid[] is null or timer_id = any($3::uuid[]))
          and (tenant_id, key) not in (select * from unnest($4::text[], $5::text[]))
        order by due_at limit $6
        for update skip locked))
    returning timer_id, tenant_id, key, kind, due_at, data"""
_GIVE_UP = """
    with gone as (delete from timer where tenant_id = $1 and timer_id = $2 and due_at = $3 returning *)
    insert into timer_failed (tenant_id, timer_id, due_at, key, kind, data, attempts, reason, failed_at)
    select tenant_id, timer_id, due_at, key, kind, data, $4, $5, $6 from gone"""


@dataclass(frozen=True, slots=True)
class Timer:
    """Something to do for `key` at `due_at`. `timer_id` is the caller's: the same again moves the timer."""

    timer_id: UUID
    tenant_id: str
    key: str
    kind: str  # what to do, a word of the service's domain
    due_at: datetime  # aware
    data: str = ""  # what the handler needs, kept small


class TimerHandler(Protocol):
    """What a service does when timers are due."""

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        """Apply `timers` (by due time within each key) inside `tx`, which sees exactly their tenants.

        One call is one transaction with the claim: when it raises, all of them stay due. Retryable: tried
        again later. Rejected: the timer is given up. Any other exception: tried some times more, then given
        up; either way the batch is halved down to the timer, and what is given up lies in timer_failed with
        the reason.
        """
        ...


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


@dataclass(frozen=True, slots=True)
class TimerTuning:
    """Knobs; seconds where a time."""

    batch: int = _BATCH
    attempts: int = 5  # of a timer whose handler fails, before it is given up
    backoff_first_s: float = 0.2
    backoff_most_s: float = 30.0
    most_held: int = 200  # keys waiting for another attempt; beyond, a failure gives up at once


class _FireFailed(Exception):
    """The handler raised; these timers are still due."""

    def __init__(self, timers: list[Timer], cause: Exception) -> None:
        super().__init__(str(cause))
        self.timers = timers
        self.cause = cause


@dataclass(slots=True)
class _Trouble:
    """A key whose timer failed: it waits, and with it the later timers of the key."""

    attempts: int
    again_at: float  # of the loop's clock


class TimerLoop:
    """Component that fires due timers; many replicas share the work."""

    def __init__(
        self, database: Database, handler: TimerHandler, clock: Clock, tuning: TimerTuning | None = None
    ) -> None:
        self.name = "timers"
        self._database, self._handler, self._clock = database, handler, clock
        self._tuning = tuning or TimerTuning()
        self._troubled: dict[tuple[str, str], _Trouble] = {}
        # Blamed in this round: later timers of these keys may be in a half that is still to come.
        self._blamed: set[tuple[str, str]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Fire timers until `stop` is set, at idle within 50 ms of their time; heals when PostgreSQL
        restarts.
        """
        while not stop.is_set():
            try:
                async with bell(self._database, "timers", stop) as ring:
                    await ring.listen(_CHANNEL)
                    while not stop.is_set():
                        await ring.wait(await self._round())
            except Retryable as error:
                log.warning("timers wait", rule=error.rule)
                await pause(stop, _RESTART_S)

    async def _round(self) -> float:
        """Fire what is due; returns how many seconds the loop may sleep now."""
        now = self._clock.now()
        self._blamed.clear()
        async with self._database.system() as tx:
            rows = await tx.fetch(_LOOK, now, *self._held(), self._tuning.batch)
        due = [row for row in rows if row["due_at"] <= now]
        if due:
            fired = await self._fire_or_halve(
                now, {row["tenant_id"] for row in due}, _share(due, self._tuning.batch)
            )
            return 0.0 if fired else _CONTENDED_S
        next_due: datetime | None = rows[0]["due_at"] if rows else None
        return _POLL_S if next_due is None else min(_POLL_S, (next_due - now).total_seconds())

    async def _fire_or_halve(
        self,
        now: datetime,
        tenants: Collection[str],
        shards: Sequence[int],
        only: Sequence[Timer] | None = None,
    ) -> bool:
        """Fire a batch; when that fails, its halves, down to the timer at fault. True when any was dealt
        with.
        """
        try:
            timers = await self._fire(now, tenants, shards, only)
        except _FireFailed as failed:
            if len(failed.timers) == 1:
                await self._blame(failed.timers[0], failed.cause)
            else:
                middle = len(failed.timers) // 2
                for half in (failed.timers[:middle], failed.timers[middle:]):
                    await self._fire_or_halve(now, {timer.tenant_id for timer in half}, shards, half)
            return True
        self._measure(timers, now)
        return bool(timers)

    async def _fire(
        self, now: datetime, tenants: Collection[str], shards: Sequence[int], only: Sequence[Timer] | None
    ) -> list[Timer]:
        """One transaction: lock shards, claim, let the handler work. Raises _FireFailed and Retryable."""
        timers: list[Timer] = []
        ids = None if only is None else [timer.timer_id for timer in only]
        try:
            async with self._database.transaction(tenants) as tx:
                locked = [row["shard"] for row in await tx.fetch(_LOCK_SHARDS, _LOCKS, shards)]
                rows = await tx.fetch(_CLAIM, now, locked, ids, *self._held(), self._tuning.batch)
                timers = sorted(
                    (Timer(**row) for row in rows), key=lambda timer: (timer.due_at, timer.timer_id)
                )
                if timers:
                    await self._handler.fire(tx, timers, now)
                    await notify(tx)
        except Retryable:
            raise
        except Exception as error:
            if not timers:
                raise  # not the handler's doing
            raise _FireFailed(timers, error) from error
        for timer in timers:
            self._troubled.pop((timer.tenant_id, timer.key), None)
        return timers

    async def _blame(self, timer: Timer, cause: Exception) -> None:
        """One timer failed: hold its key back for a while, or give it up."""
        place = timer.tenant_id, timer.key
        attempts = self._troubled[place].attempts + 1 if place in self._troubled else 1
        final = isinstance(cause, Rejected) or attempts >= self._tuning.attempts
        if final or len(self._troubled) >= self._tuning.most_held:
            await self._give_up(timer, attempts, cause)
            return
        wait = min(self._tuning.backoff_first_s * 2 ** (attempts - 1), self._tuning.backoff_most_s)
        self._blamed.add(place)
        self._troubled[place] = _Trouble(attempts, asyncio.get_running_loop().time() + wait)
        TIMERS_FIRED.add(1, kind=timer.kind, outcome="held")
        log.warning("timer failed", kind=timer.kind, attempt=attempts, rule=rule_of(cause), backoff_s=wait)

    async def _give_up(self, timer: Timer, attempts: int, cause: Exception) -> None:
        reason = f"{rule_of(cause)}: {getattr(cause, 'detail', '') or cause}"[:1000].replace("\0", "")
        async with self._database.transaction([timer.tenant_id]) as tx:
            await tx.execute(
                _GIVE_UP, timer.tenant_id, timer.timer_id, timer.due_at, attempts, reason, self._clock.now()
            )
        self._troubled.pop((timer.tenant_id, timer.key), None)
        TIMERS_FIRED.add(1, kind=timer.kind, outcome="failed")
        log.error(
            "timer given up", kind=timer.kind, timer_id=str(timer.timer_id), tenant_id=timer.tenant_id,
            attempts=attempts, rule=rule_of(cause),
        )  # fmt: skip

    def _held(self) -> tuple[list[str], list[str]]:
        """Tenants and keys that must not be claimed now."""
        now = asyncio.get_running_loop().time()
        waiting = {place for place, trouble in self._troubled.items() if trouble.again_at > now}
        places = waiting | self._blamed
        return [tenant for tenant, _ in places], [key for _, key in places]

    def _measure(self, timers: Sequence[Timer], now: datetime) -> None:
        for timer in timers:
            TIMERS_FIRED.add(1, kind=timer.kind, outcome="fired")
            TIMER_LATENESS.record((now - timer.due_at).total_seconds(), kind=timer.kind)


def _share(due: Sequence[asyncpg.Record], full: int) -> list[int]:
    """The shards to try: all that have something due; of a backlog half, so that another replica has its
    part.
    """
    shards = sorted({row["shard"] for row in due})
    if len(due) < full:
        return shards
    return random.sample(shards, (len(shards) + 1) // 2)
