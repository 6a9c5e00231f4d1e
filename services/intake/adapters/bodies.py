"""Reading a body that may be too large, so that the sender also hears that it was."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope

from services.chassis.http import BodyTooLarge, read_body

# Closing on a sender that is still sending resets the connection, and the 413 with it: so a little more is
# read and dropped first. Whoever sends much more than that is not waiting for an answer.
DRAIN_BYTES = 8 * 1024 * 1024
DRAIN_S = 5.0


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
