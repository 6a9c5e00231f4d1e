"""What happens to cases as it happens, for those it concerns: one listener per process, fanned out in memory.

The journal's NOTIFY wakes it; it reads on in order of position (chassis following) and hands every change to
the subscribers of its tenant whom the case concerns, concerned before, or whom the event names. Nobody
subscribed, nothing read. What lies before a subscription is read with the subscriber's own rights.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import groupby

import asyncpg

from services.chassis.db import Database, retryable_losses
from services.chassis.errors import AmendsError, Retryable
from services.chassis.following import BATCH, GAP_S, Follower
from services.chassis.journal import CHANNEL, JournalEntry
from services.chassis.log import get_logger
from services.chassis.wakeup import Bell, bell, pause
from services.resolution.adapters import wire
from services.resolution.adapters.cases import entry_of, known
from services.resolution.adapters.postgres import PostgresWork
from services.resolution.app.shapes import HistoryEntry
from services.resolution.app.shelf import Shelf
from services.resolution.domain.concerns import concerns_of
from services.resolution.domain.state import Case

log = get_logger(__name__)

_START = "select coalesce((select position from relay_cursor where source = $1), 0)"
_EPOCH = "select epoch from journal_epoch"
_MISSED = """
-- what a tenant's cases went through between two positions, a page of it
select position, tenant_id, key, event_id, type, occurred_at, recorded_at, payload,
       extensions::text as extensions
from journal where tenant_id = $1 and position > $2 and position <= $3 and headers is null
order by position limit $4"""

_IDLE_S = 5.0  # notifications are the rule; this is for those that got lost
_BACKOFF_S = 0.5
_READY_S = 10.0
_PAGE = 500
_EMPLOYEE = re.compile(r'"(?:\w+_)?employee_id":"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Happened:
    """What one case went through without another between, and the case as it is now."""

    position: int
    case: Case
    entries: tuple[HistoryEntry, ...]
    named: frozenset[str]
    """The employees whom the events name."""


class Subscriber:
    """One reader of changes, with bounded room for those it has not read yet."""

    def __init__(self, tenant_id: str, employee_id: str, room: int) -> None:
        self.tenant_id = tenant_id
        self.employee_id = employee_id
        self.start = 0
        """The journal's position it began behind: everything up to it can be read from the database."""
        self.settled = 0
        self._room = room
        self._waiting: deque[Happened] = deque()
        self._rung = asyncio.Event()
        self._told: set[str] = set()
        self._end: Exception | None = None

    def know(self, case: Case) -> bool:
        """Whether the case concerns the employee, or did the last time; remembers that it does."""
        concerned = self.employee_id in concerns_of(case)
        before = case.case_id in self._told
        (self._told.add if concerned else self._told.discard)(case.case_id)
        return concerned or before

    def wants(self, happened: Happened) -> bool:
        """Whether the change is to be told: it concerns the employee, did before, or names them."""
        return self.know(happened.case) or self.employee_id in happened.named

    def hear(self, happened: Happened) -> None:
        """Keeps a change for the reader; one too many ends the subscription instead."""
        if self._end is not None or not self.wants(happened):
            return
        if len(self._waiting) >= self._room:
            self._waiting.clear()
            self.end(_too_slow(self._room))
            return
        self._waiting.append(happened)
        self._rung.set()

    def settle(self, position: int) -> None:
        """Everything up to `position` has been heard."""
        self.settled = position

    def end(self, failure: Exception) -> None:
        """No more changes; the reader meets `failure`."""
        self._end = failure
        self._rung.set()

    async def next(self, timeout_s: float) -> Happened | None:
        """The next change, None when there was none for so long. Raises ReaderTooSlow, and
        Retryable when the server stops."""
        if not self._waiting and self._end is None:
            self._rung.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._rung.wait()
        if self._end is not None:
            raise self._end
        return self._waiting.popleft() if self._waiting else None


class ReaderTooSlow(AmendsError):
    """More happened than the reader took: it goes on from its last token."""


def _too_slow(room: int) -> ReaderTooSlow:
    return ReaderTooSlow(
        "reader_too_slow",
        "More happened than you read; call again with the last resume_token you have seen.",
        {"room": str(room), "instead": "resume_token"},
    )


class Watching:
    """Component: follows the journal for as long as anybody is subscribed."""

    name = "watching"

    def __init__(self, database: Database, shelf: Shelf, room: int) -> None:
        self.epoch = 0
        self._database = database
        self._shelf = shelf
        self._room = room
        self._subscribers: dict[str, set[Subscriber]] = {}
        self._wanted = asyncio.Event()
        self._ready = asyncio.Event()
        self._follower = Follower(0)
        self._stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop`, then end every subscription; heals when PostgreSQL restarts."""
        waker = asyncio.create_task(self._wake_on(stop))
        try:
            while not stop.is_set():
                await self._wanted.wait()
                try:
                    async with bell(self._database, "resolution/watching", stop) as ring:
                        await ring.listen(CHANNEL)
                        await self._follow(ring, stop)
                except Retryable as error:
                    log.warning("watching starts over", rule=error.rule, detail=error.detail)
                    await pause(stop, _BACKOFF_S)
        finally:
            self._stopping = True
            waker.cancel()
            for each in [each for tenant in self._subscribers.values() for each in tenant]:
                each.end(_stopping())

    @asynccontextmanager
    async def subscribe(self, tenant_id: str, employee_id: str) -> AsyncIterator[Subscriber]:
        """What concerns this employee from `start` on. Raises Retryable when the journal cannot be followed
        now."""
        if self._stopping:
            raise _stopping()
        subscriber = Subscriber(tenant_id, employee_id, self._room)
        self._subscribers.setdefault(tenant_id, set()).add(subscriber)
        self._wanted.set()
        try:
            await self._wait_ready()
            subscriber.start = subscriber.settled = self._follower.position
            yield subscriber
        finally:
            self._subscribers[tenant_id].discard(subscriber)
            if not self._subscribers[tenant_id]:
                del self._subscribers[tenant_id]
            if not self._subscribers:
                self._wanted.clear()

    async def missed(self, subscriber: Subscriber, after: int) -> AsyncIterator[Happened]:
        """What the subscriber wants of what happened behind `after` and before its start, oldest first, read
        page by page as the reader takes it, with the rights of its tenant."""
        while after < subscriber.start:
            async with self._database.transaction([subscriber.tenant_id]) as tx:
                asked = (subscriber.tenant_id, after, subscriber.start, _PAGE)
                rows = await tx.fetch(_MISSED, *asked)
                changes = await _changes(PostgresWork(tx, self._shelf), rows)
            for happened in changes:
                if subscriber.wants(happened):
                    yield happened
            after = rows[-1]["position"] if len(rows) == _PAGE else subscriber.start

    async def _wait_ready(self) -> None:
        try:
            async with asyncio.timeout(_READY_S):
                await self._ready.wait()
        except TimeoutError:
            raise Retryable("journal_away", "the journal cannot be followed now") from None

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wanted.set()

    async def _follow(self, ring: Bell, stop: asyncio.Event) -> None:
        """Where the subscribers are, or, the first time, where the relay is: up to there all is settled."""
        if not self._ready.is_set():
            with retryable_losses():
                self._follower = Follower(await ring.connection.fetchval(_START, wire.SOURCE))
                self.epoch = await ring.connection.fetchval(_EPOCH)
            self._ready.set()
        while self._subscribers and not stop.is_set():
            with retryable_losses():
                rows = await self._follower.next_rows(ring.connection)
                await self._tell(ring.connection, rows)
            if self._follower.waits:
                await pause(stop, GAP_S)
            elif len(rows) < BATCH:
                await ring.wait(_IDLE_S)
        if not self._subscribers:
            self._ready.clear()

    async def _tell(
        self, connection: asyncpg.Connection[asyncpg.Record], rows: Sequence[asyncpg.Record]
    ) -> None:
        wanted = [row for row in rows if row["tenant_id"] in self._subscribers and row["headers"] is None]
        for happened in await _changes(PostgresWork(connection, self._shelf), wanted):
            for subscriber in self._subscribers.get(happened.case.tenant_id, ()):
                subscriber.hear(happened)
        if rows:
            self._follower.position = rows[-1]["position"]
            for tenant in self._subscribers.values():
                for subscriber in tenant:
                    subscriber.settle(self._follower.position)


def _stopping() -> Retryable:
    return Retryable("server_stopping", "this server stops; another one goes on from your resume_token")


async def _changes(work: PostgresWork, rows: Iterable[asyncpg.Record]) -> list[Happened]:
    """The rows, those of one case that follow each other together, with their cases as they are now."""
    told = [row for row in rows if known(row["type"])]
    cases = await work.read_cases({(row["tenant_id"], row["key"]) for row in told})
    found = []
    for key, run in groupby(told, lambda row: (row["tenant_id"], row["key"])):
        if key in cases:
            entries = tuple(entry_of(_as_entry(row)) for row in run)
            named = frozenset(name for entry in entries for name in _EMPLOYEE.findall(entry.json))
            found.append(Happened(entries[-1].position, cases[key], entries, named))
    return found


def _as_entry(row: asyncpg.Record) -> JournalEntry:
    return JournalEntry(
        row["position"],
        row["event_id"],
        row["type"],
        row["occurred_at"],
        row["recorded_at"],
        row["payload"],
        json.loads(row["extensions"]) if row["extensions"] else None,
    )
