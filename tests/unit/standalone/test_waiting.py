"""Loops that end when they are told to."""

from __future__ import annotations

import asyncio

from services.standalone.waiting import going_on


async def test_a_loop_ends_although_a_library_swallowed_the_cancellation() -> None:
    rounds = asyncio.Queue[int]()

    async def live() -> None:
        while going_on():
            rounds.put_nowait(1)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue  # as wait_for of Python 3.11 does when its result comes in the same moment

    living = asyncio.create_task(live())
    await rounds.get()
    living.cancel()
    await asyncio.wait_for(living, 20)
    assert rounds.empty()
