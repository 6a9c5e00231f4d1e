"""Queries over PostgreSQL: listed from the journal, and turned into cases with all their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.chassis import journal
from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.ids import Ids
from services.chassis.journal import NewEvent
from services.intake.adapters import wire
from services.intake.app.ports import StoredQuery
from services.intake.domain.kind import CONVERTED

_TYPE = "amends.intake.v1.QueryReceived"
# UUIDv7 sorts by time, so the newest query has the greatest id.
_WAITING = f"""
select conversation_id, first.payload
from conversation
cross join lateral (
    select payload from journal
    where journal.tenant_id = conversation.tenant_id and key = conversation_id::text and type = '{_TYPE}'
    order by position limit 1) as first
where conversation.tenant_id = $1 and not is_case and ($2::uuid is null or conversation_id < $2)
order by conversation_id desc limit $3
"""  # noqa: S608 - a constant
_LOCK = (
    "select is_case, customer_id from conversation where tenant_id = $1 and conversation_id = $2 for update"
)
_CONVERT = "update conversation set is_case = true where tenant_id = $1 and conversation_id = $2"


class PostgresQueries:
    """Queries over a Database."""

    def __init__(self, database: Database, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock

    async def waiting(self, tenant_id: str, before: UUID | None, limit: int) -> list[StoredQuery]:
        """See Queries."""
        async with self._database.transaction([tenant_id]) as tx:
            rows = await tx.fetch(_WAITING, tenant_id, before, limit)
        return [StoredQuery(row["conversation_id"], row["payload"]) for row in rows]

    async def convert(self, tenant_id: str, conversation_id: UUID, by: str, reason: str) -> bool | None:
        """See Queries. A word that comes at the same time waits for this, or goes before it."""
        async with self._database.transaction([tenant_id]) as tx:
            known = await tx.fetchrow(_LOCK, tenant_id, conversation_id)
            if known is None or known["is_case"]:
                return None if known is None else False
            await tx.execute(_CONVERT, tenant_id, conversation_id)
            entries = await journal.history(tx, tenant_id, str(conversation_id))
            said = [pb.QueryReceived.FromString(one.payload) for one in entries if one.type == _TYPE]
            for one in said:  # who was merged meanwhile
                one.customer.customer_id = str(known["customer_id"])
            now = self._clock.now()
            events = [
                NewEvent(
                    topic=wire.EVENTS_TOPIC,
                    key=str(conversation_id),
                    tenant_id=tenant_id,
                    message=message,
                    event_id=self._ids.new(),
                    occurred_at=now,
                    correlation_id=str(conversation_id),
                )
                for message in _as_case(said, by, reason)
            ]
            await journal.append(tx, wire.SOURCE, events)
            await journal.notify(tx)
        return True


def _as_case(said: Sequence[pb.QueryReceived], by: str, reason: str) -> Iterator[Message]:
    """The first word begins the case and the others follow, as if they had come to it."""
    for number, query in enumerate(said):
        if number == 0:
            assessed = query.message.assessment
            yield pb.ComplaintReceived(
                case_id=query.conversation_id,
                interaction_id=query.interaction_id,
                customer=query.customer,
                message=query.message,
                severity=assessed.severity or common.SEVERITY_NORMAL,
                category=assessed.topic,
                classified_because=CONVERTED,
                converted_by=by,
                converted_reason=reason,
            )
        else:
            yield pb.CustomerMessageReceived(
                case_id=query.conversation_id,
                interaction_id=query.interaction_id,
                customer=query.customer,
                message=query.message,
                threaded_by="provider_thread",
            )
