"""Cases, customers' words and the journal in PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from amends.resolution.v1 import events_pb2
from google.protobuf import json_format

from services.chassis import journal, timers
from services.chassis.db import Connection
from services.chassis.envelope import EventRegistry
from services.chassis.ids import uuid_of
from services.chassis.meters import (
    COMPLAINTS_CLOSED,
    COMPLAINTS_OPENED,
    CUSTOMERS_DEFECTED,
    CUSTOMERS_WON_BACK,
    OWNERSHIP_REFUSALS,
    PREVENTIONS_OVERDUE,
    REPEAT_CONTACTS,
    REPEAT_FAILURES,
    REPLIES_CHECKED,
    TIME_TO_RESOLVE,
    WIN_BACKS_GIVEN_UP,
    Metric,
)
from services.resolution.adapters import absence, alarms, involvement, offers, trust, wire
from services.resolution.app.handing_over import Unanswered
from services.resolution.app.shapes import By, CaseKey, CaseList, Change, HistoryEntry, Said
from services.resolution.domain import events as e
from services.resolution.domain.state import Case
from services.resolution.domain.words import Fulfilment, Status, Word

_LOCKING = """
-- cases by id, locked in one order so that two workers never deadlock; one look-up per case, which `limit 1`
-- keeps the planner to: it would read all cases of the tenant while it knows nothing of the table yet
select found.tenant_id, found.state
from (select * from unnest($1::text[], $2::uuid[]) as a (tenant_id, case_id) order by 1, 2) as asked
cross join lateral (
    select * from case_state as one
    where one.tenant_id = asked.tenant_id and one.case_id = asked.case_id
    limit 1 for update %s) as found"""
_LOCK = _LOCKING % ""
_LOCK_FREE = _LOCKING % "skip locked"
_READ = """
-- one case as it is
select state from case_state where tenant_id = $1 and case_id = $2"""
_READ_MANY = """
-- cases as they are, one look-up each
select found.state from unnest($1::text[], $2::uuid[]) as asked (tenant_id, case_id)
cross join lateral (
    select state from case_state as one
    where one.tenant_id = asked.tenant_id and one.case_id = asked.case_id limit 1) as found"""
_LIST = """
-- a page of a tenant's cases, newest first; '' is any status
select state from case_state where tenant_id = $1 and ($2 = '' or status = $2) and case_id < $3
order by case_id desc limit $4"""
_LIST_OF_OWNER = """
-- a page of one owner's cases, newest first; '' is any status
select state from case_state
where tenant_id = $1 and ($2 = '' or status = $2) and case_id < $3 and owner_id = $5
order by case_id desc limit $4"""
_INSERT = """
-- new cases; an id that exists fails the batch, which is then done again and finds it
insert into case_state (tenant_id, case_id, version, status, owner_id, opened_at, state, customer_id)
select tenant_id, case_id, version, status, owner_id, opened_at, state::json, customer_id
from unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
            $8::text[])
     as c(tenant_id, case_id, version, status, owner_id, state, opened_at, customer_id)"""
_UPDATE = """
-- the new state of locked cases
update case_state as s
set version = c.version, status = c.status, owner_id = c.owner_id, state = c.state::json
from unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[])
     as c(tenant_id, case_id, version, status, owner_id, state)
where s.tenant_id = c.tenant_id and s.case_id = c.case_id"""
_ADD_LOAD = """
-- what a batch changed in the number of open cases per owner, in one order
insert into employee_load as l (tenant_id, employee_id, open_cases)
select tenant_id, employee_id, change from unnest($1::text[], $2::text[], $3::bigint[])
     as c(tenant_id, employee_id, change)
order by tenant_id, employee_id
on conflict (tenant_id, employee_id) do update set open_cases = l.open_cases + excluded.open_cases"""
_ADD_WORDS = """
-- customers' words, each once
insert into customer_word (tenant_id, case_id, message_id, received_at)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[])
on conflict do nothing"""
_FIND_WORD = """
-- one customer's word on one case
select received_at from customer_word where tenant_id = $1 and case_id = $2 and message_id = $3"""
_COPY_WORDS = """
-- what was said on one case can be evidence on the one it was merged into
insert into customer_word (tenant_id, case_id, message_id, received_at)
select tenant_id, $3, message_id, received_at from customer_word where tenant_id = $1 and case_id = $2
on conflict do nothing"""
_MOVE_WORDS = """
-- words that belong to another case after all
with moved as (
    delete from customer_word where tenant_id = $1 and case_id = $2 and message_id = any($4)
    returning tenant_id, message_id, received_at)
insert into customer_word (tenant_id, case_id, message_id, received_at)
select tenant_id, $3, message_id, received_at from moved
on conflict do nothing"""
_UNCOPY_WORDS = """
-- a merge is undone: what was said on the other case is evidence there alone
delete from customer_word as here using customer_word as there
where here.tenant_id = $1 and here.case_id = $2
  and there.tenant_id = $1 and there.case_id = $3 and there.message_id = here.message_id"""

_CONCERNING = """
-- the open cases of one employee, as owner or otherwise, newest first
select one.state from (
    select case_id from case_state where tenant_id = $1 and owner_id = $2 and status <> 'closed'
    union select case_id from case_involvement where tenant_id = $1 and employee_id = $2) as mine
cross join lateral (
    select state from case_state as s where s.tenant_id = $1 and s.case_id = mine.case_id limit 1) as one
order by mine.case_id desc"""
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Case)
_REGISTRY = EventRegistry(events_pb2)
_HIGHEST_ID = UUID(int=2**128 - 1)


class CaseRows:
    """The part of a Work that is about cases."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def lock_cases(self, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
        """See Work."""
        found: dict[CaseKey, Case] = {}
        wanted = set(keys)
        while wanted:
            tenants, ids = zip(*sorted(wanted), strict=True)
            rows = await self._tx.fetch(_LOCK, tenants, [uuid_of(case_id) for case_id in ids])
            new = [_DECODER.decode(row["state"]) for row in rows]
            found.update({(case.tenant_id, case.case_id): case for case in new})
            # a word on a closed case may be for the newer one it led to
            wanted = {(case.tenant_id, case.successor_id) for case in new if case.successor_id} - found.keys()
        return found

    async def lock_free_cases(self, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
        """The cases of `keys` that nobody else has locked, locked until the transaction ends."""
        if not keys:
            return {}
        tenants, ids = zip(*sorted(keys), strict=True)
        rows = await self._tx.fetch(_LOCK_FREE, tenants, [uuid_of(case_id) for case_id in ids])
        cases = [_DECODER.decode(row["state"]) for row in rows]
        return {(case.tenant_id, case.case_id): case for case in cases}

    async def read_case(self, key: CaseKey) -> Case | None:
        """See Work."""
        state = await self._tx.fetchval(_READ, key[0], uuid_of(key[1]))
        return _DECODER.decode(state) if state is not None else None

    async def list_cases(self, tenant_id: str, wanted: CaseList) -> Sequence[Case]:
        """See Work."""
        before = uuid_of(wanted.before) if wanted.before else _HIGHEST_ID
        page = (tenant_id, wanted.status.value if wanted.status else "", before, wanted.limit)
        rows = await (
            self._tx.fetch(_LIST_OF_OWNER, *page, wanted.owner_id)
            if wanted.owner_id
            else self._tx.fetch(_LIST, *page)
        )
        return [_DECODER.decode(row["state"]) for row in rows]

    async def concerning(self, tenant_id: str, employee_id: str) -> Sequence[Case]:
        """See Work."""
        rows = await self._tx.fetch(_CONCERNING, tenant_id, employee_id)
        return [_DECODER.decode(row["state"]) for row in rows]

    async def read_cases(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, Case]:
        """Several cases as they are, without a lock."""
        if not keys:
            return {}
        tenants, ids = zip(*sorted(keys), strict=True)
        rows = await self._tx.fetch(_READ_MANY, tenants, [uuid_of(case_id) for case_id in ids])
        cases = [_DECODER.decode(row["state"]) for row in rows]
        return {(case.tenant_id, case.case_id): case for case in cases}

    async def history(self, key: CaseKey, after: int, limit: int) -> Sequence[HistoryEntry]:
        """See Work."""
        entries = await journal.history(self._tx, *key, after, limit)
        return [entry_of(entry) for entry in entries if _REGISTRY.knows(entry.type)]

    async def save(self, changes: Sequence[Change]) -> None:
        """See Work."""
        new = [change.after for change in changes if change.before is None]
        known = [change.after for change in changes if change.before is not None]
        if new:
            fixed = zip(*((case.opened_at, case.customer_id) for case in new), strict=True)
            await self._tx.execute(_INSERT, *_columns(new), *fixed)
        if known:
            await self._tx.execute(_UPDATE, *_columns(known))
        await self._save_loads(changes)
        await self._save_time_outs(changes)
        await trust.save(self._tx, changes)
        await offers.save(self._tx, changes)
        await absence.save(self._tx, changes)
        await involvement.save(self._tx, changes)
        await alarms.save(self._tx, changes)
        _count_cases(changes)

    async def _save_loads(self, changes: Sequence[Change]) -> None:
        loads: Counter[tuple[str, str]] = Counter()
        for change in changes:
            loads.subtract(_owners(change.before))
            loads.update(_owners(change.after))
        rows = [(*owner, load) for owner, load in loads.items() if load]
        if rows:
            await self._tx.execute(_ADD_LOAD, *zip(*rows, strict=True))

    async def _save_time_outs(self, changes: Sequence[Change]) -> None:
        gone: dict[str, list[UUID]] = {}
        new: list[timers.Timer] = []
        for change in changes:
            before, after = _waits(change.before), _waits(change.after)
            if before == after:
                continue
            gone.setdefault(change.after.tenant_id, []).extend(before.keys() - after.keys())
            new += [
                _time_out(change.after, waiting_id, *what)
                for waiting_id, what in after.items()
                if before.get(waiting_id) != what
            ]
        for tenant_id, timer_ids in sorted(gone.items()):
            await timers.cancel(self._tx, tenant_id, sorted(timer_ids))
        await timers.schedule(self._tx, new)

    async def publish(self, said: Sequence[Said]) -> None:
        """See Work."""
        await self.append(said, journal_rows(said))

    async def append(self, said: Sequence[Said], rows: Sequence[journal.Row], *, wake: bool = False) -> None:
        """What is said, with its journal_rows; with `wake` as wake_relay does."""
        await journal.append_rows(self._tx, rows, wake=wake)
        await offers.record_refusals(self._tx, said)
        for each in said:
            _count(each.event)

    async def wake_relay(self) -> None:
        """See Work."""
        await journal.notify(self._tx)

    async def add_words(self, words: Sequence[tuple[CaseKey, Word]]) -> None:
        """See Work."""
        if words:
            rows = sorted((key[0], uuid_of(key[1]), word.message_id, word.received_at) for key, word in words)
            await self._tx.execute(_ADD_WORDS, *zip(*rows, strict=True))

    async def copy_words(self, source: CaseKey, target: CaseKey) -> None:
        """See Work."""
        await self._tx.execute(_COPY_WORDS, source[0], uuid_of(source[1]), uuid_of(target[1]))

    async def move_words(
        self, source: CaseKey, target: CaseKey, message_ids: Collection[str], *, undo: bool
    ) -> None:
        """See Work."""
        cases = (source[0], uuid_of(source[1]), uuid_of(target[1]))
        if message_ids:
            await self._tx.execute(_MOVE_WORDS, *cases, sorted(set(message_ids)))
        if undo:
            await self._tx.execute(_UNCOPY_WORDS, *cases)

    async def find_word(self, key: CaseKey, message_id: str) -> Word | None:
        """See Work."""
        received_at = await self._tx.fetchval(_FIND_WORD, key[0], uuid_of(key[1]), message_id)
        return Word(message_id, received_at) if received_at is not None else None


def journal_rows(said: Sequence[Said]) -> list[journal.Row]:
    """What of it is published, as rows of the journal. Raises as journal.rows_of does."""
    return journal.rows_of(wire.SOURCE, [_new_event(each) for each in said if wire.publishes(each.event)])


def known(event_type: str) -> bool:
    """Whether an event of this type is one of ours, and not a dead letter."""
    return _REGISTRY.knows(event_type)


def _columns(cases: Iterable[Case]) -> Iterable[Sequence[Any]]:
    return zip(
        *(
            (
                case.tenant_id,
                uuid_of(case.case_id),
                case.version,
                case.status.value,
                case.owner.employee_id,
                _ENCODER.encode(case).decode(),
            )
            for case in cases
        ),
        strict=True,
    )


def _owners(case: Case | None) -> list[tuple[str, str]]:
    """Whose load the case is: its owner's, until it is closed."""
    if case is None or case.status is Status.CLOSED:
        return []
    return [(case.tenant_id, case.owner.employee_id)]


def _waits(case: Case | None) -> dict[UUID, tuple[Unanswered, datetime]]:
    """What waits on a case for an answer, by its id, and until when."""
    if case is None:
        return {}
    waits = {
        UUID(given.grant_id): (Unanswered.FULFILMENT, given.fulfil_by)
        for given in case.grants
        if given.fulfil_by and given.fulfilment is Fulfilment.ORDERED and given.revoked_at is None
    }
    if case.hand_off:
        waits[UUID(case.hand_off.hand_off_id)] = (Unanswered.HAND_OFF, case.hand_off.expires_at)
    if case.asked:
        waits[UUID(case.asked.request_id)] = (Unanswered.AUTHORITY, case.asked.expires_at)
    return waits


def _time_out(case: Case, waiting_id: UUID, what: Unanswered, due_at: datetime) -> timers.Timer:
    return timers.Timer(waiting_id, case.tenant_id, case.case_id, what.value, due_at, str(waiting_id))


def _new_event(said: Said) -> journal.NewEvent:
    cause = said.cause
    return journal.NewEvent(
        topic=wire.TOPIC,
        key=said.case_id,
        tenant_id=said.tenant_id,
        message=wire.message(said.case_id, said.event),
        event_id=said.event_id,
        occurred_at=said.at,
        correlation_id=cause.correlation_id if cause else said.case_id,
        causation_id=cause.event_id if cause else None,
        traceparent=cause.traceparent if cause else None,
        extensions=_extensions(cause.by) if cause and cause.by else None,
    )


def _extensions(by: By) -> dict[str, str]:
    """As CloudEvents attributes, which are one line each."""
    named = {"actor": by.actor_id, "onbehalfof": by.on_behalf_of, "reason": " ".join(by.reason.split())}
    return {name: value for name, value in named.items() if value}


def entry_of(entry: journal.JournalEntry) -> HistoryEntry:
    """A row of the journal as an entry of a case's history."""
    message = _REGISTRY.message_class(entry.type)()
    message.ParseFromString(entry.payload)
    text = json_format.MessageToJson(message, indent=None, preserving_proto_field_name=True)
    who = entry.extensions or {}
    by = By(who.get("actor", ""), who.get("onbehalfof", ""), who.get("reason", ""))
    return HistoryEntry(entry.position, str(entry.event_id), entry.type, entry.recorded_at, text, by)


_COUNTED = {
    e.RepeatContactCounted: REPEAT_CONTACTS,
    e.PreventionOverdue: PREVENTIONS_OVERDUE,
    e.CustomerDefected: CUSTOMERS_DEFECTED,
    e.CustomerWonBack: CUSTOMERS_WON_BACK,
    e.WinBackGivenUp: WIN_BACKS_GIVEN_UP,
}


# Operators' counters; a transaction that is done again counts again, exact figures come from the events.
def _count_cases(changes: Sequence[Change]) -> None:
    """Each set of labels once: an addition costs more than opening a case in memory."""
    counted = Counter(one for change in changes for one in _moved(change))
    for (metric, outcome, channel, severity), count in counted.items():
        metric.add(count, outcome=outcome, channel=channel, severity=severity)
    for after in (change.after for change in changes if _closes(change)):
        ended = after.resolved_at or after.closed_at
        if ended is not None and after.closing is not None:
            took = max(0.0, (ended - after.complained_at).total_seconds())
            TIME_TO_RESOLVE.record(took, severity=after.severity, outcome=after.closing.value)


def _moved(change: Change) -> Iterable[tuple[Metric, str, str, str]]:
    """What is counted of a change: the counter and its labels."""
    before, after = change.before, change.after
    if before is None:
        yield COMPLAINTS_OPENED, "linked" if after.linked_case_id else "new", after.channel, after.severity
    if after.closing and _closes(change):
        yield COMPLAINTS_CLOSED, after.closing.value, after.channel, after.severity


def _closes(change: Change) -> bool:
    return change.after.closing is not None and (change.before is None or change.before.closing is None)


def _count(event: e.Event | e.staff.Published) -> None:
    if isinstance(event, e.HandOffRefused):
        OWNERSHIP_REFUSALS.add(1, rule=event.rule)
    elif isinstance(event, e.RepeatFailureFound):
        REPEAT_FAILURES.add(1, same=event.same.value)
    elif type(event) in _COUNTED:
        _COUNTED[type(event)].add(1)
    elif isinstance(event, e.ReplyChecked):
        REPLIES_CHECKED.add(1, outcome=event.outcome.value, language=event.pack_version.split("-")[0])
