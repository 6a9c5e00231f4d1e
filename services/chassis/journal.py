"""The journal: every event a service ever said, written in the transaction that made it true.

It is outbox and history at once. Rows are never changed; the relay publishes them in order of position behind a
cursor, and recounts read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message

from services.chassis.db import Connection
from services.chassis.envelope import Event


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


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row of the journal, in the order it was written."""

    position: int
    event_id: UUID
    type: str
    occurred_at: datetime
    recorded_at: datetime
    payload: bytes


def consequence(
    cause: Event, *, topic: str, message: Message, event_id: UUID, occurred_at: datetime, key: str | None = None
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

    Raises Rejected("event_too_large") for a message Kafka would refuse; asyncpg.UniqueViolationError for an event_id
    that was already said.
    """
    ...


async def history(tx: Connection, tenant_id: str, key: str) -> list[JournalEntry]:
    """Everything said about `key` (a case id), oldest first."""
    ...


async def notify(tx: Connection) -> None:
    """Wake the relay when this transaction commits: once per batch, since a NOTIFY serialises commits."""
    ...
