"""Events published again for a reader outside that lost them: `amends intake replay`.

The same records as the first time: id, key, time, ce_sequence and order. They go through the journal as kept
records, so the relay publishes them in their turn and they wait in PostgreSQL while Kafka is away. Our own
services know them by their sequence and pass over them; a reader outside knows them by ce_id.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.chassis import journal
from services.chassis.db import Connection, Database
from services.chassis.envelope import headers_of
from services.chassis.errors import InvalidArgument
from services.chassis.parking import kept_headers
from services.chassis.relay import sequence
from services.intake.adapters.wire import SOURCE

PAGE = 1_000
_EPOCH = "select epoch from journal_epoch"
_END = "select coalesce(max(position), 0) from journal where tenant_id = $1"
_COLUMNS = """position, tenant_id, topic, key, event_id, type, correlation_id, causation_id, traceparent,
    occurred_at, payload, extensions"""
_OF_KEY = f"""
-- events of one key, by the index of it
select {_COLUMNS}, recorded_at from journal
where tenant_id = $1 and key = $2 and headers is null and position > $3 and position <= $4
order by position limit $5"""  # noqa: S608 - constants
_OF_TENANT = f"""
-- all of the tenant's, in order of position
select {_COLUMNS}, recorded_at from journal
where tenant_id = $1 and headers is null and position > $2 and position <= $3
order by position limit $4"""  # noqa: S608 - constants
# From the newest backwards: what was lost is mostly of today. A minute is more than any transaction lasts, so
# nothing recorded later lies before the position found.
_BEFORE = """
select coalesce(max(position), 0) from journal
where tenant_id = $1 and recorded_at < $2::timestamptz - interval '1 minute'"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events go out again, and the token of the next page; empty when that was all."""

    count: int
    next_page_token: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of one key ("" is any), recorded in [since, until); None is without an end."""

    key: str
    since: datetime | None
    until: datetime | None

    def fits(self, recorded_at: datetime) -> bool:
        """Whether an event recorded then is wanted."""
        return (self.since is None or recorded_at >= self.since) and (
            self.until is None or recorded_at < self.until
        )


class Replaying:
    """Puts a page of events into the journal again, in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replay(self, tenant_id: str, wanted: Wanted, token: str) -> Replayed:
        """One page. Raises InvalidArgument for neither key nor time and for a wrong token, Retryable."""
        if not wanted.key and wanted.since is None:
            raise InvalidArgument("replay_of_what", "a key, or the time since which it was recorded")
        async with self._database.transaction([tenant_id]) as tx:
            after, end = await self._range(tx, tenant_id, wanted, token)
            if wanted.key:
                rows = await tx.fetch(_OF_KEY, tenant_id, wanted.key, after, end, PAGE)
            else:
                rows = await tx.fetch(_OF_TENANT, tenant_id, after, end, PAGE)
            epoch = await tx.fetchval(_EPOCH)
            again = [_again(row, epoch) for row in rows if wanted.fits(row["recorded_at"])]
            await journal.append_rows(tx, again, wake=True)
        more = len(rows) == PAGE
        return Replayed(len(again), f"{rows[-1]['position']}-{end}" if more else "")

    async def _range(self, tx: Connection, tenant_id: str, wanted: Wanted, token: str) -> tuple[int, int]:
        """Positions from and to; the end is fixed by the first page, or replaying would never end."""
        if token:
            after, _, end = token.partition("-")
            if not (after.isdecimal() and end.isdecimal() and len(token) < 40):
                raise InvalidArgument("bad_page_token", "the page token is not one of ours")
            return int(after), int(end)
        begin = 0
        if wanted.since is not None:
            begin = await tx.fetchval(_BEFORE, tenant_id, wanted.since)
        return begin, await tx.fetchval(_END, tenant_id)


def _again(row: Any, epoch: int) -> journal.Row:
    headers = headers_of(
        source=SOURCE,
        event_id=str(row["event_id"]),
        type_name=row["type"],
        tenant_id=row["tenant_id"],
        key=row["key"],
        occurred_at=row["occurred_at"].astimezone(UTC),
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
        sequence=sequence(epoch, row["position"]),
        extensions=row["extensions"],
    )
    return (
        row["tenant_id"],
        row["topic"],
        row["key"],
        row["event_id"],
        row["type"],
        row["correlation_id"],
        row["causation_id"],
        row["traceparent"],
        row["occurred_at"],
        row["payload"],
        kept_headers(row["key"].encode(), headers),
        json.dumps(row["extensions"]) if row["extensions"] else None,
    )
