"""`amends demo`: real complaints from six channels to their closure, and what held."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import EXIT_FAILED, EXIT_INTERRUPTED, console, layout, run_until_told
from services.standalone.demo.play import USUAL_SPEED
from services.standalone.demo.run import Options, demonstrate
from services.standalone.demo.setting import Keys
from services.standalone.servers import ServerSettings
from services.standalone.stack import Stack

FOLDER = "demo"


def demo(
    speed: Annotated[
        float, typer.Option(min=1, help="how much faster than life the days between circle-backs pass")
    ] = USUAL_SPEED,
    seed: Annotated[int, typer.Option(help="decides how long people think and type")] = 1,
    stay: Annotated[bool, typer.Option("--stay", help="keep everything up afterwards, until Ctrl-C")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="lines instead of the live board")] = False,
    report: Annotated[
        Path | None, typer.Option("--json", help="write the summary to this file as JSON")
    ] = None,
) -> None:
    """Bring everything up in a data folder of its own, play the demonstration, check it from outside.

    Exit code 1 when anything that must hold does not.
    """
    options = Options(speed=speed, seed=seed, plain=plain, stay=stay, report=report)
    judged: list[bool] = []
    run_until_told(
        demonstrate(ServerSettings.apart(layout(), FOLDER), options, console, judged.append, _farewell)
    )
    if not judged:
        raise typer.Exit(EXIT_INTERRUPTED)
    if not judged[0]:
        raise typer.Exit(EXIT_FAILED)


async def _farewell(running: Stack, keys: Keys) -> None:
    for line in (
        f"Still up: REST and webhooks at {running.url('intake.http')},",
        f"what was sent at {running.url('provider.http')}/recorded,",
        f"supervisor's key {keys.supervisor}",
    ):
        console.print(line, markup=False, soft_wrap=True)
    console.print("Ctrl-C stops everything.", style="bold")
    await asyncio.Event().wait()
