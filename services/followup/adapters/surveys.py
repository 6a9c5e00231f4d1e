"""Surveys in PostgreSQL: one row per case, and the figures of those asked within a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chassis.db import Connection
from services.followup.domain.record import FollowUp
from services.followup.domain.survey import Survey
from services.followup.domain.words import Channel, Severity

_KEEP = """
insert into survey (tenant_id, case_id, severity, channel, asked_at, answered_at, solved, verdict, recommend,
satisfaction, effort, noted)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
$7::text[], $8::text[], $9::smallint[], $10::smallint[], $11::smallint[], $12::boolean[])
on conflict (tenant_id, case_id) do update set severity = excluded.severity, channel = excluded.channel,
asked_at = excluded.asked_at, answered_at = excluded.answered_at, solved = excluded.solved,
verdict = excluded.verdict, recommend = excluded.recommend, satisfaction = excluded.satisfaction,
effort = excluded.effort, noted = excluded.noted
"""
# A line per severity, and of all together the one without.
_COUNT = """
select severity, count(*) as asked, count(answered_at) as answered,
count(*) filter (where noted) as noted,
count(*) filter (where solved = 'yes') as solved, count(*) filter (where solved = 'no') as not_solved,
count(*) filter (where verdict = 'below') as below, count(*) filter (where verdict = 'meets') as meets,
count(*) filter (where verdict = 'exceeds') as exceeds,
count(*) filter (where recommend >= 9) as promoters,
count(*) filter (where recommend between 7 and 8) as passives,
count(*) filter (where recommend between 0 and 6) as detractors,
count(*) filter (where satisfaction >= 4) as satisfied, count(*) filter (where satisfaction >= 1) as rated,
count(*) filter (where effort >= 5) as easy, count(*) filter (where effort >= 1) as efforts,
coalesce(avg(effort) filter (where effort >= 1), 0)::float8 as effort
from survey
where tenant_id = $1 and ($2::timestamptz is null or asked_at >= $2)
  and ($3::timestamptz is null or asked_at < $3) and ($4 = '' or channel = $4)
group by grouping sets ((), (severity)) order by severity nulls first
"""

# The counts of nobody.
NOBODY: Mapping[str, Any] = defaultdict(int)


@dataclass(frozen=True, slots=True)
class Asked:
    """A case's survey as it is now."""

    record: FollowUp
    survey: Survey


async def keep(tx: Connection, asked: Sequence[Asked]) -> None:
    """Write what changed. Raises Retryable."""
    rows = sorted((_row(one) for one in asked), key=lambda row: row[:2])
    if rows:
        await tx.execute(_KEEP, *(list(column) for column in zip(*rows, strict=True)))


async def count(
    tx: Connection, tenant_id: str, since: datetime | None, until: datetime | None, channel: str
) -> dict[str, Mapping[str, Any]]:
    """The counts of those asked from `since` and before `until`: by severity, and under "" of all. Raises
    Retryable."""
    rows = await tx.fetch(_COUNT, tenant_id, since, until, channel)
    return {row["severity"] or "": dict(row) for row in rows}


def _row(one: Asked) -> tuple[object, ...]:
    record, told = one.record, one.survey
    return (
        record.tenant_id,
        record.case_id,
        (record.opened.severity if record.opened else Severity.NORMAL).value,
        (record.complaint.channel if record.complaint else Channel.UNSPECIFIED).value,
        told.asked_at,
        told.answered_at,
        told.solved.value,
        told.verdict.value,
        told.recommend,
        told.satisfaction,
        told.effort,
        told.noted,
    )
