"""Versions of playbooks in PostgreSQL, and the shelf filled from them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis import journal
from services.chassis.db import Connection
from services.resolution.adapters import playbook_files, wire
from services.resolution.app.shelf import Ref, Shelf
from services.resolution.domain.errors import BadData
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.playbook_versions import (
    Active,
    PlaybookEvent,
    PlaybookVersion,
    VersionStatus,
    Written,
)
from services.resolution.domain.state import Case

_KEEP_SHIPPED = """
-- a version that ships, once; what was kept before is what counts
insert into shipped_playbook (playbook_id, version, text)
select * from unnest($1::text[], $2::integer[], $3::text[]) on conflict do nothing"""
_SHIPPED = """
-- the texts kept for versions that ship
select s.playbook_id, s.version, s.text from shipped_playbook s
join unnest($1::text[], $2::integer[]) as asked (playbook_id, version) using (playbook_id, version)"""
_TEXTS = """
-- the texts of versions, a tenant's own and those that ship; one look-up per version
select asked.tenant_id, asked.playbook_id, asked.version, found.text
from unnest($1::text[], $2::text[], $3::integer[]) as asked (tenant_id, playbook_id, version)
cross join lateral (
    (select v.text from playbook_version v
     where v.tenant_id = asked.tenant_id and v.playbook_id = asked.playbook_id and v.version = asked.version
     limit 1)
    union all
    (select s.text from shipped_playbook s
     where s.playbook_id = asked.playbook_id and s.version = asked.version
     limit 1)
    limit 1) as found"""
_ACTIVE = """
-- what new cases of tenants follow
select asked.tenant_id, found.playbook_id, found.version
from unnest($1::text[]) as asked (tenant_id)
cross join lateral (select * from playbook_active a where a.tenant_id = asked.tenant_id limit 1) as found"""
_ACTIVE_OF = """
-- what new cases of one tenant follow, and since when
select playbook_id, version, activated_by, activated_at from playbook_active where tenant_id = $1"""
_LOCK = """
-- one at a time changes a tenant's playbooks
select pg_advisory_xact_lock(hashtextextended('playbooks of ' || $1, 0))"""
_LIST = """
-- every version without its text; '' is all playbooks; one that ships has no author; null is no limit
select playbook_id, version, '' as text, status, author_id, drafted_at, reviewer_id, reviewed_at, note
from playbook_version
where tenant_id = $1 and ($2 = '' or playbook_id = $2) and (playbook_id, version) > ($3, $4)
union all
select playbook_id, version, '', 'approved', '', kept_at, '', kept_at, ''
from shipped_playbook where ($2 = '' or playbook_id = $2) and (playbook_id, version) > ($3, $4)
order by playbook_id, version limit $5"""
_FIND = """
-- one version with its text; 0 is the newest
select playbook_id, version, text, status, author_id, drafted_at, reviewer_id, reviewed_at, note
from playbook_version where tenant_id = $1 and playbook_id = $2 and $3 in (0, version)
union all
select playbook_id, version, text, 'approved', '', kept_at, '', kept_at, ''
from shipped_playbook where playbook_id = $2 and $3 in (0, version)
order by version desc limit 1"""
_SAVE = """
-- a version, new or changed before anybody reviewed it
insert into playbook_version as v (tenant_id, playbook_id, version, text, status, author_id, drafted_at,
                                   reviewer_id, reviewed_at, note)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (tenant_id, playbook_id, version) do update
set text = excluded.text, status = excluded.status, drafted_at = excluded.drafted_at,
    reviewer_id = excluded.reviewer_id, reviewed_at = excluded.reviewed_at, note = excluded.note
where v.status = 'drafted'"""
_ACTIVATE = """
-- new cases follow this version
insert into playbook_active (tenant_id, playbook_id, version, activated_by, activated_at)
values ($1, $2, $3, $4, $5)
on conflict (tenant_id) do update
set playbook_id = excluded.playbook_id, version = excluded.version, activated_by = excluded.activated_by,
    activated_at = excluded.activated_at"""


class PlaybookRows:
    """The part of a Work that is about playbooks."""

    def __init__(self, tx: Connection, shelf: Shelf) -> None:
        self._tx = tx
        self._shelf = shelf

    async def know_versions(self, cases: Iterable[Case]) -> None:
        """See PlaybookWork."""
        await self._know(self._shelf.lacking(cases))

    async def know_active(self, tenants: Collection[str]) -> None:
        """See PlaybookWork."""
        unsure = sorted(self._shelf.unsure(tenants))
        if not unsure:
            return
        active = {row["tenant_id"]: tuple(row) for row in await self._tx.fetch(_ACTIVE, unsure)}
        await self._know({ref for ref in active.values() if self._shelf.find(*ref) is None})
        for tenant_id in unsure:
            ref = active.get(tenant_id)
            book = self._shelf.find(*ref) or self._shelf.nearest(ref[1]) if ref else self._shelf.default
            self._shelf.believe(tenant_id, book)

    async def _know(self, refs: Collection[Ref]) -> None:
        """Reads versions onto the shelf; what nobody kept is followed as the nearest there is from now on."""
        if refs:
            found = await self.read_playbooks(refs)
            for ref in refs:
                self._shelf.put(ref, found.get(ref) or self._shelf.nearest(ref[1]))

    async def read_playbooks(self, refs: Collection[Ref]) -> Mapping[Ref, Playbook]:
        """See PlaybookWork. Raises BadData for a text that this release cannot read any more."""
        rows = await self._tx.fetch(_TEXTS, *zip(*sorted(refs), strict=True))
        return {
            (row["tenant_id"], row["playbook_id"], row["version"]): await asyncio.to_thread(
                playbook_files.parsed, row["playbook_id"], row["text"]
            )
            for row in rows
        }

    async def lock_playbooks(self, tenant_id: str) -> None:
        """See PlaybookWork."""
        await self._tx.execute(_LOCK, tenant_id)

    async def list_playbooks(
        self, tenant_id: str, playbook_id: str, after: tuple[str, int] = ("", 0), most: int | None = None
    ) -> Sequence[PlaybookVersion]:
        """See PlaybookWork."""
        return [_version(row) for row in await self._tx.fetch(_LIST, tenant_id, playbook_id, *after, most)]

    async def find_playbook(self, tenant_id: str, playbook_id: str, version: int) -> PlaybookVersion | None:
        """See PlaybookWork."""
        row = await self._tx.fetchrow(_FIND, tenant_id, playbook_id, version)
        return _version(row) if row is not None else None

    async def save_playbook(self, tenant_id: str, version: PlaybookVersion) -> None:
        """See PlaybookWork."""
        of = version
        await self._tx.execute(
            _SAVE, tenant_id, of.playbook_id, of.version, of.text, of.status.value, of.author_id,
            of.drafted_at, of.reviewer_id, of.reviewed_at, of.note,
        )  # fmt: skip

    async def active_playbook(self, tenant_id: str) -> Active | None:
        """See PlaybookWork."""
        row = await self._tx.fetchrow(_ACTIVE_OF, tenant_id)
        return Active(*row) if row is not None else None

    async def activate_playbook(self, tenant_id: str, active: Active) -> None:
        """See PlaybookWork."""
        await self._tx.execute(
            _ACTIVATE,
            tenant_id,
            active.playbook_id,
            active.version,
            active.activated_by,
            active.activated_at,
        )

    async def publish_playbook(
        self, tenant_id: str, event_id: UUID, event: PlaybookEvent, at: datetime
    ) -> None:
        """See PlaybookWork."""
        new = journal.NewEvent(
            topic=wire.TOPIC,
            key=event.playbook_id,
            tenant_id=tenant_id,
            message=wire.playbook_message(event),
            event_id=event_id,
            occurred_at=at,
            correlation_id=event.playbook_id,
        )
        await journal.append(self._tx, wire.SOURCE, [new])
        await journal.notify(self._tx)


def _version(row: Any) -> PlaybookVersion:
    fields = dict(row)
    return PlaybookVersion(**{**fields, "status": VersionStatus(fields["status"])})


async def keep_shipped(tx: Connection, shipped: Iterable[Written]) -> None:
    """Keeps the versions of this release for the cases that begin with them. Raises
    BadData("playbook_changed") when one is kept already and says something else: cases follow it, so what is
    new needs a new version."""
    rows = [(each.playbook.playbook_id, each.playbook.version, each.text) for each in shipped]
    await tx.execute(_KEEP_SHIPPED, *zip(*sorted(rows), strict=True))
    ours = {(each.playbook.playbook_id, each.playbook.version): each for each in shipped}
    for row in await tx.fetch(_SHIPPED, *zip(*sorted(ours), strict=True)):
        now = ours[row["playbook_id"], row["version"]]
        if row["text"] != now.text and playbook_files.parsed(row["playbook_id"], row["text"]) != now.playbook:
            raise BadData(
                "playbook_changed",
                f"{row['playbook_id']} version {row['version']} is not what cases follow under this number: "
                f"raise its version.",
            )
