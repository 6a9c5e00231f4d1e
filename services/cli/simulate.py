"""`amends simulate`: a load to size an installation with, and what it showed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.chassis.errors import ConfigError
from services.cli.common import (
    EXIT_INTERRUPTED,
    console,
    environment,
    errors,
    layout,
    print_json,
    run,
)
from services.standalone.servers import ServerSettings
from services.standalone.simulate.crowd import Manners
from services.standalone.simulate.report import show
from services.standalone.simulate.run import Options
from services.standalone.simulate.run import simulate as drive
from services.standalone.simulate.schedule import Pattern, Plan, read_duration, read_mix

FOLDER = "simulate"


def simulate(
    rate: Annotated[float, typer.Option(min=0.01, help="complaints per second on average")] = 2.0,
    mix: Annotated[
        str, typer.Option(help="parts by way: mail, sms, voice, whatsapp, messenger, rest")
    ] = "mail=4,sms=2,voice=1,whatsapp=2,rest=1",
    pattern: Annotated[Pattern, typer.Option(help="how the rate goes over the time")] = Pattern.STEADY,
    duration: Annotated[str, typer.Option(help="how long complaints come, as 90s, 15m, 2h")] = "2m",
    seed: Annotated[int, typer.Option(min=0, help="decides who comes when and what they are like")] = 1,
    employees: Annotated[int, typer.Option(min=0, help="0 = as many as the rate needs")] = 0,
    think: Annotated[
        float, typer.Option(min=0.01, help="median seconds an employee thinks before a step")
    ] = 2.0,
    wrong_first: Annotated[
        float, typer.Option(min=0, max=1, help="share of first replies that the reply check must stop")
    ] = 0.1,
    patience: Annotated[float, typer.Option(min=1, help="seconds a customer stays")] = 120.0,
    as_json: Annotated[bool, typer.Option("--json", help="the report as one JSON object")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="write report.json and report.html into this folder")
    ] = None,
) -> None:
    """Send complaints to the running platform, or to one brought up for it, and report how it bore them.

    Open loop: who comes when is decided beforehand, and all waiting counts from the moment due. Ctrl-C ends
    it with the report so far (exit code 130).
    """
    try:
        plan = Plan(rate, read_duration(duration), read_mix(mix), pattern, seed)
    except ConfigError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    options = Options(plan, Manners(think, wrong_first), employees, patience, report)
    home = layout()
    found = run(drive(options, environment(), home, ServerSettings.apart(home, FOLDER), _progress))
    if as_json:
        print_json(found)
    else:
        show(found, console)
    if found["interrupted"]:
        raise typer.Exit(EXIT_INTERRUPTED)


def _progress(line: str) -> None:
    errors.print(line, markup=False, soft_wrap=True)
