"""`amends playbook`: check a playbook before a tenant follows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import environment, errors, run
from services.standalone.tenants import call_tool

app = typer.Typer(help="Playbooks: recovery procedures as data.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `check` a command of its own name while it is the only one."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="a playbook in YAML", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Say what is wrong with a playbook, by line and column; exit code 1 when anything is."""
    options = ["--json"] if as_json else []
    tool = call_tool(environment(), "-m", "services.resolution", "check-playbook", *options, "--", str(file))
    status, output, complaint = run(tool)
    typer.echo(output, nl=False)
    if complaint:
        errors.print(complaint.rstrip(), markup=False, soft_wrap=True)
    raise typer.Exit(status)
