"""`amends demo` without the command line: bring everything up, play, sum up, take everything down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from services.standalone.demo.board import Board, Display, PlainDisplay
from services.standalone.demo.ledger import Ledger
from services.standalone.demo.play import USUAL_SPEED, Cast, cast, play, settings_for
from services.standalone.demo.scenario import Scenario, load
from services.standalone.demo.setting import Keys, set_the_stage
from services.standalone.demo.summary import show, summarize, survey
from services.standalone.keeper import Event, Happened
from services.standalone.servers import ServerSettings
from services.standalone.stack import Stack, StackSettings, stack

# How long the stories may take: their own time and the circle-backs', several times over.
_PATIENCE_S = 180.0
_DAYS = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for: `speed` compresses the days between circle-backs, `seed` decides how long people
    think, `report` gets the summary as JSON, `stay` keeps everything up afterwards.
    """

    speed: float = USUAL_SPEED
    seed: int = 1
    plain: bool = False
    stay: bool = False
    report: Path | None = None


Farewell = Callable[[Stack, Keys], Awaitable[None]]


async def demonstrate(
    servers: ServerSettings,
    options: Options,
    console: Console,
    judged: Callable[[bool], object],
    farewell: Farewell,
) -> None:
    """The whole demonstration; `judged` hears whether every invariant holds. Nothing is left running.

    `farewell` is awaited before everything goes down when `stay` was asked for.
    """
    scenario = load()
    before = PlainDisplay(console)
    settings = StackSettings(
        servers,
        settings=settings_for(options.speed, scenario.accounts),
        tenant=scenario.tenant,
    )
    async with stack(settings, before.tell, _news(before)) as running:
        env = {**servers.env, **running.env}
        keys = await set_the_stage(env, scenario, settings.layout.run)
        people, customers = len(scenario.employees), len(scenario.stories)
        before.tell(f"{people} employees are at work, {customers} customers are not happy")
        judged(await _perform(running, scenario, keys, options, console, env))
        if options.stay:
            await farewell(running, keys)


async def _perform(
    running: Stack,
    scenario: Scenario,
    keys: Keys,
    options: Options,
    console: Console,
    env: Mapping[str, str],
) -> bool:
    began = asyncio.get_running_loop().time()
    ledger = Ledger()
    async with cast(running, scenario, keys, ledger, options.seed) as company:
        async with _display(console, plain=options.plain or not console.is_terminal) as display:
            ledger.tell = display.tell
            await _watched(company, display, _PATIENCE_S + _DAYS / options.speed)
        for name, restarts in running.restarts.items():
            if restarts:
                ledger.surprise(f"{name} had to be started again {restarts} times")
        world = await survey(company, env, keys.supervisor)
        summary = await summarize(company, world, asyncio.get_running_loop().time() - began)
    show(summary, console)
    _write(summary, options.report)
    return bool(summary["holds"])


async def _watched(company: Cast, display: Display, patience_s: float) -> None:
    watching = asyncio.ensure_future(display.watch(company.supervisor))
    try:
        await play(company, patience_s)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@asynccontextmanager
async def _display(console: Console, *, plain: bool) -> AsyncIterator[Display]:
    if plain:
        yield PlainDisplay(console)
        return
    async with Board.open(console) as board:
        yield board


def _news(display: Display) -> Callable[[Event], None]:
    """A service that dies in a demonstration is news."""

    def tell(event: Event) -> None:
        if event.happened is Happened.DIED:
            display.tell(f"{event.name} died: {event.detail}")
        elif event.happened is Happened.READY:
            display.tell(f"{event.name} is ready")

    return tell


def _write(summary: Mapping[str, Any], report: Path | None) -> None:
    if report is not None:
        report.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
