"""The live board: cases with owner, status, clocks and promises, and the story as it happens."""

from __future__ import annotations

import asyncio
import textwrap
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import grpc.aio
from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import events_pb2 as followup_events
from amends.followup.v1 import service_pb2 as followup
from amends.resolution.v1 import events_pb2 as events
from amends.resolution.v1 import service_pb2 as resolution
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from services.standalone.demo.desk import Desk
from services.standalone.waiting import going_on

_LOOK_S = 1.0
_AT_ONCE = 6
_LINES = 7
_FRAME = 3  # the header, the counters, the cursor's line
_COLOUR = {
    events.STATUS_OPEN: "yellow",
    events.STATUS_PROPOSED: "cyan",
    events.STATUS_FIXING: "blue",
    events.STATUS_RESOLVED: "magenta",
    events.STATUS_CLOSED: "green",
}


class Display(Protocol):
    """Where the story is told."""

    def tell(self, line: str) -> None:
        """One line of the story. Never raises, never blocks."""

    async def watch(self, desk: Desk) -> None:
        """Show the cases until cancelled. Survives a service that is away for a moment."""


class PlainDisplay:
    """Lines with the seconds since the start, for pipes and log files."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = datetime.now(UTC)

    def tell(self, line: str) -> None:
        """See Display."""
        elapsed = (datetime.now(UTC) - self._began).total_seconds()
        self._console.print(f"{elapsed:6.1f}  {line}", markup=False, highlight=False, soft_wrap=True)

    async def watch(self, desk: Desk) -> None:
        """See Display; lines need no watching."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the board shows of one case besides the case itself."""

    clock: str = ""
    promise: str = ""


class Board:
    """The terminal's live picture; `open` shows it as long as the block lasts."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._cases: list[resolution.Case] = []
        self._rows: dict[str, Row] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, console: Console) -> AsyncIterator[Board]:
        """Take over the terminal's lower part."""
        with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
            yield cls(live)

    def tell(self, line: str) -> None:
        """See Display."""
        self._lines.append(line)
        self._draw()

    async def watch(self, desk: Desk) -> None:
        """See Display."""
        while going_on():
            try:
                await self._look(desk)
            except grpc.aio.AioRpcError as away:
                self.tell(f"the board cannot see: {away.code().name}")
            self._draw()
            await asyncio.sleep(_LOOK_S)

    async def _look(self, desk: Desk) -> None:
        self._cases = sorted(await desk.cases(), key=lambda case: case.opened_at.ToNanoseconds())
        limit = asyncio.Semaphore(_AT_ONCE)

        async def look_at(case: resolution.Case) -> None:
            async with limit:
                clocks = await desk.clocks(case.case_id)
                promises = await desk.promises(case_id=case.case_id)
                self._rows[case.case_id] = Row(_clock(clocks), _promise(promises))

        await asyncio.gather(*(look_at(case) for case in self._cases if self._changing(case)))

    def _changing(self, case: resolution.Case) -> bool:
        """Nothing is asked any more about what is over."""
        known = self._rows.get(case.case_id)
        return case.status != events.STATUS_CLOSED or known is None or known.promise != "-"

    def _draw(self) -> None:
        told = Group(*(Text(line, style="dim", overflow="ellipsis", no_wrap=True) for line in self._lines))
        self._live.update(Group(self._table(), self._counters(), told), refresh=True)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("customer", "channel", "owner", "status", "first answer", "next promise", "steps"):
            table.add_column(column, no_wrap=True)
        for case in self._shown():
            table.add_row(*self._cells(case))
        return table

    def _shown(self) -> list[resolution.Case]:
        """As many cases as the terminal has room for; what is over leaves first."""
        room = max(self._live.console.height - _LINES - _FRAME, 1)
        over = [case.case_id for case in self._cases if case.status == events.STATUS_CLOSED]
        gone = set(over[: max(len(self._cases) - room, 0)])
        return [case for case in self._cases if case.case_id not in gone][:room]

    def _cells(self, case: resolution.Case) -> list[Text]:
        row = self._rows.get(case.case_id, Row())
        done = sum(step.completed for step in case.steps)
        helpers = f" (+{len(case.helpers)})" if case.helpers else ""
        return [
            Text(textwrap.shorten(case.customer.full_name or "(no name given)", 22, placeholder="...")),
            Text(common.Channel.Name(case.channel).removeprefix("CHANNEL_").lower()),
            Text(case.owner.display_name + helpers),
            Text(status_name(case.status), style=_COLOUR.get(case.status, "")),
            Text(row.clock),
            Text(row.promise),
            Text(f"{done}/{len(case.steps)}"),
        ]

    def _counters(self) -> Text:
        counts = Counter(status_name(case.status) for case in self._cases)
        told = "  ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        return Text(f"{len(self._cases)} cases  {told}", style="bold")


def status_name(status: events.Status) -> str:
    """`open`, `proposed`, ..."""
    return events.Status.Name(status).removeprefix("STATUS_").lower()


def _clock(clocks: list[followup.Clock]) -> str:
    """The sixty seconds of the first human answer."""
    for one in clocks:
        if one.clock == "response_60s":
            if one.HasField("settled_at"):
                took = (one.settled_at.ToNanoseconds() - one.started_at.ToNanoseconds()) / 1e9
                return f"{one.state} {took:.1f} s"
            return f"{one.state} {_seconds_since(one.started_at.ToDatetime(UTC)):.0f} s"
    return ""


def _promise(promises: list[followup.Promise]) -> str:
    """The next thing owed to the customer; "-" when nothing is."""
    pending = [one for one in promises if one.state == "pending"]
    if not pending:
        return "-" if promises else ""
    due = min(pending, key=lambda one: one.due_at.ToNanoseconds())
    circle_back = due.kind == followup_events.PROMISE_KIND_CIRCLE_BACK
    return f"{'circle-back' if circle_back else 'progress'} {_in(due.due_at.ToDatetime(UTC))}"


def _in(due: datetime) -> str:
    seconds = -_seconds_since(due)
    if seconds < 0:
        return "now"
    return f"in {seconds:.0f} s" if seconds < 600 else f"in {seconds / 3600:.1f} h"


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
