"""`amends` as an operator runs it: a process and a data folder of its own, watched from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.support_platform import Platform, platform
from tests.e2e.support_sink import Sink, sink
from tests.e2e.support_spans import Collected, collector

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class House:
    """The platform of all tests that leave it whole, the mail server its mail goes out to, and the collector
    that it reports its traces to."""

    platform: Platform
    mails: Sink
    spans: Collected


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def house(kafka_bootstrap: str, postgres_url: str) -> AsyncIterator[House]:
    """Every trace is sampled, and sent soon; the limit for one sender is proven elsewhere; nothing comes back
    from the recording provider but what a test sends."""
    async with sink() as mails, collector() as spans:
        settings = {
            "AMENDS_INTAKE_SENDER_LIMIT": "0",
            "AMENDS_FOLLOWUP_SMTP": mails.address,
            "OTEL_EXPORTER_OTLP_ENDPOINT": spans.url,
            "AMENDS_TRACE_RATIO": "1",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        async with platform(kafka_bootstrap, postgres_url, settings) as running:
            await running.hold_receipts()
            yield House(running, mails, spans)


class Command:
    """One run of `amends`; its output is read line by line, and it is ended by `interrupt` or `kill`."""

    def __init__(self, home: Path, *arguments: str) -> None:
        # Servers of its own, whatever the test run itself uses.
        env = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
        self.home = home
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.cli.main", *arguments],
            cwd=ROOT,
            env={**env, "AMENDS_HOME": str(home), "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, word: str) -> str:
        """The first line with `word` in it; fails when the process ends before."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)
            if word in line:
                return line
        raise AssertionError(f"ended without {word!r}:\n{self.output}")

    @property
    def output(self) -> str:
        """Everything read so far."""
        return "".join(self.lines)

    @property
    def pid(self) -> int:
        """Of the command itself; its children are tied to it."""
        return self._process.pid

    def interrupt(self) -> int:
        """Ctrl-C; the exit code once it has ended."""
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> int:
        """What no process can catch; the exit code."""
        self._process.kill()
        return self.wait()

    def wait(self) -> int:
        """Read to the end; the exit code."""
        assert self._process.stdout is not None
        self.lines.extend(self._process.stdout)
        return self._process.wait()

    def end(self) -> None:
        """Leave nothing of this run behind, however the test ended."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its children are tied to it
                self._process.communicate()
                raise
        elif self._process.stdout is not None:
            self._process.stdout.close()


_NOT_OURS = ("KAFKA_BOOTSTRAP", "DATABASE_URL", "AMENDS_HOME", "AMENDS_TOKEN")


class Commands:
    """Starts commands in one data folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.started: list[Command] = []

    def __call__(self, *arguments: str) -> Command:
        """Start `amends` with these arguments."""
        self.started.append(Command(self.home, *arguments))
        return self.started[-1]


@pytest.fixture
def amends(tmp_path: Path) -> Iterator[Commands]:
    """`amends("up")`: started, and ended with the test."""
    commands = Commands(tmp_path / "home")
    yield commands
    for command in commands.started:
        command.end()


def processes_of(home: Path) -> list[str]:
    """Command lines of living processes that have this data folder in their arguments or environment."""
    found = []
    needle = os.fsencode(home)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and folder.name != str(os.getpid()) and any(needle in text for text in told):
            found.append(told[0].replace(b"\0", b" ").decode(errors="replace"))
    return found
