"""A bell rung by NOTIFY: one dedicated system connection that listens, for loops that would else poll."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from services.chassis.db import Database, retryable_losses
from services.chassis.errors import Retryable


class Bell:
    """Rings on a notification, on stop, and when the connection is lost."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], stop: asyncio.Event) -> None:
        self.connection = connection
        self._stop = stop
        self._rung = asyncio.Event()
        connection.add_termination_listener(self._ring)

    async def listen(self, channel: str) -> None:
        """Ring on every NOTIFY of `channel` from now on. Raises Retryable."""
        with retryable_losses():
            await self.connection.add_listener(channel, self._ring)

    async def wait(self, timeout_s: float) -> None:
        """Return at the first ring since the last wait, or after `timeout_s`.

        Raises Retryable when the connection is gone.
        """
        if not self._stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._rung.wait()
        self._rung.clear()
        if self.connection.is_closed():
            raise Retryable("database_away", "the listening connection was lost")

    def _ring(self, *_: Any) -> None:
        self._rung.set()


@asynccontextmanager
async def bell(database: Database, name: str, stop: asyncio.Event) -> AsyncIterator[Bell]:
    """A bell on its own connection, which also may hold session locks; closed with the block. Raises
    Retryable.
    """
    connection = await database.dedicated_system_connection(name)
    made = Bell(connection, stop)
    stopped = asyncio.create_task(_ring_on(stop, made))
    try:
        yield made
    finally:
        stopped.cancel()
        if not connection.is_closed():
            connection.remove_termination_listener(made._ring)
            with suppress(
                OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError
            ):
                await connection.close(timeout=5)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait `seconds`, or less when `stop` is set meanwhile."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _ring_on(stop: asyncio.Event, made: Bell) -> None:
    await stop.wait()
    made._ring()
