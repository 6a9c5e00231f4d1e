"""Wait for what cannot be awaited, because it is outside this process: a port, a lock, another's pid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


def going_on() -> bool:
    """False once this task was told to end: what a loop asks before its next round.

    Until Python 3.12 asyncio.wait_for, which libraries use, forgets a cancellation that comes in the same
    moment as its result (python/cpython#86296), and a loop without end would then never end.
    """
    task = asyncio.current_task()
    return task is None or not task.cancelling()


async def until(holds: Callable[[], Awaitable[bool]], every_s: float = 0.05) -> None:
    """Return once `holds()` says yes; asked every `every_s` seconds. The caller sets the time limit."""
    while True:
        if await holds():
            return
        await asyncio.sleep(every_s)
