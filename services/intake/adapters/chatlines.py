"""The lines written to visitors of a web chat: kept, read on from any of them, announced to who waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.db import Database
from services.chassis.forgetting import Old

# One writer per visitor at a time: a position is seen only when all smaller ones are.
_TURN = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
_ADD = """
insert into chat_line (tenant_id, line_id, account, visitor, author, text, written_at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant_id, line_id) do nothing
"""
_AFTER = """
select position, line_id, author, text, written_at from chat_line
where tenant_id = $1 and account = $2 and visitor = $3 and position > $4 order by position limit 100
"""
_OWNS = """
select true from chat_line where tenant_id = $1 and account = $2 and visitor = $3 and line_id = $4
"""


# A line is readable by sessions that had begun when it was written: after a session's age by none.
OLD_LINES = Old(
    whose="""
select distinct tenant_id from (select tenant_id from chat_line where written_at < $1 limit $2) as old""",
    forget="""
delete from chat_line where ctid = any (array(
    select ctid from chat_line where written_at < $1 limit $2 for update skip locked))
returning true""",
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser in one chat of a tenant."""

    tenant_id: str
    account: str
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """As the statements have it."""
        return (self.tenant_id, self.account, self.name)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said to a visitor; `position` is 0 before it is written."""

    line_id: UUID
    author: str
    text: str
    written_at: datetime
    position: int = 0


class ChatLines:
    """Over a Database; whoever waits in this process is woken at once, in another one by its own poll."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: defaultdict[Visitor, set[asyncio.Event]] = defaultdict(set)

    async def add(self, visitor: Visitor, line: Line) -> None:
        """Keep a line; the same again changes nothing. Raises Retryable."""
        async with self._database.transaction([visitor.tenant_id]) as tx:
            await tx.execute(_TURN, "/".join(visitor.key))
            tenant, account, name = visitor.key
            await tx.execute(
                _ADD, tenant, line.line_id, account, name, line.author, line.text, line.written_at
            )
        for waiting in self._waiting.get(visitor, ()):
            waiting.set()

    async def after(self, visitor: Visitor, position: int) -> list[Line]:
        """The next lines, at most a hundred, in their order. Raises Retryable."""
        async with self._database.transaction([visitor.tenant_id]) as tx:
            rows = await tx.fetch(_AFTER, *visitor.key, position)
        return [
            Line(row["line_id"], row["author"], row["text"], row["written_at"], row["position"])
            for row in rows
        ]

    async def owns(self, visitor: Visitor, line_id: UUID) -> bool:
        """Whether a line was written to this visitor. Raises Retryable."""
        async with self._database.transaction([visitor.tenant_id]) as tx:
            return bool(await tx.fetchval(_OWNS, *visitor.key, line_id))

    async def wait(self, visitor: Visitor, timeout_s: float) -> None:
        """Until a line for this visitor came in here, or the time is over."""
        woken = asyncio.Event()
        self._waiting[visitor].add(woken)
        try:
            async with asyncio.timeout(timeout_s):
                await woken.wait()
        except TimeoutError:
            return
        finally:
            self._waiting[visitor].discard(woken)
            if not self._waiting[visitor]:
                del self._waiting[visitor]
