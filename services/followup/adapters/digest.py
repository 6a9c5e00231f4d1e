"""What an employee owes and who waits for them, in one answer: their own promises, and those of colleagues
they cover for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import asyncpg
from amends.followup.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.db import Database
from services.followup.adapters import covers
from services.followup.adapters.postgres import decode
from services.followup.adapters.promise_rows import promise
from services.followup.domain.waiting import Waiting, waiting

A_DAY = timedelta(days=1)
# Nobody reads more at once; the counts are of all.
SHOWN = 200

_COUNTS = """
select count(*) filter (where due_at <= $3) as overdue,
count(*) filter (where due_at > $3 and due_at <= $4) as due, count(*) filter (where due_at > $4) as later
from promise where tenant_id = $1 and employee_id = any($2) and state = 'pending'
"""
_DUE = """
select promise_id, case_id, kind, employee_id, due_at, state, settled_at, reason from promise
where tenant_id = $1 and employee_id = any($2) and state = 'pending' and due_at <= $3
order by due_at, promise_id limit $4
"""
# The next promise of each case on which one of them owes a word.
_CASES = """
select distinct on (promise.case_id) promise.case_id, employee_id, promise_id, follow_up.state::text
from promise join follow_up using (tenant_id, case_id)
where tenant_id = $1 and employee_id = any($2) and promise.state = 'pending'
order by promise.case_id, due_at
"""


async def answer(
    database: Database, tenant_id: str, employee_id: str, within: timedelta, now: datetime
) -> pb.Digest:
    """The digest of one employee at `now`; `within` is how far it looks ahead. Raises Retryable."""
    until = now + within
    async with database.transaction({tenant_id}) as tx:
        around = await covers.around(tx, tenant_id, employee_id, now)
        kept = [one for one in around if one.cover_id == employee_id]
        owing = [employee_id, *(one.employee_id for one in kept)]
        counts = await tx.fetchrow(_COUNTS, tenant_id, owing, now, until)
        due = await tx.fetch(_DUE, tenant_id, owing, until, SHOWN)
        cases = await tx.fetch(_CASES, tenant_id, owing)
    assert counts is not None
    return pb.Digest(
        employee_id=employee_id,
        made_at=to_proto(now),
        covers=[pb.Digest.Cover(employee_id=one.employee_id, ends_at=to_proto(one.ends_at)) for one in kept],
        covered_by_employee_id=next((one.cover_id for one in around if one.employee_id == employee_id), ""),
        overdue=counts["overdue"],
        due=counts["due"],
        later=counts["later"],
        promises=[promise(row) for row in due],
        waiting=_waiting(cases),
    )


def _waiting(cases: Iterable[asyncpg.Record]) -> Sequence[pb.Digest.Waiting]:
    """Who waits, the longest first."""
    found = [(told, row) for row in cases if (told := waiting(decode(row["state"]))) is not None]
    found.sort(key=lambda one: (one[0].since, one[1]["case_id"]))
    return [_told(told, row) for told, row in found[:SHOWN]]


def _told(told: Waiting, row: asyncpg.Record) -> pb.Digest.Waiting:
    return pb.Digest.Waiting(
        case_id=row["case_id"],
        employee_id=row["employee_id"],
        promise_id=str(row["promise_id"]),
        since=to_proto(told.since),
        due_at=to_proto(told.due_at) if told.due_at else None,
        breached=told.breached,
    )
