"""What an employee's desk asks, answered from the journal and intake's own tables, inside one tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from uuid import UUID

from amends.common.v1 import common_pb2

from services.chassis import journal
from services.chassis.db import Database
from services.chassis.journal import JournalEntry
from services.intake.adapters import origins, wire
from services.intake.adapters import statements as sql
from services.intake.adapters.calls_on_record import call_on_record
from services.intake.app.ports import (
    CallOnRecord,
    CustomerCases,
    KeptInput,
    MadeItem,
    StoredRefusal,
    StoredWord,
)
from services.intake.domain.events import Customer
from services.intake.domain.records import Party


class PostgresArchive:
    """Archive over a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def words(self, tenant_id: str, case_id: UUID, after: int, limit: int) -> list[StoredWord] | None:
        """See Archive. The journal is the history: nothing is stored twice."""
        async with self._database.transaction([tenant_id]) as tx:
            case = await tx.fetchrow(sql.CASE_PARTS, tenant_id, case_id)
            if case is None:
                return None
            entries = await journal.history(tx, tenant_id, str(case_id))
            brought = set(case["brought"])
            parts = case["origins"] if brought else ()
            before = [one for part in parts for one in await journal.history(tx, tenant_id, str(part))]
        found = [one for one in _words(before, after) if one[1].message_id in brought]
        found = sorted([*found, *islice(_words(entries, after), limit)], key=itemgetter(0))[:limit]
        return [StoredWord(position, message.SerializeToString()) for position, message in found]

    async def call(self, tenant_id: str, case_id: UUID, interaction_id: str) -> CallOnRecord | None:
        """See Archive."""
        async with self._database.transaction([tenant_id]) as tx:
            entries = await journal.history(tx, tenant_id, str(case_id))
        return call_on_record(entries, interaction_id)

    async def complainant(self, tenant_id: str, case_id: UUID) -> Party | None:
        """See Archive. Of a case that follows another and has no words yet, who complained in that."""
        first = await self.words(tenant_id, case_id, 0, 1)
        if not first:
            async with self._database.transaction([tenant_id]) as tx:
                case = await tx.fetchrow(sql.CASE_PARTS, tenant_id, case_id)
            followed = case["origins"][:1] if case is not None else ()
            return await self.complainant(tenant_id, followed[0]) if followed else None
        party = common_pb2.InboundMessage.FromString(first[0].message).party
        return Party(party.kind, party.value, party.display_name)

    async def cases_of(self, tenant_id: str, party: Party) -> CustomerCases | None:
        """See Archive."""
        async with self._database.transaction([tenant_id]) as tx:
            row = await tx.fetchrow(sql.CUSTOMER_BY_PARTY, tenant_id, *party.identity)
            if row is None:
                return None
            cases = await tx.fetch(sql.CASES_OF_CUSTOMER, tenant_id, row["customer_id"])
        customer = Customer(row["customer_id"], row["first_name"], row["full_name"])
        return CustomerCases(customer, tuple(case["conversation_id"] for case in cases))

    async def refusals(self, tenant_id: str, before: UUID | None, limit: int) -> list[StoredRefusal]:
        """See Archive."""
        async with self._database.transaction([tenant_id]) as tx:
            rows = await tx.fetch(sql.REFUSALS, tenant_id, before, limit)
        return [StoredRefusal(*row) for row in rows]

    async def kept(self, tenant_id: str, input_id: UUID) -> KeptInput | None:
        """See Archive."""
        async with self._database.transaction([tenant_id]) as tx:
            row = await tx.fetchrow(sql.KEPT_INPUT, tenant_id, input_id)
            if row is None:
                return None
            made = await tx.fetch(sql.MADE_OF_INPUT, tenant_id, row["raw_id"])
            refused = await tx.fetch(sql.REFUSED_OF_INPUT, tenant_id, row["raw_id"])
        return KeptInput(
            row["raw_id"],
            row["media_type"],
            row["size_bytes"],
            row["body"],
            row["received_at"],
            origins.from_column(row["origin"]),
            tuple(MadeItem(*one) for one in made),
            tuple(StoredRefusal(*one) for one in refused),
        )


def _words(entries: Iterable[JournalEntry], after: int) -> Iterator[tuple[int, common_pb2.InboundMessage]]:
    """What was said behind the position `after`, with its position."""
    for entry in entries:
        message = wire.words_of(entry.type, entry.payload) if entry.position > after else None
        if message is not None:
            yield entry.position, message
