"""Turns: bounded per tenant and source, in order, and nothing is left behind by those who give up."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.testing.waiting import wait_for
from services.intake.app.turns import Crowded, Shares, Turns

Where = tuple[str, str]


class Room:
    """Work that stays until it is told to go, and what was inside at once."""

    def __init__(self, shares: Shares) -> None:
        self.turns = Turns(shares)
        self.inside: list[Where] = []
        self.most: Counter[Where | str] = Counter()
        self.done: list[int] = []
        self.go = asyncio.Event()

    async def work(self, where: Where, number: int = 0) -> None:
        async with self.turns.taken(*where):
            self.inside.append(where)
            now = Counter(self.inside) + Counter(tenant for tenant, _ in self.inside)
            self.most |= now
            try:
                await self.go.wait()
            finally:
                self.inside.remove(where)
        self.done.append(number)


async def test_one_who_floods_leaves_room_for_other_sources_and_other_tenants() -> None:
    room = Room(Shares(tenant=4, source=2))
    tasks = [asyncio.create_task(room.work(("noisy", "sms"))) for _ in range(50)]
    await wait_for(lambda: len(room.inside) == 2)
    tasks += [asyncio.create_task(room.work(where)) for where in (("noisy", "mail"), ("quiet", "sms"))]
    await wait_for(lambda: len(room.inside) == 4)
    assert {("noisy", "mail"), ("quiet", "sms")} <= set(room.inside)
    room.go.set()
    await asyncio.gather(*tasks)
    assert room.most["noisy", "sms"] == 2


async def test_turns_come_in_the_order_of_coming() -> None:
    room = Room(Shares(tenant=1, source=1))
    tasks = [asyncio.create_task(room.work(("t", "s"), number)) for number in range(20)]
    room.go.set()
    await asyncio.gather(*tasks)
    assert room.done == list(range(20))


async def test_too_many_waiting_or_waiting_too_long_is_crowded() -> None:
    room = Room(Shares(tenant=1, source=1, waiting=1, wait_s=0.05))
    first = asyncio.create_task(room.work(("t", "s")))
    await wait_for(lambda: len(room.inside) == 1)
    second = asyncio.create_task(room.work(("t", "s")))
    await wait_for(lambda: room.turns._waiting.get("t") == 1)
    with pytest.raises(Crowded):
        await room.work(("t", "other"))
    with pytest.raises(Crowded):
        await second
    room.go.set()
    await first


@pytest.mark.parametrize("who_first", ["the one who gives up", "the one who leaves"])
async def test_giving_up_in_the_moment_the_turn_comes_passes_it_on(who_first: str) -> None:
    room = Room(Shares(tenant=1, source=1))
    first, second, third = (asyncio.create_task(room.work(("t", "s"), number)) for number in range(3))
    await wait_for(lambda: room.turns._waiting.get("t") == 2)
    if who_first == "the one who gives up":
        second.cancel()
        first.cancel()
    else:
        first.cancel()
        second.cancel()
    room.go.set()
    await third
    told = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(one) for one in told] == [asyncio.CancelledError] * 2
    assert room.done == [2]
    assert room.turns._gates == {}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans()), max_size=30))
@settings(max_examples=60, deadline=None)
def test_whoever_gives_up_leaves_no_place_taken(callers: list[tuple[str, str, bool]]) -> None:
    async def run() -> None:
        room = Room(Shares(tenant=2, source=1))
        tasks = []
        for tenant, source, stays in callers:
            tasks.append((asyncio.create_task(room.work((tenant, source))), stays))
            await asyncio.sleep(0)
        for task, stays in tasks:
            if not stays:
                task.cancel()
        room.go.set()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert len(room.done) >= sum(stays for _, stays in tasks)
        assert (room.turns._gates, room.turns._waiting) == ({}, {})
        assert all(room.most[tenant] <= 2 for tenant in "ab")

    asyncio.run(run())
