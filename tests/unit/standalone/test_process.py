"""A started process is logged, stopped on request, and never outlives whoever started it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from services.standalone.process import Identity, Process
from services.standalone.waiting import until

PYTHON = [sys.executable, "-c"]
OBEDIENT = "import signal; print('up', flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
WITH_CHILD = (
    "import signal, subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "print(child.pid, flush=True)\n"
    "signal.pause()\n"
)


async def is_gone(pid: int) -> bool:
    """Ended: no such process, or a zombie that its new parent has not collected yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


class Lines:
    """Collects the lines of a process; `first` can be awaited."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._some = asyncio.Event()

    def __call__(self, line: str) -> None:
        self.all.append(line)
        self._some.set()

    async def first(self) -> str:
        await asyncio.wait_for(self._some.wait(), 30)
        return self.all[0]


async def start(
    tmp_path: Path, code: str, lines: Lines | None = None, identity: Identity | None = None
) -> Process:
    return await Process.start(
        "p", [*PYTHON, code], log=tmp_path / "p.log", on_line=lines, identity=identity or Identity()
    )


async def test_output_goes_to_the_log_and_line_by_line_to_the_callback(tmp_path: Path) -> None:
    lines = Lines()
    process = await start(tmp_path, "print('one'); print('two', end='')", lines)
    assert await process.wait() == 0
    assert lines.all == ["one", "two"]
    assert (tmp_path / "p.log").read_text() == "one\ntwo"


async def test_a_log_is_appended_to_and_set_aside_when_it_grew_long(tmp_path: Path) -> None:
    for _ in range(2):
        await (await start(tmp_path, "print('line')")).wait()
    log = tmp_path / "p.log"
    assert log.read_text() == "line\nline\n"
    os.truncate(log, (16 << 20) + 1)
    await (await start(tmp_path, "print('line')")).wait()
    assert log.read_text() == "line\n"
    assert (tmp_path / "p.log.1").stat().st_size == (16 << 20) + 1


async def test_a_line_without_end_does_not_stop_the_copying(tmp_path: Path) -> None:
    lines = Lines()
    process = await start(tmp_path, "print('x' * 3_000_000); print('end')", lines)
    await process.wait()
    assert lines.all[-1] == "end"
    assert sum(map(len, lines.all)) == 3_000_003


async def test_a_process_that_heeds_the_signal_is_not_killed(tmp_path: Path) -> None:
    lines = Lines()
    process = await start(tmp_path, OBEDIENT, lines)
    await lines.first()
    assert await process.stop(signal.SIGTERM, 30) == -signal.SIGTERM


async def test_a_process_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    lines = Lines()
    process = await start(tmp_path, DEAF, lines)
    await lines.first()
    assert await process.stop(signal.SIGTERM, 0.1) == -signal.SIGKILL


async def test_grandchildren_go_with_the_process_however_it_ends(tmp_path: Path) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        lines = Lines()
        process = await start(tmp_path, WITH_CHILD, lines)
        grandchild = int(await lines.first())
        os.kill(process.pid, ending)
        await process.wait()
        await asyncio.wait_for(until(lambda pid=grandchild: is_gone(pid)), 30)


async def test_a_program_that_is_not_there_ends_with_a_reason_in_the_log(tmp_path: Path) -> None:
    process = await Process.start("p", ["/no/such/program"], log=tmp_path / "p.log")
    assert await process.wait() == 125
    assert "cannot launch /no/such/program" in process.tail()


STARTER = """
import asyncio, sys
from pathlib import Path
from services.standalone.process import Identity, Process
async def main():
    log, identity = Path(sys.argv[1]), Identity(sys.argv[2])
    p = await Process.start("c", ["sleep", "600"], log=log, identity=identity)
    print(p.pid, flush=True)
    await p.wait()
asyncio.run(main())
"""


def identities() -> list[str]:
    """Every way this user can start a process; the last two are root's."""
    if os.geteuid() != 0:
        return ["self"]
    return ["self", "namespace:65534:65534", "user:65534:65534"]


@pytest.mark.parametrize("identity", identities())
async def test_a_process_dies_with_a_starter_that_was_killed_outright(identity: str, tmp_path: Path) -> None:
    if not await can_launch(identity, tmp_path):
        assert identity.startswith("namespace"), "only user namespaces may be refused"
        return
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, str(tmp_path / "c.log"), identity, stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    child = int(await starter.stdout.readline())

    async def launched() -> bool:
        return Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"sleep")

    await asyncio.wait_for(until(launched), 30)
    starter.kill()
    await starter.wait()
    await asyncio.wait_for(until(lambda: is_gone(child)), 30)


async def can_launch(identity: str, tmp_path: Path) -> bool:
    process = await Process.start("t", ["true"], log=tmp_path / "t.log", identity=Identity(identity))
    return await process.wait() == 0
