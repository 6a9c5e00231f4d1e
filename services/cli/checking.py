"""A data file checked by the service that reads it: the same words, whichever file it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import typer

from services.cli.common import environment, errors, run
from services.standalone.tenants import call_tool


def check_file(service: str, what: str, file: Path, *, as_json: bool, more: Sequence[str] = ()) -> NoReturn:
    """Say what the service's own check `what` says of `file`, and end with its exit code."""
    options = [*more, *(["--json"] if as_json else [])]
    tool = call_tool(environment(), "-m", f"services.{service}", what, *options, "--", str(file))
    status, output, complaint = run(tool)
    typer.echo(output, nl=False)
    if complaint:
        errors.print(complaint.rstrip(), markup=False, soft_wrap=True)
    raise typer.Exit(status)
