"""What a live session said before anybody announced it, for providers that keep no order (conventions 1.3).

It waits in a table of its own and is decided in the transaction that learns its session. Both sides hold the
session's advisory lock meanwhile: neither can look before the other has committed, so nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from services.chassis.db import Connection
from services.intake.adapters.batch import Entry
from services.intake.domain.decide import SESSION, Arrival, Decision, Ledger, decide, refuse_session
from services.intake.domain.events import Stamps, Where
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import CustomerWord, Item, Outcome, SessionEvent, Speech

# EventBridge itself gives up after a day: what announces a session comes until then or never.
WAIT_LIMIT = timedelta(hours=24)
_EXPIRED_AT_ONCE = 100
_EXPIRY_LOCK = 7_301_944_001  # one replica at a time looks for what has waited too long
_KINDS: dict[str, type[SessionEvent] | type[Speech]] = {"event": SessionEvent, "speech": Speech}
_NO_RATE = SenderRate(0, 1)  # only words of customers have one

Session = tuple[str, str]  # tenant, id

# ------------------------------------------------------------------------------------------ statements
_LOCK = "select pg_advisory_xact_lock(one) from unnest($1::bigint[]) as one"

_PUT_ASIDE = """
insert into early_item (tenant_id, message_id, session_id, kind, item, raw_id, raw_sha256, received_at,
    normalised_at, traceparent)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::bytea[],
    $8::timestamptz[], $9::timestamptz[], $10::text[])
"""

# By any of its sessions an item is found, and all of its rows go.
_RELEASE = """
delete from early_item as early
using (
    select distinct one.tenant_id, one.message_id
    from unnest($1::text[], $2::text[]) as asked (tenant_id, session_id)
    join early_item as one using (tenant_id, session_id)) as found
where early.tenant_id = found.tenant_id and early.message_id = found.message_id
returning early.*
"""

_MAY_EXPIRE = "select pg_try_advisory_xact_lock($1)"

_EXPIRE = """
delete from early_item as early
using (
    select distinct tenant_id, message_id from early_item
    where tenant_id = any($1::text[]) and received_at < $2 limit $3) as found
where early.tenant_id = found.tenant_id and early.message_id = found.message_id
returning early.*
"""


@dataclass(frozen=True, slots=True)
class Waited:
    """An item that waited, with the raw bytes it came from, and what became of it at last."""

    arrival: Arrival
    raw_id: UUID
    traceparent: str | None
    decision: Decision

    @property
    def tenant_id(self) -> str:
        """Whose it is."""
        return self.arrival.item.source.tenant_id


async def lock_sessions(tx: Connection, arrivals: Sequence[Arrival]) -> None:
    """Keep others from announcing, or waiting for, the sessions of this batch until it is committed."""
    sessions = {one for arrival in arrivals for one in _contested(arrival.item)}
    if sessions:
        await tx.execute(_LOCK, sorted({_lock_of(one) for one in sessions}))


async def release(tx: Connection, arrivals: Sequence[Arrival], ledger: Ledger) -> list[Waited]:
    """Decide what waited for a session that this batch announced or linked, in the order it came."""
    announced = {
        session
        for arrival in arrivals
        if isinstance(arrival.item, CustomerWord)
        for session in _contested(arrival.item)
    }
    released: list[Waited] = []
    asked: set[Session] = set()
    # What is released may link further ids, for which more may wait.
    while wanted := (announced | _linked(ledger)) - asked:
        asked |= wanted
        rows = await tx.fetch(_RELEASE, *zip(*sorted(wanted), strict=True))
        for arrival, raw_id, traceparent in _waiting(rows):
            (decision,) = decide([arrival], ledger, _NO_RATE)
            released.append(Waited(arrival, raw_id, traceparent, decision))
    return released


async def put_aside(
    tx: Connection, entries: Sequence[Entry], decisions: Sequence[Decision], now: datetime
) -> list[Waited]:
    """Keep the items that must wait; returns those that have waited too long, refused."""
    rows = [
        row
        for entry, decision in zip(entries, decisions, strict=True)
        if decision.outcome is Outcome.WAITING
        for row in _rows(entry)
    ]
    if not rows:
        return []
    await tx.execute(_PUT_ASIDE, *zip(*rows, strict=True))
    if not await tx.fetchval(_MAY_EXPIRE, _EXPIRY_LOCK):
        return []
    tenants = sorted({row[0] for row in rows})
    expired = await tx.fetch(_EXPIRE, tenants, now - WAIT_LIMIT, _EXPIRED_AT_ONCE)
    return [
        Waited(arrival, raw_id, traceparent, refuse_session(arrival))
        for arrival, raw_id, traceparent in _waiting(expired)
    ]


def _contested(item: Item) -> Iterable[Session]:
    """The sessions that an item announces or may wait for."""
    tenant = item.source.tenant_id
    if isinstance(item, CustomerWord):
        return [(tenant, key.key) for key in item.keys if key.scope == SESSION]
    if isinstance(item, SessionEvent | Speech) and item.may_wait:
        return [(tenant, one) for one in item.session_ids if one]
    return []


def _linked(ledger: Ledger) -> set[Session]:
    return {(tenant, key) for tenant, scope, key in ledger.added_keys if scope == SESSION}


def _lock_of(session: Session) -> int:
    return int.from_bytes(sha256("\0".join(session).encode()).digest()[:8], signed=True)


def _rows(entry: Entry) -> list[tuple[Any, ...]]:
    item, stamps = entry.item, entry.submission.stamps
    if not isinstance(item, SessionEvent | Speech):
        raise TypeError(type(item).__name__)
    tenant = item.source.tenant_id
    kind = "speech" if isinstance(item, Speech) else "event"
    return [
        (
            tenant,
            entry.arrival.message_id,
            session,
            kind,
            msgspec.json.encode(item),
            entry.submission.raw_ids[tenant],
            entry.submission.raw_sha256,
            stamps.received_at,
            stamps.normalised_at,
            entry.submission.submission.traceparent,
        )
        for session in dict.fromkeys(item.session_ids)
    ]


def _waiting(rows: Sequence[Any]) -> list[tuple[Arrival, UUID, str | None]]:
    """The items of rows, each once, in the order they came (their ids are UUIDv7)."""
    return [_waiting_one(row) for _, row in sorted({row["message_id"]: row for row in rows}.items())]


def _waiting_one(row: Any) -> tuple[Arrival, UUID, str | None]:
    item = msgspec.json.decode(row["item"], type=_KINDS[row["kind"]])
    message_id = row["message_id"]
    stamps = Stamps(row["received_at"], row["normalised_at"])
    nowhere = Where(message_id, message_id)  # never used: only a word begins a conversation
    arrival = Arrival(item, stamps, row["raw_sha256"], nowhere, message_id)
    return arrival, row["raw_id"], row["traceparent"]
