"""`amends doctor`: what this machine lacks, and how to get it."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from services.cli.common import console, layout, print_json, run
from services.standalone.doctor import Finding, check


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="findings as one JSON list")] = False,
) -> None:
    """Look at everything one command needs; exit code 1 when something required is missing."""
    findings = run(check(layout(), os.environ))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _tell(finding)
    if any(finding.required and not finding.ok for finding in findings):
        raise typer.Exit(1)


def _tell(finding: Finding) -> None:
    mark, style = ("ok", "green") if finding.ok else (("no", "red") if finding.required else ("--", "yellow"))
    console.print(f"[{style}]{mark}[/] {finding.name:<18}", end="", soft_wrap=True)
    console.print(finding.detail, markup=False, soft_wrap=True)
    if finding.remedy:
        console.print(f"{'':<22}{finding.remedy}", markup=False, soft_wrap=True)
