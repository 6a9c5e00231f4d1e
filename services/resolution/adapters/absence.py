"""Covers and leavers in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.chassis.db import Connection
from services.resolution.app.shapes import CaseKey, Change
from services.resolution.domain.covering import Cover
from services.resolution.domain.state import Case
from services.resolution.domain.words import Person, Status

_COVER = """
-- one cover at a time
insert into cover (tenant_id, employee_id, cover_id, starts_at, ends_at) values ($1, $2, $3, $4, $5)
on conflict (tenant_id, employee_id) do update
set cover_id = excluded.cover_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at"""
_LIST_COVERS = """
-- who covers for one employee, or ('') for anybody
select c.employee_id, c.cover_id, c.starts_at, c.ends_at, e.display_name, e.rank, e.contact
from cover c join employee e on e.tenant_id = c.tenant_id and e.employee_id = c.cover_id
where c.tenant_id = $1 and ($2 = '' or c.employee_id = $2) order by c.employee_id"""
_END_COVER = """
-- over
delete from cover where tenant_id = $1 and employee_id = $2"""
_COVERS_OF = """
-- whose promises somebody keeps at an instant
select employee_id from cover where tenant_id = $1 and cover_id = $2 and starts_at <= $3 and $3 < ends_at"""
_LEAVE = """
-- not with the company any more
update employee set left_at = $3, present = false, present_until = null
where tenant_id = $1 and employee_id = $2 and left_at is null"""
_LEFT = """
-- which of these have left
select employee_id, left_at from employee
where tenant_id = $1 and employee_id = any($2) and left_at is not null"""
_RANKS = """
-- the lowest rank of an owner in the open cases of those who have left or are leaving, and of who stays
select (select min((c.state -> 'owner' ->> 'rank')::int)
        from employee e join case_state c on c.tenant_id = e.tenant_id and c.owner_id = e.employee_id
        where e.tenant_id = $1 and (e.employee_id = $2 or e.left_at is not null)
          and c.status <> 'closed') as of_cases,
       (select min(rank) from employee where tenant_id = $1 and employee_id <> $2 and left_at is null)
           as of_others"""
_OPEN_OF = """
-- some open cases of one owner
select case_id from case_state
where tenant_id = $1 and owner_id = $2 and status <> 'closed' order by case_id limit $3"""
_COUNT_OPEN = """
-- how many they are
select count(*) from case_state where tenant_id = $1 and owner_id = $2 and status <> 'closed'"""
_FIRST_OF = """
-- some cases of others that began with somebody
select case_id from first_contact_elsewhere where tenant_id = $1 and employee_id = $2
order by case_id limit $3"""
_ELSEWHERE = """
-- the first contact is not the owner
insert into first_contact_elsewhere (tenant_id, case_id, employee_id)
select * from unnest($1::text[], $2::uuid[], $3::text[])
on conflict (tenant_id, case_id) do update set employee_id = excluded.employee_id"""
_HERE = """
-- the first contact is the owner, or has nothing to circle back on
delete from first_contact_elsewhere as f using unnest($1::text[], $2::uuid[]) as gone (tenant_id, case_id)
where f.tenant_id = gone.tenant_id and f.case_id = gone.case_id"""


class AbsenceRows:
    """The part of a Work that is about covers and leavers."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def save_cover(self, tenant_id: str, cover: Cover) -> None:
        """See Work."""
        row = (cover.employee_id, cover.cover.employee_id, cover.starts_at, cover.ends_at)
        await self._tx.execute(_COVER, tenant_id, *row)

    async def covers(self, tenant_id: str, employee_id: str) -> Sequence[Cover]:
        """See Work."""
        return [_cover(row) for row in await self._tx.fetch(_LIST_COVERS, tenant_id, employee_id)]

    async def end_cover(self, tenant_id: str, employee_id: str) -> None:
        """See Work."""
        await self._tx.execute(_END_COVER, tenant_id, employee_id)

    async def covers_of(self, tenant_id: str, cover_id: str, now: datetime) -> frozenset[str]:
        """See Work."""
        rows = await self._tx.fetch(_COVERS_OF, tenant_id, cover_id, now)
        return frozenset(row["employee_id"] for row in rows)

    async def leave(self, tenant_id: str, employee_id: str, now: datetime) -> None:
        """See Work."""
        await self._tx.execute(_LEAVE, tenant_id, employee_id, now)

    async def left(self, tenant_id: str, employee_ids: Collection[str]) -> Mapping[str, datetime]:
        """See Work."""
        rows = await self._tx.fetch(_LEFT, tenant_id, list(employee_ids))
        return {row["employee_id"]: row["left_at"] for row in rows}

    async def ranks_without(self, tenant_id: str, employee_id: str) -> tuple[int | None, int | None]:
        """See Work."""
        row = await self._tx.fetchrow(_RANKS, tenant_id, employee_id)
        return (row["of_cases"], row["of_others"]) if row else (None, None)

    async def open_cases(self, tenant_id: str, owner_id: str) -> int:
        """See Work."""
        return int(await self._tx.fetchval(_COUNT_OPEN, tenant_id, owner_id))

    async def cases_of_leaver(self, tenant_id: str, employee_id: str, limit: int) -> Sequence[CaseKey]:
        """See Work."""
        owned = await self._tx.fetch(_OPEN_OF, tenant_id, employee_id, limit)
        begun = await self._tx.fetch(_FIRST_OF, tenant_id, employee_id, limit)
        return [(tenant_id, str(row["case_id"])) for row in (*owned, *begun)]


async def save(tx: Connection, changes: Sequence[Change]) -> None:
    """Which changed cases have another owner now than the person the customer first dealt with."""
    moved = [change for change in changes if _elsewhere(change.before) != _elsewhere(change.after)]
    away = [(*_key(each), _elsewhere(each.after)) for each in moved if _elsewhere(each.after)]
    here = [_key(each) for each in moved if not _elsewhere(each.after)]
    if away:
        await tx.execute(_ELSEWHERE, *zip(*away, strict=True))
    if here:
        await tx.execute(_HERE, *zip(*here, strict=True))


def _key(change: Change) -> tuple[str, UUID]:
    return change.after.tenant_id, UUID(change.after.case_id)


def _elsewhere(case: Case | None) -> str:
    """The first contact of an open case that somebody else owns, else ""."""
    if case is None or case.status is Status.CLOSED:
        return ""
    first = case.first_contact.employee_id
    return first if first != case.owner.employee_id else ""


def _cover(row: asyncpg.Record) -> Cover:
    cover = Person(row["cover_id"], row["display_name"], row["rank"], row["contact"])
    return Cover(row["employee_id"], cover, row["starts_at"], row["ends_at"])
