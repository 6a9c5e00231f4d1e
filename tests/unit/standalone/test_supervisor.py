"""What dies is started again and reported; what is stopped stops in reverse order and leaves nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.standalone.errors import StartFailed
from services.standalone.keeper import Event, Happened
from services.standalone.ports import free_ports
from services.standalone.supervisor import Child, Supervisor
from services.standalone.waiting import until

SERVE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Handler.asked += 1
        self.send_response(200 if Handler.asked > 2 else 503)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
WAIT = "import signal; signal.pause()"


class Journal:
    """What the supervisor reported, in order; a test can wait for more of it."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def names(self, happened: Happened) -> list[str]:
        return [event.name for event in self.events if event.happened is happened]

    async def until_count(self, happened: Happened, count: int) -> None:
        async def enough() -> bool:
            return len(self.names(happened)) >= count

        await asyncio.wait_for(until(enough), 60)


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., Child]:
    """Makes a child that runs Python code."""

    def make(name: str, code: str = WAIT, *arguments: str, **more: object) -> Child:
        return Child(name, [sys.executable, "-c", code, *arguments], tmp_path, **more)  # type: ignore[arg-type]

    return make


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_children_start_in_order_and_stop_in_reverse(child: Callable[..., Child]) -> None:
    journal = Journal()
    async with Supervisor([child("a"), child("b"), child("c")], journal) as supervisor:
        assert journal.names(Happened.READY) == ["a", "b", "c"]
        pids = [pid for pid in supervisor.pids.values() if pid is not None]
    assert journal.names(Happened.STOPPED) == ["c", "b", "a"]
    assert len(pids) == 3
    assert not any(exists(pid) for pid in pids)


async def test_a_child_is_started_only_when_the_one_before_answers_200(child: Callable[..., Child]) -> None:
    journal = Journal()
    (port,) = free_ports(1)
    web = child("web", SERVE, str(port), ready_check=f"http://127.0.0.1:{port}/readyz")
    async with Supervisor([web, child("next")], journal):
        order = [(event.happened, event.name) for event in journal.events]
    assert order.index((Happened.READY, "web")) < order.index((Happened.STARTED, "next"))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_child_that_dies_is_started_again_reported_and_counted(
    how: signal.Signals, child: Callable[..., Child]
) -> None:
    journal = Journal()
    async with Supervisor([child("steady"), child("mortal")], journal) as supervisor:
        for time in (1, 2):
            victim = supervisor.pids["mortal"]
            assert victim is not None
            os.kill(victim, how)
            await journal.until_count(Happened.READY, 2 + time)
            assert supervisor.pids["mortal"] not in (None, victim)
        assert supervisor.restarts == {"steady": 0, "mortal": 2}
    died = [event for event in journal.events if event.happened is Happened.DIED]
    assert [(event.name, event.restarts) for event in died] == [("mortal", 1), ("mortal", 2)]
    assert f"status -{int(how)}" in died[0].detail


async def test_a_crash_loop_waits_longer_each_time(child: Callable[..., Child], tmp_path: Path) -> None:
    journal = Journal()
    good_once = (
        "import pathlib, signal, sys\n"
        "flag = pathlib.Path(sys.argv[1])\n"
        "if flag.exists(): sys.exit(3)\n"
        "flag.touch(); signal.pause()"
    )

    async def flagged() -> None:
        async def there() -> bool:
            return (tmp_path / "flag").exists()

        await until(there)

    looping = child("looping", good_once, str(tmp_path / "flag"), ready_check=flagged)
    async with Supervisor([looping], journal) as supervisor:
        pid = supervisor.pids["looping"]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await journal.until_count(Happened.DIED, 4)
    waits = [
        event.detail.rpartition(" in ")[2] for event in journal.events if event.happened is Happened.DIED
    ]
    assert waits[:4] == ["0.2 s", "0.4 s", "0.8 s", "1.6 s"]


async def test_a_child_that_ends_before_it_is_ready_fails_the_start_with_its_own_words(
    child: Callable[..., Child],
) -> None:
    journal = Journal()
    never = child("broken", "import sys; sys.exit('no licence')", ready_check="http://127.0.0.1:1/readyz")
    with pytest.raises(StartFailed, match=r"broken did not start: it ended with status 1") as caught:
        async with Supervisor([child("first"), never], journal):
            pytest.fail("it cannot run")
    assert "no licence" in caught.value.tail
    assert journal.names(Happened.STOPPED) == ["first"]


async def test_a_child_that_is_never_ready_fails_the_start_and_is_stopped(
    child: Callable[..., Child],
) -> None:
    journal = Journal()
    slow = child("slow", WAIT, ready_check="http://127.0.0.1:1/readyz", ready_timeout_s=0.2)
    with pytest.raises(StartFailed, match=r"slow did not start: not ready within 0\.2 s"):
        async with Supervisor([slow], journal):
            pytest.fail("it cannot run")
    assert not exists(journal.events[0].pid)


async def test_two_children_of_one_name_are_a_mistake(child: Callable[..., Child]) -> None:
    with pytest.raises(ValueError, match="same name"):
        Supervisor([child("a"), child("a")])


INTERRUPTIBLE = """
import asyncio, sys
from pathlib import Path
from services.standalone.interrupt import run_until_stopped
from services.standalone.supervisor import Child, Supervisor
def child(name):
    return Child(name, [sys.executable, "-c", "import signal; signal.pause()"], Path(sys.argv[1]))
def tell(event):
    print(event.happened, event.name, event.pid, flush=True)
async def main():
    async with Supervisor([child("a"), child("b")], tell):
        print("running", flush=True)
        await asyncio.Event().wait()
assert run_until_stopped(main()) is None
print("left in order", flush=True)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_ctrl_c_sigterm_and_a_closed_terminal_stop_everything_in_order(
    sent: signal.Signals, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INTERRUPTIBLE, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines: list[str] = []
    while (line := (await process.stdout.readline()).decode().strip()) != "running":
        lines.append(line)
    for _ in range(3):  # an impatient person presses it again
        process.send_signal(sent)
    rest = (await process.stdout.read()).decode().splitlines()
    assert await process.wait() == 0
    assert [line.split()[:2] for line in rest if line.startswith("stopped")] == [
        ["stopped", "b"],
        ["stopped", "a"],
    ]
    assert rest[-1] == "left in order"
    pids = [int(line.split()[2]) for line in lines if line.startswith("started")]
    assert len(pids) == 2
    assert not any(exists(pid) for pid in pids)


async def test_a_killed_supervisor_leaves_no_child(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INTERRUPTIBLE, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    pids: list[int] = []
    while (line := (await process.stdout.readline()).decode().strip()) != "running":
        if line.startswith("started"):
            pids.append(int(line.split()[2]))
    process.kill()
    await process.wait()

    async def all_gone() -> bool:
        states = [Path(f"/proc/{pid}/stat") for pid in pids]
        return all(not state.exists() or ") Z " in state.read_text() for state in states)

    assert len(pids) == 2
    await asyncio.wait_for(until(all_gone), 30)
