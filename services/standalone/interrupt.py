"""Ctrl-C, SIGTERM and a closed terminal mean "stop in good order": what runs is cancelled, once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_until_stopped(main: Coroutine[Any, Any, T]) -> T | None:
    """`asyncio.run(main)`; returns None when a signal stopped it.

    The first signal cancels `main`, whose context managers then stop what they started. Later signals change
    nothing: every stop in this package has its own time limit, and an impatient second Ctrl-C must not leave
    processes behind.
    """
    return asyncio.run(_interruptible(main))


async def _interruptible(main: Coroutine[Any, Any, T]) -> T | None:
    task = asyncio.ensure_future(main)
    signalled = False

    def stop() -> None:
        nonlocal signalled
        if not signalled:
            signalled = True
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not signalled:
            raise
        return None
