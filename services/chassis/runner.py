"""Runs the parts of one process and stops them in the right order.

On SIGTERM or SIGINT: not ready -> pre-stop wait -> each component told to stop and awaited, in the order of
the sequence (servers first, then consumers and timers, the relay last) -> the bootstrap closes pools ->
telemetry is flushed.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.chassis.log import get_logger
from services.chassis.probes import Health

log = get_logger(__name__)

# How long a cancelled component may take to give its connections back before the process ends without it.
CANCEL_TIMEOUT_S = 5.0


class Component(Protocol):
    """One long-running part of a process."""

    @property
    def name(self) -> str:
        """How logs and health call it."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, finish what is in flight, return. Any exception ends the process."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A component from a coroutine function: `Part("relay", relay.run)`."""

    name: str
    work: Callable[[asyncio.Event], Awaitable[None]]

    async def run(self, stop: asyncio.Event) -> None:
        """Hand over to the coroutine function."""
        await self.work(stop)


@dataclass(frozen=True, slots=True)
class _Running:
    name: str
    task: asyncio.Task[None]
    stop: asyncio.Event


async def run(
    service_name: str,
    components: Sequence[Component],
    health: Health,
    *,
    grace_s: float,
    pre_stop_s: float = 0.0,
    stop: asyncio.Event | None = None,
) -> int:
    """Run all components until a signal or `stop`; 0 after a clean stop, 1 when one failed or was cut off.

    A component that returns before it was told to stop counts as failed: the others are stopped, the process
    ends. What is in flight has `grace_s` for all together; a second Ctrl-C ends the wait at once.
    """
    asked, hurry = stop or asyncio.Event(), asyncio.Event()
    running = [_start(component) for component in components]
    try:
        with _signals(asked, hurry):
            health.started()
            log.info("running", service=service_name, count=len(running))
            ended = await _until_asked_or_ended(running, asked)
            log.info("stopping", service=service_name)
            health.stopping()
            if not ended:
                await _wait(hurry, pre_stop_s)
            clean = await _stop_all([one for one in running if one not in ended], grace_s, hurry)
    finally:
        await _cut_off([one for one in running if not one.task.done()])
    exit_code = 0 if clean and not ended else 1
    log.info("stopped", service=service_name, exit_code=exit_code)
    return exit_code


def _start(component: Component) -> _Running:
    stop = asyncio.Event()
    return _Running(component.name, asyncio.create_task(component.run(stop), name=component.name), stop)


@contextlib.contextmanager
def _signals(asked: asyncio.Event, hurry: asyncio.Event) -> Iterator[None]:
    """A supervisor's SIGTERM may follow the terminal's SIGINT: only a second SIGINT means impatience."""
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()

    def on_interrupt() -> None:
        if interrupted.is_set():
            hurry.set()
        interrupted.set()
        asked.set()

    loop.add_signal_handler(signal.SIGTERM, asked.set)
    loop.add_signal_handler(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        loop.remove_signal_handler(signal.SIGINT)


async def _until_asked_or_ended(running: Sequence[_Running], asked: asyncio.Event) -> list[_Running]:
    """Those that ended by themselves, well or badly; normally none."""
    asking = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait([asking, *(one.task for one in running)], return_when=asyncio.FIRST_COMPLETED)
    finally:
        asking.cancel()
    ended = [one for one in running if one.task.done()]
    for one in ended:
        _tell(one, "a component ended before it was told to")
    return ended


async def _wait(hurry: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await hurry.wait()


async def _stop_all(running: Sequence[_Running], grace_s: float, hurry: asyncio.Event) -> bool:
    """Stop one after the other within `grace_s` for all; False when one failed or had to be cut off."""
    deadline = asyncio.get_running_loop().time() + grace_s
    return all([await _stop_one(one, deadline, hurry) for one in running])


async def _stop_one(one: _Running, deadline: float, hurry: asyncio.Event) -> bool:
    one.stop.set()
    impatient = asyncio.create_task(hurry.wait())
    left = max(0.0, deadline - asyncio.get_running_loop().time())
    await asyncio.wait([one.task, impatient], timeout=left, return_when=asyncio.FIRST_COMPLETED)
    impatient.cancel()
    if not one.task.done():
        log.error("a component did not finish in time and is cut off", component=one.name)
        await _cut_off([one])
        return False
    if one.task.cancelled() or one.task.exception() is not None:
        _tell(one, "a component failed while stopping")
        return False
    return True


async def _cut_off(running: Sequence[_Running]) -> None:
    for one in running:
        one.task.cancel()
    if running:
        await asyncio.wait([one.task for one in running], timeout=CANCEL_TIMEOUT_S)


def _tell(one: _Running, what: str) -> None:
    failure = None if one.task.cancelled() else one.task.exception()
    log.error(what, component=one.name, exc_info=failure)
