"""The relay: publishes the journal in order of position, one active per service, nothing skipped.

Publishing is at least once: after a crash the rows behind the cursor go out again. Their ce_sequence tells
consumers.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from services.chassis.broker import Producer
from services.chassis.db import Database, retryable_losses
from services.chassis.envelope import Record, headers_of
from services.chassis.errors import Retryable
from services.chassis.following import BATCH, GAP_S, READ, Follower
from services.chassis.journal import CHANNEL
from services.chassis.log import get_logger
from services.chassis.meters import (
    OUTBOX_DELAY,
    OUTBOX_EVENTS,
    OUTBOX_OLDEST_AGE,
    OUTBOX_PENDING,
    record_delays,
)
from services.chassis.parking import as_kept
from services.chassis.wakeup import Bell, bell, pause

log = get_logger(__name__)

# Held by the connection that publishes: one relay per database, whatever the number of replicas.
_LEAD = "select pg_try_advisory_lock(hashtext('amends relay'))"
# A cursor that is lost with the server's last milliseconds only makes some rows go out twice.
_RELAXED = "set synchronous_commit = off"
_START = "insert into relay_cursor (source, position) values ($1, 0) on conflict do nothing"
_CURSOR = "select position from relay_cursor where source = $1"
_EPOCH = "select epoch from journal_epoch"
_SAVE = "update relay_cursor set position = $3, updated_at = now() where source = $1 and position = $2"
_BEHIND = "select coalesce(max(position), 0) from journal"

_IN_TIME_S = 5.0  # accepted-visible, an objective of deploy/observability/slos.yaml
_IDLE_S = 0.5  # notifications are the rule; this is for those that got lost
_STANDBY_S = 1.0
_BACKOFF_S = 0.5
_MEASURE_S = 5.0
_FINISH_S = 3.0  # for the acknowledgement of the last batch when stopping


class Superseded(Retryable):
    """Another relay moved the cursor: give up the lead and start over from the stored position."""


class Relay:
    """Component that moves journal rows to Kafka; a second one waits until the first is gone."""

    def __init__(
        self, database: Database, producer: Producer, source: str, *, topic_prefix: str = ""
    ) -> None:
        self.name = "relay"
        self._database = database
        self._producer = producer
        self._source = source
        self._prefix = topic_prefix
        self._follower = Follower(0)
        self._epoch = 0
        self._pending = 0
        self._oldest: datetime | None = None
        self._measured_at = 0.0

    @property
    def waits(self) -> bool:
        """Whether rows are held back behind a position that may still be on its way."""
        return self._follower.waits

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set, then finish the running batch; heals when Kafka or PostgreSQL
        restart.
        """
        ends = [
            OUTBOX_PENDING.observe(lambda: self._pending, service=self._source),
            OUTBOX_OLDEST_AGE.observe(self._oldest_age, service=self._source),
        ]
        try:
            while not stop.is_set():
                try:
                    async with bell(self._database, f"{self._source}/relay", stop) as ring:
                        await self._lead(ring, stop)
                        await self._publish_until(ring, stop)
                except Retryable as error:
                    log.warning("relay starts over", rule=error.rule, detail=error.detail)
                    await pause(stop, _BACKOFF_S)
        finally:
            for end in ends:
                end()

    async def _lead(self, ring: Bell, stop: asyncio.Event) -> None:
        """Wait until this relay is the only one, then read where to go on."""
        with retryable_losses():
            while not stop.is_set() and not await ring.connection.fetchval(_LEAD):
                await ring.wait(_STANDBY_S)
            await ring.connection.execute(_RELAXED)
            await ring.connection.execute(_START, self._source)
            self._follower = Follower(await ring.connection.fetchval(_CURSOR, self._source))
            self._epoch = await ring.connection.fetchval(_EPOCH)
        await ring.listen(CHANNEL)

    async def _publish_until(self, ring: Bell, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with retryable_losses():
                rows = await self._follower.next_rows(ring.connection)
            if rows:
                # while Kafka is away this does not return: what is in hand is what waits
                self._oldest, self._pending = rows[0]["recorded_at"], max(self._pending, len(rows))
                await self._publish([self._record(row) for row in rows], stop)
                self._published(rows)
                with retryable_losses():
                    await self._save(ring.connection, rows[-1]["position"])
            if len(rows) < BATCH:
                await self._measure(ring.connection)
                if self._follower.waits:
                    await pause(stop, GAP_S)
                elif not rows:
                    await ring.wait(_IDLE_S)

    async def _publish(self, records: Sequence[Record], stop: asyncio.Event) -> None:
        """Publish; when Kafka is away and the process is to stop, give up what is not acknowledged yet."""
        publishing = asyncio.create_task(self._producer.publish(records))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({publishing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            async with asyncio.timeout(_FINISH_S if stop.is_set() else None):
                await publishing
        except TimeoutError:
            raise Retryable(
                "kafka_away", "stopping with records unpublished; they are published later"
            ) from None
        finally:
            stopping.cancel()

    async def _save(self, connection: asyncpg.Connection[asyncpg.Record], position: int) -> None:
        saved = await connection.execute(_SAVE, self._source, self._follower.position, position)
        if saved != "UPDATE 1":
            raise Superseded(
                "superseded", f"the cursor of {self._source} is not at {self._follower.position} any more"
            )
        self._follower.position = position

    def _record(self, row: asyncpg.Record) -> Record:
        """One row as it goes out; unpacked, since this runs for every event."""
        (position, tenant_id, topic, key, event_id, type_name, correlation_id, causation_id, traceparent,
         occurred_at, _, payload, headers, extensions) = row  # fmt: skip
        if headers is not None:
            return as_kept(self._prefix + topic, payload, headers)
        return Record(
            self._prefix + topic,
            key.encode(),
            payload,
            headers_of(
                source=self._source,
                event_id=str(event_id),
                type_name=type_name,
                tenant_id=tenant_id,
                key=key,
                occurred_at=occurred_at,
                correlation_id=correlation_id,
                causation_id=causation_id,
                traceparent=traceparent,
                sequence=sequence(self._epoch, position),
                extensions=json.loads(extensions) if extensions else None,
            ),
        )

    def _published(self, rows: Sequence[asyncpg.Record]) -> None:
        now = datetime.now(UTC)
        delays = [(now - row["recorded_at"]).total_seconds() for row in rows]
        record_delays(OUTBOX_DELAY, OUTBOX_EVENTS, delays, _IN_TIME_S, service=self._source)
        self._oldest, self._pending = None, max(0, self._pending - len(rows))

    async def _measure(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Every few seconds: how much is not published, and since when."""
        if time.monotonic() - self._measured_at < _MEASURE_S:
            return
        self._measured_at = time.monotonic()
        with retryable_losses():
            self._pending = await connection.fetchval(_BEHIND) - self._follower.position
            first = await connection.fetchrow(READ, self._follower.position, 1)
        self._oldest = first["recorded_at"] if first else None

    def _oldest_age(self) -> float:
        return (datetime.now(UTC) - self._oldest).total_seconds() if self._oldest else 0.0


def sequence(epoch: int, position: int) -> str:
    """ce_sequence: ordered as text within a database and from one database to its successor."""
    return f"{epoch:016x}{position:016x}"
