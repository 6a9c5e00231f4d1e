"""Fires durable timers (timers.py): the rows that are due, each once, with its effects.

Firing deletes the row in the transaction of the effects. Rows are found by an index on due time, so the
number pending does not matter. Before claiming, a loop locks shards (a hash of tenant and key): replicas
share the work, and timers of one key never fire in two places at a time. At idle the next due time is kept in
memory; a timer set to be due earlier rings a bell. What time it is says PostgreSQL alone: a replica whose own
clock jumps fires nothing early and nothing late.

Locks and claims are of one transaction, so a replica that dies gives them back at once, and one that freezes
when PostgreSQL has waited for it for `frozen_s`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import asyncpg

from services.chassis.clock import Clock
from services.chassis.db import Connection, Database
from services.chassis.errors import Rejected, Retryable
from services.chassis.journal import notify
from services.chassis.log import get_logger
from services.chassis.meters import TIMER_LATENESS, TIMERS_FIRED, TIMERS_OVERDUE
from services.chassis.parking import rule_of
from services.chassis.timers import CHANNEL, Timer
from services.chassis.wakeup import bell, pause

log = get_logger(__name__)

_LOCKS = 0x7131E2  # first half of the advisory lock of a shard; the second is its number
_BATCH = 500
_POLL_S = 0.25  # bells are the rule; this is for clocks that jump and for bells that got lost
_CONTENDED_S = 0.02
_RESTART_S = 0.5
_EVER = datetime(1, 1, 1, tzinfo=UTC)

_NOW = "select now()"
# What has just become due, what is overdue since before $5 (the tenants and shards of both), and the one
# moment after that.
_LOOK = """
    (select tenant_id, shard, due_at from timer
     where due_at > $5 and due_at <= $1
       and (tenant_id, key) not in (select * from unnest($2::text[], $3::text[]))
     order by due_at limit $4)
    union all
    (select tenant_id, shard, due_at from timer
     where due_at <= $5 and (tenant_id, key) not in (select * from unnest($2::text[], $3::text[]))
     order by due_at limit $4)
    union all
    (select tenant_id, shard, due_at from timer where due_at > $1 order by due_at limit 1)"""
_LOCK_SHARDS = """
    select s.shard
    from set_config('idle_in_transaction_session_timeout', $3, true), unnest($2::int[]) as s(shard)
    where pg_try_advisory_xact_lock($1::int, s.shard)"""
# A row that somebody is just moving or cancelling is left to them.
_CLAIM = """
    delete from timer where ctid = any (array(
        select ctid from timer
        where due_at between $7 and $1 and shard = any($2::smallint[])
          and ($3::uuid[] is null or timer_id = any($3::uuid[]))
          and (tenant_id, key) not in (select * from unnest($4::text[], $5::text[]))
        order by due_at limit $6
        for update skip locked))
    returning timer_id, tenant_id, key, kind, due_at, data"""
_GIVE_UP = """
    with gone as (delete from timer where tenant_id = $1 and timer_id = $2 and due_at = $3 returning *)
    insert into timer_failed (tenant_id, timer_id, due_at, key, kind, data, attempts, reason, failed_at)
    select tenant_id, timer_id, due_at, key, kind, data, $4, $5, $6 from gone"""


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


@dataclass(frozen=True, slots=True)
class TimerTuning:
    """Knobs; seconds where a time."""

    batch: int = _BATCH
    attempts: int = 5  # of a timer whose handler fails, before it is given up
    backoff_first_s: float = 0.2
    backoff_most_s: float = 30.0
    most_held: int = 200  # keys waiting for another attempt; beyond, a failure gives up at once
    frozen_s: float = 10.0  # a transaction of ours in which nothing happens for so long is ended
    backlog: Backlog | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is overdue, after an outage, fires in order and at a bounded rate, and what becomes due meanwhile
    overtakes it. Only for loops whose keys never have two timers: else a later timer of a key could fire
    before an earlier one. Without a Backlog everything fires in order of its time, as fast as it can."""

    after_s: float = 1.0  # overdue for so long
    per_s: float = 2_000.0  # of a replica


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
        self,
        database: Database,
        handler: TimerHandler,
        clock: Clock | None = None,
        tuning: TimerTuning | None = None,
    ) -> None:
        """Without a `clock` PostgreSQL's is asked; tests give one that they can turn."""
        self.name = "timers"
        self._database, self._handler, self._clock = database, handler, clock
        self._tuning = tuning or TimerTuning()
        self._troubled: dict[tuple[str, str], _Trouble] = {}
        # Blamed in this round: later timers of these keys may be in a half that is still to come.
        self._blamed: set[tuple[str, str]] = set()
        self._backlog_at = 0.0  # of the loop's clock: when the next of a backlog may fire
        self._next_at: float | None = None  # of the monotonic clock: when the next timer is due

    async def run(self, stop: asyncio.Event) -> None:
        """Fire timers until `stop` is set, at idle within 50 ms of their time; heals when PostgreSQL
        restarts.
        """
        end = TIMERS_OVERDUE.observe(self._overdue)
        try:
            while not stop.is_set():
                try:
                    async with bell(self._database, "timers", stop) as ring:
                        await ring.listen(CHANNEL)
                        while not stop.is_set():
                            await ring.wait(await self._round())
                except Retryable as error:
                    log.warning("timers wait", rule=error.rule)
                    await pause(stop, _RESTART_S)
        finally:
            end()

    async def _round(self) -> float:
        """Fire what is due; returns how many seconds the loop may sleep now."""
        self._blamed.clear()
        looked = asyncio.get_running_loop().time()
        async with self._database.system() as tx:
            now: datetime = self._clock.now() if self._clock else await tx.fetchval(_NOW)
            edge = _EVER if self._tuning.backlog is None else now - _seconds(self._tuning.backlog.after_s)
            rows = await tx.fetch(_LOOK, now, *self._held(), self._tuning.batch, edge)
        first = min((row["due_at"] for row in rows), default=None)
        self._next_at = first and time.monotonic() + (first - now).total_seconds()
        fresh = [row for row in rows if edge < row["due_at"] <= now]
        overdue = [row for row in rows if row["due_at"] <= edge]
        if fresh or overdue:
            fired = await self._fire_due(_Moment(now, looked), fresh)
            late = await self._fire_backlog(_Moment(now, looked), overdue)
            return 0.0 if fired or late else _CONTENDED_S
        next_due: datetime | None = rows[0]["due_at"] if rows else None
        return _POLL_S if next_due is None else min(_POLL_S, (next_due - now).total_seconds())

    async def _fire_due(self, at: _Moment, due: Sequence[asyncpg.Record]) -> bool:
        """Fire what a look found; True when any was dealt with."""
        if not due:
            return False
        tenants, shards = {row["tenant_id"] for row in due}, _share(due, self._tuning.batch)
        return await self._fire_or_halve(at, _Part(tenants, shards, due[0]["due_at"], due[-1]["due_at"]))

    async def _fire_backlog(self, at: _Moment, due: Sequence[asyncpg.Record]) -> bool:
        """The same of what is overdue, if its rate allows for a batch now."""
        backlog, time = self._tuning.backlog, asyncio.get_running_loop().time()
        if backlog is None or not due or time < self._backlog_at:
            return False
        fired = await self._fire_due(at, due)
        if fired:
            self._backlog_at = time + len(due) / backlog.per_s
        return fired

    async def _fire_or_halve(self, at: _Moment, part: _Part) -> bool:
        """Fire a batch; when that fails, its halves, down to the timer at fault. True when any was dealt
        with.
        """
        try:
            timers = await self._fire(at.now, part)
        except _FireFailed as failed:
            if len(failed.timers) == 1:
                await self._blame(failed.timers[0], failed.cause, at.now)
            else:
                middle = len(failed.timers) // 2
                for half in (failed.timers[:middle], failed.timers[middle:]):
                    await self._fire_or_halve(at, part.only_of(half))
            return True
        self._measure(timers, at)
        return bool(timers)

    async def _fire(self, now: datetime, part: _Part) -> list[Timer]:
        """One transaction: lock shards, claim, let the handler work. Raises _FireFailed and Retryable."""
        timers: list[Timer] = []
        frozen = f"{int(self._tuning.frozen_s * 1000)}ms"
        try:
            async with self._database.transaction(part.tenants) as tx:
                locked = [row["shard"] for row in await tx.fetch(_LOCK_SHARDS, _LOCKS, part.shards, frozen)]
                rows = await tx.fetch(
                    _CLAIM, part.until, locked, part.only, *self._held(), self._tuning.batch, part.since
                )
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

    async def _blame(self, timer: Timer, cause: Exception, now: datetime) -> None:
        """One timer failed: hold its key back for a while, or give it up."""
        place = timer.tenant_id, timer.key
        attempts = self._troubled[place].attempts + 1 if place in self._troubled else 1
        final = isinstance(cause, Rejected) or attempts >= self._tuning.attempts
        if final or len(self._troubled) >= self._tuning.most_held:
            await self._give_up(timer, attempts, cause, now)
            return
        wait = min(self._tuning.backoff_first_s * 2 ** (attempts - 1), self._tuning.backoff_most_s)
        self._blamed.add(place)
        self._troubled[place] = _Trouble(attempts, asyncio.get_running_loop().time() + wait)
        TIMERS_FIRED.add(1, kind=timer.kind, outcome="held")
        log.warning("timer failed", kind=timer.kind, attempt=attempts, rule=rule_of(cause), backoff_s=wait)

    async def _give_up(self, timer: Timer, attempts: int, cause: Exception, now: datetime) -> None:
        reason = f"{rule_of(cause)}: {getattr(cause, 'detail', '') or cause}"[:1000].replace("\0", "")
        async with self._database.transaction([timer.tenant_id]) as tx:
            await tx.execute(_GIVE_UP, timer.tenant_id, timer.timer_id, timer.due_at, attempts, reason, now)
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

    def _overdue(self) -> float:
        """Grows also while nothing can be looked at or fired."""
        return 0.0 if self._next_at is None else max(0.0, time.monotonic() - self._next_at)

    def _measure(self, timers: Sequence[Timer], at: _Moment) -> None:
        """Count what is committed; late is what the transaction took, too."""
        since = asyncio.get_running_loop().time() - at.looked
        for kind, count in Counter(timer.kind for timer in timers).items():
            TIMERS_FIRED.add(count, kind=kind, outcome="fired")
        for timer in timers:
            TIMER_LATENESS.record((at.now - timer.due_at).total_seconds() + since, kind=timer.kind)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What time it was at a look, and at what time of the loop that was."""

    now: datetime
    looked: float


@dataclass(frozen=True, slots=True)
class _Part:
    """Which timers a transaction claims: of these tenants and shards, due from `since` to `until`."""

    tenants: Collection[str]
    shards: Sequence[int]
    since: datetime  # rows that were deleted lie before it in the index
    until: datetime
    only: Sequence[UUID] | None = None

    def only_of(self, timers: Sequence[Timer]) -> _Part:
        """Of these timers alone."""
        tenants, ids = {timer.tenant_id for timer in timers}, [timer.timer_id for timer in timers]
        return replace(self, tenants=tenants, only=ids)


def _seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def _share(due: Sequence[asyncpg.Record], full: int) -> list[int]:
    """The shards to try: all that have something due; of a backlog half, so that another replica has its
    part.
    """
    shards = sorted({row["shard"] for row in due})
    if len(due) < full:
        return shards
    return random.sample(shards, (len(shards) + 1) // 2)
