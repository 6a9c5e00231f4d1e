"""Reading a body that may be too large, so that the sender also hears that it was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Message, Receive, Scope

from services.chassis.errors import Retryable
from services.chassis.http import BodyTooLarge, read_body

# Closing on a sender that is still sending resets the connection, and the 413 with it: so a little more is
# read and dropped first. Whoever sends much more than that is not waiting for an answer.
DRAIN_BYTES = 8 * 1024 * 1024
DRAIN_S = 5.0
# Mails come before it is known who sends them, and whole: so many bytes may be held for all of them together.
HELD_LIMIT = 256 * 1024 * 1024


class Held:
    """How much of bodies is in memory, over all requests: more than the limit is sent away, to come again.
    Half of it is the most that those at one place (a tenant's hooks) may hold.
    """

    def __init__(self, limit: int = HELD_LIMIT) -> None:
        self._limit = limit
        self.size = 0
        self._of: Counter[str] = Counter()

    @contextmanager
    def counting(self, receive: Receive, place: str = "") -> Iterator[Receive]:
        """`receive`, counted until the block ends; it raises Retryable("busy") when too much is held."""
        own = 0

        async def counted() -> Message:
            nonlocal own
            message = await receive()
            size = len(message.get("body", b""))
            own, self.size = own + size, self.size + size
            self._of[place] += size
            if self.size > self._limit or (place and self._of[place] > self._limit // 2):
                raise Retryable("busy", "too much is being received at once")
            return message

        try:
            yield counted
        finally:
            self.size -= own
            self._of[place] -= own
            if not self._of[place]:
                del self._of[place]


async def whole_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The raw body. Raises BodyTooLarge after dropping what still came, and what `read_body` raises."""
    try:
        return await read_body(scope, receive, limit)
    except BodyTooLarge:
        await _drain(receive)
        raise


async def _drain(receive: Receive) -> None:
    dropped, more = 0, True
    try:
        async with asyncio.timeout(DRAIN_S):
            while more and dropped < DRAIN_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                more = message["type"] == "http.request" and message.get("more_body", False)
    except TimeoutError:
        return
