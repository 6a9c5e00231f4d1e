"""Wait for what cannot be awaited, because it is outside this process: a port, a lock, another's pid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], every_s: float = 0.05) -> None:
    """Return once `holds()` says yes; asked every `every_s` seconds. The caller sets the time limit."""
    while True:
        if await holds():
            return
        await asyncio.sleep(every_s)
