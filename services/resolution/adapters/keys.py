"""Answered idempotency keys in PostgreSQL, one transaction with the command they stand for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.chassis.db import Connection
from services.resolution.adapters.postgres import PostgresWorks
from services.resolution.domain.errors import BadCommand

_CLAIM = """
-- a key is claimed once: a second one waits here until the first transaction has ended
insert into command_key (tenant_id, holder, idempotency_key, command, digest)
values ($1, $2, $3, $4, $5) on conflict do nothing returning true"""
_RECALL = """
-- what a key was answered, and to which request
select command, digest, answer from command_key
where tenant_id = $1 and holder = $2 and idempotency_key = $3"""
_KEEP = """
-- the answer of a claimed key
update command_key set answer = $4 where tenant_id = $1 and holder = $2 and idempotency_key = $3"""
_RELEASE = """
-- a refused command leaves its key free
delete from command_key where tenant_id = $1 and holder = $2 and idempotency_key = $3"""


@dataclass(frozen=True, slots=True)
class Once:
    """An idempotency key of its holder, with the command and a digest of the whole request."""

    tenant_id: str
    holder: str
    key: str
    command: str
    digest: bytes

    @property
    def row(self) -> tuple[str, str, str]:
        """What it is found by."""
        return self.tenant_id, self.holder, self.key


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
            if row is None or (row["command"], row["digest"]) != (once.command, once.digest):
                raise _reused(once)
            yield Claim(once, row["answer"], tx)


def _reused(once: Once) -> BadCommand:
    return BadCommand(
        "idempotency_key_reused",
        f"The key {once.key!r} came with another request before; take a new one.",
        {"idempotency_key": "a new one, or the same request as before"},
    )
