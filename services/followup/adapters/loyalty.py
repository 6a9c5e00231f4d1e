"""Stories, deeds and champions in PostgreSQL, and the decision at the end of a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amends.followup.v1 import events_pb2 as out
from amends.intake.v1 import events_pb2 as intake

from services.chassis import journal, timers
from services.chassis.clock import to_proto
from services.chassis.db import Connection
from services.chassis.envelope import Event
from services.chassis.ids import Ids
from services.chassis.journal import NewEvent
from services.chassis.meters import CHAMPIONS
from services.followup.domain.ids import derived_id
from services.followup.domain.loyalty import Advocacy, Champion, Deed, Story, champion, decided_at
from services.followup.domain.words import Channel, Severity

SOURCE = "followup"
TOPIC = "amends.followup.events.v1"
TIMER_KIND = "champion"

Told = tuple[str, Story]  # the tenant and a story

# Whose case it is moves with the customer (`hear`), so a story told again does not say it again.
_KEEP = """
insert into loyalty (tenant_id, case_id, customer_id, severity, complained_at, channel, confirmed_at, before,
recommend, recommended_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
$7::timestamptz[], $8::smallint[], $9::smallint[], $10::timestamptz[])
on conflict (tenant_id, case_id) do update set severity = excluded.severity,
complained_at = excluded.complained_at, channel = excluded.channel,
confirmed_at = excluded.confirmed_at, before = excluded.before, recommend = excluded.recommend,
recommended_at = excluded.recommended_at
"""
_OF_CUSTOMER = """
select case_id, customer_id, severity, complained_at, channel, confirmed_at, before, recommend, recommended_at
from loyalty where tenant_id = $1 and customer_id = $2 order by complained_at, case_id
"""
_CUSTOMER_OF = "select customer_id from loyalty where tenant_id = $1 and case_id = $2"
_DEEDS = "select deed, reference, at from advocacy where tenant_id = $1 and customer_id = $2 order by at"
_RECORD = """
insert into advocacy (tenant_id, customer_id, deed, reference, at, recorded_by)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing
"""
_CROWNED = "select case_id, at from champion where tenant_id = $1 and customer_id = $2"
_CROWN = """
insert into champion (tenant_id, case_id, customer_id, severity, evidence, at)
values ($1, $2, $3, $4, $5, $6)
"""
# Of cases closed by their customer's word: a line per severity, and of all together the one without.
_COUNT = """
select loyalty.severity, count(champion.case_id) as champions, count(*) as confirmed
from loyalty
left join champion on champion.tenant_id = loyalty.tenant_id and champion.case_id = loyalty.case_id
where loyalty.tenant_id = $1 and confirmed_at is not null and ($2::timestamptz is null or confirmed_at >= $2)
  and ($3::timestamptz is null or confirmed_at < $3) and ($4 = '' or channel = $4)
group by grouping sets ((), (loyalty.severity))
"""
# Two cases of one customer are decided one after the other.
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
_MOVE = "update {table} set customer_id = $2 where tenant_id = $1 and customer_id = any($3)"
_MOVE_CASES = "update {table} set customer_id = $2 where tenant_id = $1 and case_id = any($3)"
_MOVE_DEEDS = """
with gone as (delete from advocacy where tenant_id = $1 and customer_id = any($3) returning *)
insert into advocacy (tenant_id, customer_id, deed, reference, at, recorded_by)
select tenant_id, $2, deed, reference, at, recorded_by from gone on conflict do nothing
"""


async def keep(tx: Connection, told: Sequence[Told], window: timedelta) -> None:
    """Write down stories that changed, and when it is decided about them. Raises Retryable."""
    if not told:
        return
    rows = sorted((_row(tenant, one) for tenant, one in told), key=lambda row: row[:2])
    await tx.execute(_KEEP, *(list(column) for column in zip(*rows, strict=True)))
    await timers.schedule(tx, list(_due(told, (), window)))


async def record(tx: Connection, tenant_id: str, customer_id: str, deed: Advocacy, by: str) -> None:
    """Put a deed on record, once. Raises Retryable."""
    await tx.execute(_RECORD, tenant_id, customer_id, deed.deed.value, deed.reference, deed.at, by)


async def look(tx: Connection, tenant_id: str, customer_id: str, window: timedelta) -> list[str]:
    """Set when it is decided about each case of a customer that something speaks for; their ids."""
    deeds = await _deeds(tx, tenant_id, customer_id)
    stories = await _stories(tx, tenant_id, customer_id)
    due = list(_due([(tenant_id, one) for one in stories], deeds, window))
    await timers.schedule(tx, due)
    return [one.key for one in due]


async def judge(
    tx: Connection, cases: Iterable[tuple[str, str]], window: timedelta, ids: Ids, now: datetime
) -> None:
    """Decide about (tenant, case) pairs whose window is over; of one that has moved since, its timer is set
    anew. Raises Retryable."""
    for tenant_id, case_id in sorted(cases):
        customer_id = await customer_of(tx, tenant_id, case_id)
        if not customer_id:
            continue
        await tx.execute(_ONE_AT_A_TIME, f"champion|{tenant_id}|{customer_id}")
        stories = {one.case_id: one for one in await _stories(tx, tenant_id, customer_id)}
        deeds = await _deeds(tx, tenant_id, customer_id)
        crowned = {row["case_id"]: row["at"] for row in await tx.fetch(_CROWNED, tenant_id, customer_id)}
        of = stories.pop(case_id)
        due = decided_at(of, deeds, window)
        if due is None or case_id in crowned:
            continue
        if due > now:
            await timers.schedule(tx, [_timer(tenant_id, case_id, due)])
            continue
        found = champion(of, stories.values(), deeds, crowned.values(), window)
        if found is not None:
            await _crown(tx, tenant_id, found, ids, now)


async def customer_of(tx: Connection, tenant_id: str, case_id: str) -> str:
    """The customer of a case; empty before its complaint is known. Raises Retryable."""
    return await tx.fetchval(_CUSTOMER_OF, tenant_id, case_id) or ""


async def count(
    tx: Connection, tenant_id: str, since: datetime | None, until: datetime | None, channel: str
) -> dict[str, tuple[int, int]]:
    """Champions, and the cases closed by the customer's word from `since` and before `until` that made them:
    by severity, and under "" of all. Raises Retryable."""
    rows = await tx.fetch(_COUNT, tenant_id, since, until, channel)
    return {row["severity"] or "": (row["champions"], row["confirmed"]) for row in rows}


async def hear(tx: Connection, events: Sequence[Event]) -> None:
    """Customers who turned out to be one, and two who were taken for one. Raises Retryable."""
    for event in events:
        message, tenant = event.message, event.tenant_id
        if isinstance(message, intake.CustomersMerged):
            survivor, gone = message.surviving_customer_id, list(message.merged_customer_ids)
            for table in ("loyalty", "champion"):
                await tx.execute(_MOVE.format(table=table), tenant, survivor, gone)
            await tx.execute(_MOVE_DEEDS, tenant, survivor, gone)
        elif isinstance(message, intake.CustomersSplit):
            for table in ("loyalty", "champion"):
                cases = list(message.case_ids)
                await tx.execute(_MOVE_CASES.format(table=table), tenant, message.restored_customer_id, cases)


async def _crown(tx: Connection, tenant_id: str, found: Champion, ids: Ids, now: datetime) -> None:
    severity = found.severity.value
    args = (found.case_id, found.customer_id, severity, found.evidence, found.at)
    await tx.execute(_CROWN, tenant_id, *args)
    said = out.ChampionCreated(
        case_id=found.case_id,
        customer_id=found.customer_id,
        evidence=found.evidence,
        severity=f"SEVERITY_{severity.upper()}",
        created_at=to_proto(found.at),
    )
    news = NewEvent(
        topic=TOPIC,
        key=found.case_id,
        tenant_id=tenant_id,
        message=said,
        event_id=ids.new(),
        occurred_at=now,
        correlation_id=found.case_id,
    )
    await journal.append(tx, SOURCE, [news])
    CHAMPIONS.add(1, severity=severity)


def _due(told: Iterable[Told], deeds: Sequence[Advocacy], window: timedelta) -> Iterable[timers.Timer]:
    for tenant_id, one in told:
        due = decided_at(one, deeds, window)
        if due is not None:
            yield _timer(tenant_id, one.case_id, due)


def _timer(tenant_id: str, case_id: str, due: datetime) -> timers.Timer:
    timer_id = UUID(derived_id(case_id, TIMER_KIND, tenant_id))
    return timers.Timer(timer_id, tenant_id, case_id, TIMER_KIND, due)


async def _stories(tx: Connection, tenant_id: str, customer_id: str) -> list[Story]:
    rows = await tx.fetch(_OF_CUSTOMER, tenant_id, customer_id)
    kinds = [{"severity": Severity(row["severity"]), "channel": Channel(row["channel"])} for row in rows]
    return [Story(**{**dict(row), **kind}) for row, kind in zip(rows, kinds, strict=True)]


async def _deeds(tx: Connection, tenant_id: str, customer_id: str) -> list[Advocacy]:
    rows = await tx.fetch(_DEEDS, tenant_id, customer_id)
    return [Advocacy(Deed(row["deed"]), row["reference"], row["at"]) for row in rows]


def _row(tenant_id: str, one: Story) -> tuple[object, ...]:
    return (
        tenant_id, one.case_id, one.customer_id, one.severity.value, one.complained_at,
        one.channel.value, one.confirmed_at, one.before, one.recommend, one.recommended_at,
    )  # fmt: skip
