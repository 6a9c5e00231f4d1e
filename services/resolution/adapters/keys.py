"""Answered idempotency keys in PostgreSQL, one transaction with the commands they stand for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from services.chassis.db import Connection
from services.resolution.adapters.postgres import PostgresWorks
from services.resolution.domain.errors import BadCommand

_CLAIM = """
-- a key is claimed once: a second one waits here until the first transaction has ended
insert into command_key (tenant_id, holder, idempotency_key, command, digest)
values ($1, $2, $3, $4, $5) on conflict do nothing returning true"""
_CLAIM_ALL = """
-- several at once, in one order; those that are new come back
insert into command_key (tenant_id, holder, idempotency_key, command, digest)
select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bytea[]) order by 1, 2, 3
on conflict do nothing returning holder, idempotency_key"""
_RECALL = """
-- what a key was answered, and to which request
select command, digest, answer from command_key
where tenant_id = $1 and holder = $2 and idempotency_key = $3"""
_RECALL_ALL = """
-- the same of several keys
select holder, idempotency_key, k.command, k.digest, k.answer
from unnest($2::text[], $3::text[]) as asked (holder, idempotency_key)
join command_key k using (holder, idempotency_key) where k.tenant_id = $1"""
_KEEP = """
-- the answer of a claimed key
update command_key set answer = $4 where tenant_id = $1 and holder = $2 and idempotency_key = $3"""
_KEEP_ALL = """
-- the answers of claimed keys
update command_key k set answer = new.answer
from unnest($2::text[], $3::text[], $4::bytea[]) as new (holder, idempotency_key, answer)
where (k.tenant_id, k.holder, k.idempotency_key) = ($1, new.holder, new.idempotency_key)"""
_RELEASE = """
-- a refused command leaves its key free
delete from command_key where tenant_id = $1 and holder = $2 and idempotency_key = $3"""
_RELEASE_ALL = """
-- so do several
delete from command_key k
using unnest($2::text[], $3::text[]) as free (holder, idempotency_key)
where (k.tenant_id, k.holder, k.idempotency_key) = ($1, free.holder, free.idempotency_key)"""

Row: TypeAlias = tuple[str, str, str]
"""What a key is found by: tenant, holder, the key itself."""
Place: TypeAlias = tuple[str, str]
"""The same within a tenant: holder, key."""


@dataclass(frozen=True, slots=True)
class Once:
    """An idempotency key of its holder, with the command and a digest of the whole request."""

    tenant_id: str
    holder: str
    key: str
    command: str
    digest: bytes

    @property
    def row(self) -> Row:
        return self.tenant_id, self.holder, self.key

    @property
    def place(self) -> Place:
        return self.holder, self.key

    def demand_same(self, command: str, digest: bytes) -> None:
        """Raises BadCommand("idempotency_key_reused") unless the key stood for this very request before."""
        if (command, digest) != (self.command, self.digest):
            raise _reused(self)


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in a transaction. `answer` is what it was answered before; None: it is new and ours."""

    once: Once
    answer: bytes | None
    tx: Connection

    async def keep(self, answer: bytes) -> None:
        """The key's answer from now on."""
        await self.tx.execute(_KEEP, *self.once.row, answer)

    async def release(self) -> None:
        """The key was not used."""
        await self.tx.execute(_RELEASE, *self.once.row)


class Keys:
    """Where keys are claimed."""

    def __init__(self, works: PostgresWorks) -> None:
        self._works = works

    @asynccontextmanager
    async def claim(self, once: Once) -> AsyncIterator[Claim]:
        """One transaction for the key and for every Work begun inside the block; commits unless it raises.
        Raises BadCommand("idempotency_key_reused") when the key came with another request before."""
        async with self._works.one(once.tenant_id) as tx:
            if await tx.fetchval(_CLAIM, *once.row, once.command, once.digest):
                yield Claim(once, None, tx)
                return
            row = await tx.fetchrow(_RECALL, *once.row)
            if row is None:
                raise _reused(once)
            once.demand_same(row["command"], row["digest"])
            yield Claim(once, row["answer"], tx)


@dataclass(frozen=True, slots=True)
class Used:
    """A key that was there before: what it stood for and was answered."""

    command: str
    digest: bytes
    answer: bytes


async def claim_all(
    tx: Connection, tenant_id: str, asked: Collection[Once]
) -> tuple[set[Place], Mapping[Place, Used]]:
    """Claims keys of a tenant, each asked once: which of them are new and ours, and what the others were
    answered. Waits for others who are just claiming one of them."""
    if not asked:
        return set(), {}
    rows = [(*once.place, once.command, once.digest) for once in asked]
    new = {(row[0], row[1]) for row in await tx.fetch(_CLAIM_ALL, tenant_id, *zip(*rows, strict=True))}
    rest = [once.place for once in asked if once.place not in new]
    used = await tx.fetch(_RECALL_ALL, tenant_id, *zip(*rest, strict=True)) if rest else ()
    return new, {(row[0], row[1]): Used(row[2], row[3], row[4]) for row in used}


async def settle_all(
    tx: Connection, tenant_id: str, claimed: Collection[Place], answers: Mapping[Place, bytes]
) -> None:
    """Ends what claim_all began: `claimed` keys without an answer are free again."""
    if answers:
        rows = zip(*((*place, answer) for place, answer in answers.items()), strict=True)
        await tx.execute(_KEEP_ALL, tenant_id, *rows)
    free = [place for place in claimed if place not in answers]
    if free:
        await tx.execute(_RELEASE_ALL, tenant_id, *zip(*free, strict=True))


def _reused(once: Once) -> BadCommand:
    return BadCommand(
        "idempotency_key_reused",
        f"The key {once.key!r} came with another request before; take a new one.",
        {"idempotency_key": "a new one, or the same request as before"},
    )
