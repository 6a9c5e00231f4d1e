"""`amends bench`: the published figures, each from one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

import services
from services.cli.common import errors

CHECKOUT = Path(services.__file__).resolve().parents[1]


def bench(
    name: Annotated[
        str,
        typer.Argument(
            help="classify, commands, commit, clients, footprint, intake, metrics, pipeline, "
            "reply-check, timers"
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    extra: Annotated[list[str] | None, typer.Argument(help="options of the benchmark itself")] = None,
) -> None:
    """Run one benchmark; needs the checkout, because that is where benchmarks live."""
    stem = name.replace("-", "_")
    module = CHECKOUT / "tests" / "bench" / f"{stem}.py"
    if not stem.isidentifier() or not module.exists():
        known = sorted(
            file.stem for file in module.parent.glob("[a-z]*.py") if not file.stem.startswith("test_")
        )
        errors.print(f"amends: no benchmark {name}; there are: {', '.join(known)}", markup=False, style="red")
        raise typer.Exit(2)
    command = [sys.executable, "-m", f"tests.bench.{stem}", *(["--json"] if as_json else []), *(extra or [])]
    raise typer.Exit(subprocess.run(command, cwd=CHECKOUT, check=False).returncode)
