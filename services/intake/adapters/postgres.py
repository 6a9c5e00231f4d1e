"""The store: a batch of submissions in one transaction, a handful of statements whatever its size.

Order: claim the provider events (repeats stop here), settle who the customers are, claim the thread keys,
decide, with what waited for it (early.py), write what was decided, append to the journal, wake the relay.
Every claim is an insert that waits for a rival and then sees its row, so two replicas that meet on a new
customer or thread agree on one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.chassis import journal
from services.chassis.db import Connection, Database
from services.chassis.ids import Ids
from services.intake.adapters import again, origins, wire
from services.intake.adapters import batch as batches
from services.intake.adapters import statements as sql
from services.intake.adapters.batch import Batch, Entry
from services.intake.adapters.early import Waited, lock_sessions, put_aside, release
from services.intake.adapters.identities import merges_said, resolve_customers
from services.intake.adapters.threads import find_recent, find_threads, write_threads
from services.intake.domain.decide import Arrival, Decision, Ledger, decide
from services.intake.domain.events import Fact, IntakeRejected
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import NOWHERE, Answer, CustomerWord, Outcome, Submission
from services.intake.domain.threading import tag_of

Refused = tuple[IntakeRejected, UUID, str | None]  # with the id of its raw bytes, and its trace


class PostgresStore:
    """Store over a Database; stateless but for the brake on senders."""

    def __init__(
        self, database: Database, ids: Ids, rate: SenderRate, same_matter: timedelta = timedelta(0)
    ) -> None:
        self._database = database
        self._ids = ids
        self._rate = rate
        self._same_matter = same_matter

    async def write(self, submissions: Sequence[Submission]) -> list[tuple[Answer, ...]]:
        """See Store."""
        batch = Batch.of(submissions, self._ids)
        async with self._database.transaction(batch.tenants) as tx:
            leaders = batch.leaders()
            await again.reopen(tx, batch)
            await self._claim(tx, batch, leaders)
            arrivals = [entry.arrival for entry in batch.fresh]
            await lock_sessions(tx, arrivals)
            ledger = await self._ledger(tx, arrivals)
            decisions = decide(arrivals, ledger, self._rate)
            # In this order: what announces a session may stand in the same batch behind what waits for it.
            waited = await put_aside(tx, batch.fresh, decisions, batch.envelopes[0].stamps.received_at)
            waited += await release(tx, arrivals, ledger)
            for entry, decision in zip(batch.fresh, decisions, strict=True):
                entry.answer = batches.answer(entry, decision)
            batch.answer_repeats(leaders)
            await self._save(tx, batch, ledger, decisions, waited)
            await again.settle(tx, batch)
        return batch.answers()

    async def _claim(self, tx: Connection, batch: Batch, leaders: dict[batches.InboxKey, Entry]) -> None:
        """Split the batch into what is new and what was answered before."""
        if not leaders:
            return
        columns = list(zip(*leaders, strict=True))
        claimed = await tx.fetch(
            sql.CLAIM_INBOX,
            *columns,
            [batches.fingerprint(entry.item) for entry in leaders.values()],
            [entry.submission.raw_ids[entry.item.source.tenant_id] for entry in leaders.values()],
            [entry.submission.stamps.received_at for entry in leaders.values()],
            *zip(*(_answer_columns(entry.expected) for entry in leaders.values()), strict=True),
        )
        fresh = {tuple(row) for row in claimed}
        batch.accept([entry for key, entry in leaders.items() if key in fresh])
        if len(fresh) < len(leaders):
            repeated = [key for key in leaders if key not in fresh]
            for row in await tx.fetch(sql.FIRST_ANSWERS, *zip(*repeated, strict=True)):
                entry = leaders[tuple(row)[:4]]
                entry.answer = _first_answer(row, entry)

    async def _ledger(self, tx: Connection, arrivals: Sequence[Arrival]) -> Ledger:
        words = [(one, one.item) for one in arrivals if isinstance(one.item, CustomerWord)]
        ledger = Ledger({}, set(), set(), {}, {}, {})
        if words:
            await resolve_customers(tx, words, ledger, self._ids)
        await find_threads(tx, arrivals, words, ledger)
        if self._same_matter:
            ledger.same_matter = self._same_matter
            await find_recent(tx, words, ledger)
        return ledger

    async def _save(
        self,
        tx: Connection,
        batch: Batch,
        ledger: Ledger,
        decisions: Sequence[Decision],
        waited: Sequence[Waited],
    ) -> None:
        refused = self._refused(batch, decisions, waited)
        await _keep_raw(tx, batch)
        await _keep_attachments(tx, batch.fresh)
        await _save_customers(tx, batch, ledger)
        await _save_conversations(tx, batch, ledger)
        await write_threads(tx, ledger, batch.envelopes[0].stamps.received_at)
        await _keep_refusals(tx, refused)
        await _answer_inbox(tx, batch.fresh)
        said = [*_merged(batch, ledger), *_said(batch, decisions, waited, refused)]
        if said:
            await journal.append(tx, wire.SOURCE, wire.new_events(said, self._ids))
            await journal.notify(tx)

    def _refused(
        self, batch: Batch, decisions: Sequence[Decision], waited: Sequence[Waited]
    ) -> list[Refused]:
        """What channels refused, what deciding refused, what waited in vain; each with its raw bytes' id."""
        refused: list[Refused] = []
        for one, refusal in batch.refusals():
            fact = IntakeRejected(self._ids.new(), refusal, one.raw_sha256, one.stamps)
            refused.append((fact, one.raw_ids[refusal.tenant_id], one.submission.traceparent))
        for entry, decision in zip(batch.fresh, decisions, strict=True):
            if entry.submission.submission.again:
                continue  # its refusal is on record already
            raw_id = entry.submission.raw_ids[entry.item.source.tenant_id]
            refused += _rejections(decision, raw_id, entry.submission.submission.traceparent)
        for late in waited:
            refused += _rejections(late.decision, late.raw_id, late.traceparent)
        return refused


def _rejections(decision: Decision, raw_id: UUID, traceparent: str | None) -> list[Refused]:
    return [(fact, raw_id, traceparent) for fact in decision.facts if isinstance(fact, IntakeRejected)]


def _first_answer(row: Any, entry: Entry) -> Answer:
    first = Answer(
        Outcome(row["outcome"]),
        row["received_at"],
        row["conversation_id"],
        row["interaction_id"],
        row["message_id"],
    )
    return batches.repeat(first, same=row["fingerprint"] == batches.fingerprint(entry.item))


def _merged(batch: Batch, ledger: Ledger) -> Iterable[tuple[Fact, str, str | None]]:
    """Who is one person comes first: what the batch says next names the survivor."""
    for fact, tenant_id in merges_said(ledger.merged, batch.envelopes[0].stamps):
        yield fact, tenant_id, None


def _said(
    batch: Batch, decisions: Sequence[Decision], waited: Sequence[Waited], refused: Sequence[Refused]
) -> Iterable[tuple[Fact, str, str | None]]:
    """Every fact with its tenant and trace, in the order in which things came; what waited for them after
    them.
    """
    for entry, decision in zip(batch.fresh, decisions, strict=True):
        yield from _facts(decision, entry.item.source.tenant_id, entry.submission.submission.traceparent)
    for late in waited:
        yield from _facts(late.decision, late.tenant_id, late.traceparent)
    for rejected, _, traceparent in refused:
        yield rejected, rejected.refusal.tenant_id, traceparent


def _facts(
    decision: Decision, tenant_id: str, traceparent: str | None
) -> Iterable[tuple[Fact, str, str | None]]:
    for fact in decision.facts:
        if not isinstance(fact, IntakeRejected):
            yield fact, tenant_id, traceparent


async def _keep_raw(tx: Connection, batch: Batch) -> None:
    rows = [
        (
            tenant,
            one.raw_ids[tenant],
            one.raw_sha256,
            one.submission.media_type,
            one.submission.raw_size or len(one.submission.raw),
            one.submission.raw,
            one.stamps.received_at,
            origins.as_json(one.submission.origin),
        )
        for one in batch.envelopes
        if one.submission.again is None
        for tenant in sorted(one.fresh_tenants)
    ]
    if rows:
        await tx.execute(sql.KEEP_RAW, *zip(*rows, strict=True))


async def _keep_attachments(tx: Connection, fresh: Sequence[Entry]) -> None:
    files = {
        (entry.item.source.tenant_id, one.sha256): one
        for entry in fresh
        if isinstance(entry.item, CustomerWord)
        for one in entry.item.attachments
        if one.data is not None
    }
    if files:
        rows = [
            (tenant, bytes.fromhex(sha), one.media_type, one.size_bytes, one.data, one.sniffed_type)
            for (tenant, sha), one in files.items()
        ]
        await tx.execute(sql.KEEP_ATTACHMENTS, *zip(*rows, strict=True))


async def _save_customers(tx: Connection, batch: Batch, ledger: Ledger) -> None:
    tenant_of = {customer: key[0] for key, customer in ledger.customer_of.items()}
    now = batch.envelopes[0].stamps.received_at
    new = [ledger.customers[one] for one in sorted(ledger.new_customers)]
    if new:
        rows = [
            (tenant_of[one.customer_id], one.customer_id, one.first_name, one.full_name, now) for one in new
        ]
        await tx.execute(sql.ADD_CUSTOMERS, *zip(*rows, strict=True))
    named = [ledger.customers[one] for one in sorted(ledger.named - ledger.new_customers)]
    if named:
        names = [
            (tenant_of[one.customer_id], one.customer_id, one.first_name, one.full_name) for one in named
        ]
        await tx.execute(sql.NAME_CUSTOMERS, *zip(*names, strict=True))


async def _save_conversations(tx: Connection, batch: Batch, ledger: Ledger) -> None:
    now = batch.envelopes[0].stamps.received_at
    if ledger.begun:
        rows = [
            (
                one.tenant_id,
                one.conversation_id,
                one.customer_id,
                one.channel.value,
                one.is_case,
                tag_of(one.conversation_id),
                now,
                one.topic,
                " ".join(sorted(one.references)),
            )
            for one in ledger.begun
        ]
        await tx.execute(sql.BEGIN_CONVERSATIONS, *zip(*rows, strict=True))
    if ledger.converted:
        converted = sorted((one.tenant_id, one.conversation_id) for one in ledger.converted)
        await tx.execute(sql.CONVERT_QUERIES, *zip(*converted, strict=True))


async def _keep_refusals(tx: Connection, refused: Sequence[Refused]) -> None:
    rows = [_refusal_row(rejected, raw_id) for rejected, raw_id, _ in refused]
    if rows:
        await tx.execute(sql.KEEP_REFUSALS, *zip(*rows, strict=True))


def _refusal_row(rejected: IntakeRejected, raw_id: UUID) -> tuple[object, ...]:
    refusal = rejected.refusal
    return (
        refusal.tenant_id,
        rejected.reject_id,
        refusal.channel.value,
        refusal.provider,
        refusal.account,
        refusal.code,
        refusal.detail,
        raw_id,
        rejected.stamps.received_at,
    )


async def _answer_inbox(tx: Connection, fresh: Sequence[Entry]) -> None:
    """Correct the rows whose answer turned out another than expected; forget those that led nowhere."""
    changed = [
        (entry.key, entry.answer)
        for entry in fresh
        if entry.answer is not None and entry.answer != entry.expected
    ]
    corrected = [(*key, *_answer_columns(one)) for key, one in changed if one.outcome not in NOWHERE]
    if corrected:
        await tx.execute(sql.ANSWER_INBOX, *zip(*corrected, strict=True))
    forgotten = [key for key, one in changed if one.outcome in NOWHERE]
    if forgotten:
        await tx.execute(sql.FORGET_INBOX, *zip(*forgotten, strict=True))


def _answer_columns(answer: Answer) -> tuple[object, ...]:
    return (answer.outcome.value, answer.conversation_id, answer.interaction_id, answer.message_id)
