"""`amends policy` and `amends calendar`: check a file before cases follow it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import environment, errors, run
from services.standalone.tenants import call_tool

policy = typer.Typer(help="Policies: which clocks run on a case, as data.", no_args_is_help=True)
calendar = typer.Typer(help="Calendars: by whose hours clocks count.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="a file in YAML", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object")]


@policy.command("check")
def check_policy(
    file: FileArgument,
    received: Annotated[str, typer.Option(help="when a complaint came, for its due times; now")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with a policy, by line and column, or what would be due when; exit code 1 when
    anything is. Its calendars lie beside it or ship with us."""
    _check("check-policy", file, as_json, ["--received", received] if received else [])


@calendar.command("check")
def check_calendar(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say what is wrong with a calendar, by line and column; exit code 1 when anything is."""
    _check("check-calendar", file, as_json, [])


def _check(what: str, file: Path, as_json: bool, options: list[str]) -> None:
    options += ["--json"] if as_json else []
    tool = call_tool(environment(), "-m", "services.followup", what, *options, "--", str(file))
    status, output, complaint = run(tool)
    typer.echo(output, nl=False)
    if complaint:
        errors.print(complaint.rstrip(), markup=False, soft_wrap=True)
    raise typer.Exit(status)
