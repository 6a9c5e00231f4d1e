"""One operating-system process of ours: started in its own session, logged, and gone when we are gone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from services.standalone import launch

LineCallback = Callable[[str], None]
_LONGEST_LINE = 1 << 20
_DRAIN_S = 2.0
_ROLL_AT = 16 << 20


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a process runs as; `spec` is the word `launch` understands."""

    spec: str = "self"


SELF = Identity()


def launched(
    argv: Sequence[str], death_signal: signal.Signals = signal.SIGKILL, identity: Identity = SELF
) -> list[str]:
    """`argv` by way of the launcher, for this very process to execute: the program dies with it."""
    launcher = [sys.executable, "-I", "-S", launch.__file__]
    return [*launcher, str(os.getpid()), str(int(death_signal)), identity.spec, *argv]


class Process:
    """A running process. Create with `start`; it leads its own process group, so `stop` takes its children
    too.

    It is tied to the *thread* that started it (PR_SET_PDEATHSIG): start from the main thread's event loop.
    """

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, log: Path, pump: asyncio.Task[None] | None
    ):
        self.name = name
        self.log = log
        self._process = process
        self._pump = pump
        self._swept = False

    @classmethod
    async def start(
        cls,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
        identity: Identity = SELF,
        on_line: LineCallback | None = None,
    ) -> Process:
        """Start `argv` with its output appended to `log`, and given line by line to `on_line` when that is
        set.

        `death_signal` is what the kernel sends it should this process die first. Raises OSError when even the
        launcher cannot be started; a program that does not exist shows as exit status 125.
        """
        _make_room(log)
        output = os.pipe() if on_line else None
        with log.open("ab") as sink, ExitStack() as opened:
            if output:
                opened.callback(os.close, output[1])
            process = await asyncio.create_subprocess_exec(
                *launched(argv, death_signal, identity),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output[1] if output else sink,
                stderr=asyncio.subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        pump = None
        if output and on_line:
            pump = asyncio.create_task(_copy_lines(output[0], log, on_line))
        return cls(name, process, log, pump)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; then the exit status, negative for a signal."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait for the end of the process and of its output; returns the exit status, negative for a signal.

        Whatever is left of its process group then is killed, so that no grandchild stays.
        """
        status = await self._process.wait()
        self._sweep()
        if self._pump is not None:
            # A grandchild that left the group may hold the output open: read what is there, then go on.
            await asyncio.wait({self._pump}, timeout=_DRAIN_S)
        return status

    async def stop(self, with_signal: signal.Signals, timeout_s: float) -> int:
        """Ask with `with_signal`, after `timeout_s` seconds insist with SIGKILL; the exit status."""
        if self._process.returncode is None:
            self._process.send_signal(with_signal)
            try:
                await asyncio.wait_for(self._process.wait(), timeout_s)
            except TimeoutError:
                self._process.kill()
        return await self.wait()

    def _sweep(self) -> None:
        """Kill the group, once and right after its leader: later the number may belong to somebody else."""
        if self._swept:
            return
        self._swept = True
        with suppress(ProcessLookupError):  # the usual case: nobody is left
            os.killpg(self.pid, signal.SIGKILL)

    def tail(self, lines: int = 20) -> str:
        """The last `lines` lines of the log, for an error message."""
        return tail(self.log, lines)


def tail(log: Path, lines: int) -> str:
    """The last `lines` lines of the file `log`; an empty text when there is no such file."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _make_room(log: Path) -> None:
    """See that `log` can be appended to; a long one becomes `<log>.1`, so that logs take bounded space."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _ROLL_AT:
        log.replace(log.with_name(f"{log.name}.1"))


async def _copy_lines(output: int, log: Path, on_line: LineCallback) -> None:
    """Copy what comes from the pipe `output` to `log` and to `on_line`. An overlong line is cut, never an
    error.

    The pipe is ours and not asyncio's, whose `wait` would wait for a grandchild that holds it open.
    """
    stream = asyncio.StreamReader(limit=_LONGEST_LINE)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(output, "rb", 0)
    )
    try:
        with log.open("ab") as sink:
            while line := await _next_line(stream):
                sink.write(line)
                sink.flush()
                on_line(line.decode("utf-8", errors="replace").rstrip("\r\n"))
    finally:
        transport.close()


async def _next_line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.readexactly(overrun.consumed)
