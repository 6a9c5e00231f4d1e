"""Keep one process running: start it, wait until it serves, start it again when it dies, stop it."""

from __future__ import annotations

import asyncio
import enum
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from services.standalone.errors import StartFailed
from services.standalone.process import Process

_SHORTEST_BACKOFF_S = 0.2
_LONGEST_BACKOFF_S = 5.0
# A process that ran this long is in no crash loop: its next restart waits the shortest time.
_SETTLED_S = 30.0


class Supervised(Protocol):
    """Something that runs as one process of its own and can be started again and again."""

    @property
    def name(self) -> str:
        """Unique among its siblings; names the log file and the events."""

    @property
    def stop_signal(self) -> signal.Signals:
        """What asks it to finish its work and go."""

    @property
    def stop_timeout_s(self) -> float:
        """How long it may take over that, in seconds, before SIGKILL."""

    async def start(self) -> Process:
        """Start the process, not waiting for it to be ready; again after each death. Raises OSError."""

    async def ready(self, process: Process) -> None:
        """Return once `process` serves. Raises StartFailed when it ended or never will."""


class Happened(enum.StrEnum):
    """What an event tells."""

    STARTED = "started"
    READY = "ready"
    DIED = "died"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one process. `detail` is for people; `restarts` is the count so far."""

    happened: Happened
    name: str
    pid: int
    restarts: int = 0
    detail: str = ""


OnEvent = Callable[[Event], None]


def ignore_event(event: Event) -> None:
    """The callback for whoever does not want to know."""


async def ready_or_dead(process: Process, check: Awaitable[None], timeout_s: float) -> None:
    """Await `check`; StartFailed when `process` ends before it, or `timeout_s` seconds pass."""
    ended = asyncio.ensure_future(process.wait())
    checked = asyncio.ensure_future(check)
    try:
        await asyncio.wait({ended, checked}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            raise StartFailed(
                process.name, f"it ended with status {ended.result()}", process.log, process.tail()
            )
        if not checked.done():
            raise StartFailed(process.name, f"not ready within {timeout_s:g} s", process.log, process.tail())
        await checked
    finally:
        for task in (ended, checked):
            task.cancel()


class Keeper:
    """Runs one `Supervised` for as long as the `async with` lasts, restarting it whenever it dies.

    Entering waits until it is ready the first time, and raises StartFailed if it never is. Later deaths are
    reported through `on_event`, counted in `restarts`, and followed by a new start after 0.2 s, doubling to 5
    s.
    """

    def __init__(self, supervised: Supervised, on_event: OnEvent = ignore_event) -> None:
        self._supervised = supervised
        self._on_event = on_event
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self.restarts = 0

    @property
    def name(self) -> str:
        """The name of what is kept."""
        return self._supervised.name

    @property
    def pid(self) -> int | None:
        """The process id of the current incarnation; None between two."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and alive else None

    async def __aenter__(self) -> Keeper:
        try:
            process = await self._start()
        except BaseException:
            await self._stop()
            raise
        self._watch = asyncio.create_task(self._keep(process))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await self._stop()

    async def _start(self) -> Process:
        self._process = process = await self._supervised.start()
        self._tell(Happened.STARTED)
        await self._supervised.ready(process)
        self._tell(Happened.READY)
        return process

    async def _keep(self, process: Process) -> None:
        """Wait for deaths and undo them, for ever."""
        backoff = _SHORTEST_BACKOFF_S
        loop = asyncio.get_running_loop()
        while True:
            since = loop.time()
            status = await process.wait()
            if loop.time() - since > _SETTLED_S:
                backoff = _SHORTEST_BACKOFF_S
            process, backoff = await self._revive(f"status {status}", backoff)

    async def _revive(self, cause: str, backoff: float) -> tuple[Process, float]:
        """Start again until it is ready; returns the new process and the next backoff."""
        while True:
            self.restarts += 1
            self._tell(Happened.DIED, f"{cause}; starting again in {backoff:g} s")
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, _LONGEST_BACKOFF_S)
            try:
                return await self._start(), backoff
            except (StartFailed, OSError) as error:
                # It may be alive without ever getting ready: the next attempt wants the place to itself.
                await self._stop()
                cause = str(error)

    async def _stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._tell(Happened.STOPPING)
        status = await self._process.stop(self._supervised.stop_signal, self._supervised.stop_timeout_s)
        self._tell(Happened.STOPPED, f"status {status}")

    def _tell(self, happened: Happened, detail: str = "") -> None:
        pid = self._process.pid if self._process is not None else 0
        self._on_event(Event(happened, self.name, pid, self.restarts, detail))
