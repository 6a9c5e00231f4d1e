"""The runner: starts together, stops in order, never hides a failure."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from services.chassis.probes import Health
from services.chassis.runner import Part, run

Work = Callable[[asyncio.Event], Awaitable[None]]


class Story:
    """What happened, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def part(self, name: str, *, fails: Exception | None = None, hangs: bool = False) -> Part:
        async def work(stop: asyncio.Event) -> None:
            self.told.append(f"{name} runs")
            await stop.wait()
            self.told.append(f"{name} stops")
            if fails is not None:
                raise fails
            try:
                await asyncio.Event().wait() if hangs else None
            finally:
                self.told.append(f"{name} ended")

        return Part(name, work)


async def test_components_stop_one_after_the_other_in_their_order() -> None:
    story, health, stop = Story(), Health(), asyncio.Event()
    health.on_stopping(lambda: story.told.append("unready"))
    parts = [story.part("server"), story.part("consumer"), story.part("relay")]
    running = asyncio.create_task(run("x", parts, health, grace_s=5, stop=stop))
    stop.set()
    assert await running == 0
    assert story.told[-7:] == [
        "unready",
        "server stops", "server ended",
        "consumer stops", "consumer ended",
        "relay stops", "relay ended",
    ]  # fmt: skip


async def test_sigterm_stops_the_process_cleanly() -> None:
    story, health = Story(), Health()
    running = asyncio.create_task(run("x", [story.part("a")], health, grace_s=5))
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    assert story.told == ["a runs", "a stops", "a ended"]
    assert (await health.ready())["not_stopping"] is False


async def test_a_component_that_fails_ends_the_process_and_the_others_still_finish() -> None:
    async def fail(stop: asyncio.Event) -> None:
        raise RuntimeError("broken")

    story = Story()
    assert await run("x", [story.part("a"), Part("b", fail), story.part("c")], Health(), grace_s=5) == 1
    assert story.told[-4:] == ["a stops", "a ended", "c stops", "c ended"]


async def test_a_component_that_just_returns_counts_as_failed() -> None:
    async def leave(stop: asyncio.Event) -> None:
        return

    assert await run("x", [Part("b", leave)], Health(), grace_s=5) == 1


async def test_a_failure_while_stopping_is_not_hidden_and_stops_nobody_else() -> None:
    story, stop = Story(), asyncio.Event()
    stop.set()
    parts = [story.part("a", fails=ValueError("late")), story.part("b")]
    assert await run("x", parts, Health(), grace_s=5, stop=stop) == 1
    assert story.told[-2:] == ["b stops", "b ended"]


async def test_what_does_not_finish_in_time_is_cut_off_and_the_rest_still_gets_its_turn() -> None:
    story, stop = Story(), asyncio.Event()
    stop.set()
    parts = [story.part("slow", hangs=True), story.part("b")]
    assert await run("x", parts, Health(), grace_s=0.05, stop=stop) == 1
    assert story.told[-4:] == ["slow stops", "slow ended", "b stops", "b ended"]


async def test_a_second_interrupt_ends_the_patience() -> None:
    story, health = Story(), Health()
    running = asyncio.create_task(run("x", [story.part("slow", hangs=True)], health, grace_s=3600))
    await asyncio.sleep(0)
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
    assert await running == 1
    assert story.told[-1] == "slow ended"


async def test_a_supervisors_sigterm_after_an_interrupt_is_not_impatience() -> None:
    release, stopping = asyncio.Event(), asyncio.Event()

    async def careful(stop: asyncio.Event) -> None:
        await stop.wait()
        stopping.set()
        await release.wait()

    running = asyncio.create_task(run("x", [Part("careful", careful)], Health(), grace_s=3600))
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGINT)
    await stopping.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    release.set()
    assert await running == 0


async def test_unready_comes_before_the_wait_and_the_wait_before_the_first_stop() -> None:
    story, health, stop = Story(), Health(), asyncio.Event()
    health.on_stopping(lambda: story.told.append("unready"))
    stop.set()
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await run("x", [story.part("a")], health, grace_s=5, pre_stop_s=0.05, stop=stop) == 0
    assert loop.time() - began >= 0.05
    assert story.told == ["a runs", "unready", "a stops", "a ended"]


async def test_when_the_runner_itself_is_cancelled_nothing_runs_on() -> None:
    story = Story()
    running = asyncio.create_task(run("x", [story.part("a")], Health(), grace_s=5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [task for task in asyncio.all_tasks() if task.get_name() == "a"] == []
