"""Keep a list of processes running: started in order, restarted when they die, taken down in reverse."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import aiohttp

from services.standalone.keeper import Keeper, OnEvent, Supervised, ignore_event, ready_or_dead
from services.standalone.process import LineCallback, Process
from services.standalone.waiting import until

ReadyCheck = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running, as `Supervised` wants it.

    `ready_check` is a coroutine function that returns when the program serves, or a URL that answers 200
    then; without it the program counts as ready at once. `env` is its whole environment (None: ours).
    """

    name: str
    argv: Sequence[str]
    logs: Path
    env: Mapping[str, str] | None = None
    ready_check: ReadyCheck | str | None = None
    ready_timeout_s: float = 60.0
    stop_timeout_s: float = 10.0
    cwd: Path | None = None
    on_line: LineCallback | None = None
    stop_signal: signal.Signals = signal.SIGTERM

    async def start(self) -> Process:
        """See Supervised."""
        return await Process.start(
            self.name,
            self.argv,
            log=self.logs / f"{self.name}.log",
            env=self.env,
            cwd=self.cwd,
            on_line=self.on_line,
        )

    async def ready(self, process: Process) -> None:
        """See Supervised."""
        if self.ready_check is None:
            return
        url = self.ready_check
        check = _answers_200(url) if isinstance(url, str) else url()
        await ready_or_dead(process, check, self.ready_timeout_s)


class Supervisor:
    """`async with Supervisor(children)`: started in order, each ready before the next; stopped in reverse.

    When one does not become ready, entering stops what it had started and raises StartFailed.
    """

    def __init__(self, children: Sequence[Supervised], on_event: OnEvent = ignore_event) -> None:
        self._keepers = {child.name: Keeper(child, on_event) for child in children}
        self._stack = AsyncExitStack()
        if len(self._keepers) != len(children):
            raise ValueError("two supervised processes have the same name")

    async def __aenter__(self) -> Supervisor:
        async with AsyncExitStack() as starting:
            for keeper in self._keepers.values():
                await starting.enter_async_context(keeper)
            self._stack = starting.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process had to be started again."""
        return {name: keeper.restarts for name, keeper in self._keepers.items()}

    @property
    def pids(self) -> dict[str, int | None]:
        """The current process id of each, None while it is down."""
        return {name: keeper.pid for name, keeper in self._keepers.items()}


async def _answers_200(url: str) -> None:
    """Return when a GET of `url` is answered with 200; ask again until then."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        await until(lambda: _is_200(session, url))


async def _is_200(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
