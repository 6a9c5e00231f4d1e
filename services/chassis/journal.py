"""The journal: every event a service ever said, written in the transaction that made it true.

It is outbox and history at once. Rows are never changed; the relay publishes them in order of position
behind a cursor, and recounts read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from google.protobuf.message import Message

from services.chassis.db import Connection
from services.chassis.envelope import Event
from services.chassis.errors import InvalidArgument, Rejected
from services.chassis.telemetry import current_traceparent

CHANNEL = "amends_journal"
# Kafka's default limit for a record is 1 MiB with its headers; above this the relay could never publish the
# row.
MAX_PAYLOAD_BYTES = 900_000

# Taking the transaction's id first (and needing it in the filter, so that no planner drops it) means: whoever
# holds a position also shows in pg_current_snapshot. The relay relies on that when it judges a missing
# position.
_ME = "with me as materialized (select pg_current_xact_id() as xid)"
_INSERT = """
    insert into journal (tenant_id, topic, key, event_id, type, correlation_id, causation_id, traceparent,
                         occurred_at, payload, headers, extensions)
    select coalesce(e.tenant_id, ($1::text[])[1]), coalesce(e.topic, ($2::text[])[1]), e.key, e.event_id,
           coalesce(e.type, ($5::text[])[1]), e.correlation_id, e.causation_id, e.traceparent,
           coalesce(e.occurred_at, ($9::timestamptz[])[1]), e.payload, e.headers::jsonb, e.extensions::jsonb
    from me, unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                    $8::text[], $9::timestamptz[], $10::bytea[], $11::text[], $12::text[]) with ordinality
         as e(tenant_id, topic, key, event_id, type, correlation_id, causation_id, traceparent, occurred_at,
              payload, headers, extensions, place)
    where me.xid is not null
    order by e.place"""
# Columns of _INSERT by place. The driver looks at every single value of an array, which costs more than the
# rest of a row: of those never null (tenant, topic, type, time) one that is the same throughout a batch goes
# once, and what is null throughout (cause, trace, headers, extensions) not at all.
_NEVER_NULL = (0, 1, 4, 8)
_NULLABLE = (6, 7, 10, 11)
_APPEND = _ME + _INSERT
_APPEND_AND_NOTIFY = f"""
    {_ME}, written as ({_INSERT} returning true)
    select pg_notify('{CHANNEL}', '') from (select from written limit 1) as anything"""  # noqa: S608 - constants
_HISTORY = """
    select position, event_id, type, occurred_at, recorded_at, payload, extensions
    from journal where tenant_id = $1 and key = $2 and headers is null and position > $3
    order by position limit $4"""
_NOTIFY = f"notify {CHANNEL}"

Row = tuple[
    str, str, str, UUID, str, str, str | None, str | None, datetime, bytes, str | None, str | None
]  # in the order of _APPEND


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be said. `correlation_id` is the case (or what the flow began with)."""

    topic: str
    key: str
    tenant_id: str
    message: Message
    event_id: UUID
    occurred_at: datetime  # aware
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None  # None: that of the current span
    # further CloudEvents attributes, such as who did it: lower-case letters and digits -> text
    extensions: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row of the journal, in the order it was written."""

    position: int
    event_id: UUID
    type: str
    occurred_at: datetime
    recorded_at: datetime
    payload: bytes
    extensions: Mapping[str, str] | None


def consequence(
    cause: Event,
    *,
    topic: str,
    message: Message,
    event_id: UUID,
    occurred_at: datetime,
    key: str | None = None,
) -> NewEvent:
    """An event caused by `cause`: same tenant, flow and trace, same key unless another is given."""
    return NewEvent(
        topic=topic,
        key=cause.key if key is None else key,
        tenant_id=cause.tenant_id,
        message=message,
        event_id=event_id,
        occurred_at=occurred_at,
        correlation_id=cause.correlation_id,
        causation_id=cause.event_id,
        traceparent=cause.traceparent,
    )


async def append(tx: Connection, source: str, events: Sequence[NewEvent]) -> None:
    """Write `events` in their order with one statement. `source` is the service ("intake").

    Raises InvalidArgument("foreign_topic") for a topic of another service: order within a partition, and
    with it the consumers' protection against doubles, holds for one writer only. Raises
    Rejected("event_too_large") for a message Kafka would refuse.
    """
    await append_rows(tx, rows_of(source, events))


def rows_of(source: str, events: Sequence[NewEvent]) -> list[Row]:
    """What `append` writes, to be written later: they carry the trace of whoever makes them. Raises as it
    does.
    """
    here = current_traceparent()
    return [_row(source, event, here) for event in events]


async def append_rows(tx: Connection, rows: Sequence[Row], *, wake: bool = False) -> None:
    """Write ready-made rows in their order with one statement, which with `wake` does what `notify` does."""
    if rows:
        await tx.execute(_APPEND_AND_NOTIFY if wake else _APPEND, *_columns(rows))


async def history(
    tx: Connection, tenant_id: str, key: str, after: int = 0, limit: int | None = None
) -> list[JournalEntry]:
    """What was said about `key` (a case id) behind the position `after`, oldest first; None is all of it."""
    return [JournalEntry(*row) for row in await tx.fetch(_HISTORY, tenant_id, key, after, limit)]


async def notify(tx: Connection) -> None:
    """Wake the relay when this transaction commits: once per batch, since a NOTIFY serialises commits.

    Consumer and TimerLoop do it for their handlers; group commits and calls do it themselves.
    """
    await tx.execute(_NOTIFY)


def _columns(rows: Sequence[Row]) -> list[Sequence[Any]]:
    """What _APPEND is sent: shorter arrays are filled up there."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place in _NEVER_NULL:
        if columns[place].count(columns[place][0]) == len(rows):
            columns[place] = columns[place][:1]
    for place in _NULLABLE:
        if columns[place].count(None) == len(rows):
            columns[place] = ()
    return columns


def _row(source: str, event: NewEvent, here: str | None) -> Row:
    if not event.topic.startswith(f"amends.{source}."):
        raise InvalidArgument("foreign_topic", f"{source} does not write {event.topic}")
    payload = event.message.SerializeToString()
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Rejected("event_too_large", f"{event.message.DESCRIPTOR.full_name} of {len(payload)} bytes")
    return (
        event.tenant_id,
        event.topic,
        event.key,
        event.event_id,
        event.message.DESCRIPTOR.full_name,
        event.correlation_id,
        event.causation_id,
        event.traceparent or here,
        event.occurred_at,
        payload,
        None,
        msgspec.json.encode(event.extensions).decode() if event.extensions else None,
    )
