"""Whatever is killed under load: an accepted complaint is one case with one owner, and figures are right."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import pytest

from services.chassis.testing.waiting import wait_for
from tests.support.checker import Checker
from tests.support.load import Load
from tests.support.platform import Platform

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="session"),
]

SERVICES = ("intake", "resolution", "followup", "metrics")
SERVERS = ("kafka", "postgres")


async def _kill(platform: Platform, name: str) -> None:
    """Kill `name` as soon as it is up, and wait until there is another process in its place."""
    pid = await wait_for(lambda: platform.pid(name), 120, what=f"{name} to be up")
    platform.kill(name)
    await wait_for(lambda: platform.pid(name) not in (None, pid), 120, what=f"{name} to be back")


async def _kill_under(load: Load, platform: Platform, names: list[str], seed: int) -> None:
    """Kill one after the other at random points of the load, which goes on to its end."""
    moments = random.Random(seed)
    running = asyncio.create_task(load.run())
    try:
        for number, name in enumerate(names):
            reached = int(load.count * (number + moments.random()) / (len(names) + 1))
            await wait_for(partial(_is_at, load, reached, running), 120, what="the load to go on")
            assert number or not running.done(), "killed when the load was over"
            await _kill(platform, name)
    finally:
        await running


def _is_at(load: Load, reached: int, running: asyncio.Task[None]) -> bool:
    return load.done >= reached or running.done()


@pytest.mark.parametrize("names", [SERVICES, SERVERS], ids=["services", "servers"])
async def test_whatever_is_killed_under_load_loses_and_doubles_nothing(
    platform: Platform, checker: Checker, names: tuple[str, ...]
) -> None:
    """Each while the one before may not be ready again."""
    under = load(platform, f"k{names[0]}", 40 * (len(names) + 1))
    await _kill_under(under, platform, list(names), seed=7)
    await checker.check()


@pytest.mark.prove
@pytest.mark.timeout(3000)
async def test_two_hundred_kills_lose_and_double_nothing(platform: Platform, checker: Checker) -> None:
    order = random.Random(2026)
    names = [*SERVICES * 44, *SERVERS * 12]
    order.shuffle(names)
    for number in range(0, len(names), 10):
        await _kill_under(load(platform, f"p{number}", 600), platform, names[number : number + 10], number)
        await checker.check()


def load(platform: Platform, mark: str, count: int) -> Load:
    """Complaints that tell this test from the others, slow enough that kills come in the midst of them."""
    return Load(platform.clients, platform.ledger, mark, count, per_s=30)
