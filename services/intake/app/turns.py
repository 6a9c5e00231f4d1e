"""Whose turn it is: no tenant, and no source of a tenant, can keep the others waiting.

What one process does at once is bounded per tenant and, below that, per source (a hook, mail, REST): so what
anybody adds to the wait of others is that bound, however much they send. The rest of theirs waits its own
turn, outside the group committer; too much of it, or for too long, is sent away to come again: 503 to
providers, 429 to programs, 451 to mail servers, each of which repeats then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.chassis.errors import AmendsError


class Crowded(AmendsError):
    """Too much of this tenant or source is waiting already: try again after a moment."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How much at once. Half of a tenant's for one source: its other sources go on when one floods."""

    tenant: int = 128
    source: int = 64
    waiting: int = 1_000  # of one tenant; a provider may deliver a backlog at once
    wait_s: float = 5.0  # the tightest provider hangs up at 15 s, and the commit may take 10


@dataclass(slots=True)
class _Gate:
    """So many at once, the others in the order they came."""

    limit: int
    inside: int = 0
    queue: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def enter(self) -> None:
        if self.inside < self.limit and not self.queue:
            self.inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # the turn came in the same moment: the next one has it
            elif turn in self.queue:  # else `leave` has passed over it
                self.queue.remove(turn)
            raise

    def leave(self) -> None:
        """Hand the place to the next who still waits."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.inside -= 1


class Turns:
    """The gates of one process; those that nobody uses are forgotten."""

    def __init__(self, shares: Shares | None = None) -> None:
        self._shares = shares or Shares()
        self._gates: dict[Hashable, _Gate] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def taken(self, tenant_id: str, source: str) -> AsyncIterator[None]:
        """Work inside the block. Raises Crowded when too many wait, or the turn does not come in time."""
        await self._enter(tenant_id, source)
        try:
            yield
        finally:
            self._leave(tenant_id)
            self._leave((tenant_id, source))

    async def _enter(self, tenant_id: str, source: str) -> None:
        waiting = self._waiting.get(tenant_id, 0)
        if waiting >= self._shares.waiting:
            raise Crowded("crowded", "too much of this tenant is waiting; try again shortly")
        self._waiting[tenant_id] = waiting + 1
        try:
            async with asyncio.timeout(self._shares.wait_s):
                # The source first: whoever waits there takes no place of the tenant's other sources.
                await self._pass((tenant_id, source), self._shares.source)
                try:
                    await self._pass(tenant_id, self._shares.tenant)
                except BaseException:
                    self._leave((tenant_id, source))
                    raise
        except TimeoutError:
            raise Crowded("crowded", "too much of this source is waiting; try again shortly") from None
        finally:
            self._waiting[tenant_id] -= 1
            if not self._waiting[tenant_id]:
                del self._waiting[tenant_id]

    async def _pass(self, key: Hashable, limit: int) -> None:
        await self._gates.setdefault(key, _Gate(limit)).enter()

    def _leave(self, key: Hashable) -> None:
        gate = self._gates[key]
        gate.leave()
        if not gate.inside and not gate.queue:
            del self._gates[key]
