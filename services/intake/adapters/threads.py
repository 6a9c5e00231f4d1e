"""Which conversations the keys and pointers of a batch lead to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.db import Connection
from services.intake.adapters import statements as sql
from services.intake.adapters.identities import Words
from services.intake.domain.decide import (
    SESSION,
    Arrival,
    Conversation,
    Held,
    KeyId,
    Ledger,
    key_id,
    party_keys,
)
from services.intake.domain.duplicates import Recent, may_be_the_same
from services.intake.domain.events import Where
from services.intake.domain.records import Channel, Item, SessionEvent, Speech


async def find_threads(tx: Connection, arrivals: Sequence[Arrival], words: Words, ledger: Ledger) -> None:
    """Claim the keys of words, read those of sessions, and read every conversation that was named."""
    await _claim_keys(tx, words, ledger)
    await _read_sessions(tx, arrivals, ledger)
    await _read_conversations(tx, words, ledger)


async def _claim_keys(tx: Connection, words: Words, ledger: Ledger) -> None:
    wanted: dict[KeyId, tuple[object, ...]] = {}
    candidates: set[UUID] = set()
    for arrival, word in words:
        customer_id = ledger.customer_of[party_keys(word)[0]]
        where = arrival.fresh_where
        candidates.add(where.conversation_id)
        for key in word.keys:
            wanted.setdefault(
                key_id(word.source.tenant_id, key, customer_id),
                (where.conversation_id, where.interaction_id, arrival.stamps.received_at, key.window_s),
            )
    if not wanted:
        return
    rows = [(*key, *claim) for key, claim in wanted.items()]
    for row in await tx.fetch(sql.CLAIM_KEYS, *zip(*rows, strict=True)):
        tenant, scope, key, conversation_id, interaction_id = row
        ledger.keys[tenant, scope, key] = Held(
            Where(conversation_id, interaction_id), fresh=conversation_id in candidates
        )


async def _read_sessions(tx: Connection, arrivals: Sequence[Arrival], ledger: Ledger) -> None:
    asked = {
        (arrival.item.source.tenant_id, SESSION, one)
        for arrival in arrivals
        for one in _sessions_of(arrival.item)
        if one
    }
    asked -= ledger.keys.keys()
    if not asked:
        return
    for row in await tx.fetch(sql.KNOWN_KEYS, *zip(*sorted(asked), strict=True)):
        tenant, scope, key, conversation_id, interaction_id = row
        ledger.keys[tenant, scope, key] = Held(Where(conversation_id, interaction_id), fresh=False)


def _sessions_of(item: Item) -> tuple[str, ...]:
    match item:
        case SessionEvent():
            return (*item.session_ids, item.unless_known)
        case Speech():
            return item.session_ids
        case _:
            return ()


async def _read_conversations(tx: Connection, words: Words, ledger: Ledger) -> None:
    named = {(key[0], held.where.conversation_id) for key, held in ledger.keys.items() if not held.fresh}
    tags: set[tuple[str, str]] = set()
    for _, word in words:
        for pointer in word.pointers:
            if pointer.case_id is not None:
                named.add((word.source.tenant_id, pointer.case_id))
            elif pointer.tag:
                tags.add((word.source.tenant_id, pointer.tag))
    if named:
        _remember(await tx.fetch(sql.KNOWN_CONVERSATIONS, *zip(*sorted(named), strict=True)), ledger)
    if tags:
        _remember(await tx.fetch(sql.TAGGED_CONVERSATIONS, *zip(*sorted(tags), strict=True)), ledger)
    await _hold_queries(tx, ledger)


async def find_recent(tx: Connection, words: Words, ledger: Ledger) -> None:
    """What the customers of words that belong to no thread yet began lately; of new ones nothing is asked."""
    asked: set[tuple[str, UUID]] = set()
    for _, word in words:
        customer_id = ledger.customer_of[party_keys(word)[0]]
        if customer_id not in ledger.new_customers and may_be_the_same(word):
            asked.add((word.source.tenant_id, customer_id))
    if not asked:
        return
    since = min(arrival.stamps.received_at for arrival, _ in words) - ledger.same_matter
    for row in await tx.fetch(sql.RECENT_CASES, *zip(*sorted(asked), strict=True), since):
        tenant, customer_id, conversation_id, channel, opened_at, topic, named = row
        recent = Recent(conversation_id, Channel(channel), opened_at, topic, frozenset(named.split()))
        ledger.recent.setdefault((tenant, customer_id), []).append(recent)


async def _hold_queries(tx: Connection, ledger: Ledger) -> None:
    """Who turns a query into a case waits for this batch or has gone before it: no word falls between."""
    queries = sorted(key for key, known in ledger.conversations.items() if not known.is_case)
    if queries:
        held = {tuple(row) for row in await tx.fetch(sql.HOLD_QUERIES, *zip(*queries, strict=True))}
        for key in queries:
            ledger.conversations[key].is_case = key not in held


def _remember(rows: Iterable[Any], ledger: Ledger) -> None:
    for row in rows:
        tenant, conversation_id, customer_id, channel, is_case, tag = row
        ledger.conversations[tenant, conversation_id] = Conversation(
            tenant, conversation_id, customer_id, Channel(channel), is_case
        )
        tagged = ledger.tags.setdefault((tenant, tag), [])
        if conversation_id not in tagged:
            tagged.append(conversation_id)


async def write_threads(tx: Connection, ledger: Ledger, now: datetime) -> None:
    """Rewrite keys that lead elsewhere after deciding, and add further ids of live sessions."""
    if ledger.moved:
        moved = [(*key, *_ids(ledger.keys[key].where)) for key in sorted(ledger.moved)]
        await tx.execute(sql.MOVE_KEYS, *zip(*moved, strict=True))
    if ledger.added_keys:
        added = [(*key, *_ids(where)) for key, where in ledger.added_keys.items()]
        await tx.execute(sql.ADD_KEYS, *zip(*added, strict=True), now)


def _ids(where: Where) -> tuple[UUID, UUID]:
    return (where.conversation_id, where.interaction_id)
