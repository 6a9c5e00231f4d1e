"""What the commands share: how to reach a running platform, how to fail, how to print."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console

from services.chassis.errors import AmendsError, ConfigError
from services.standalone.errors import StandaloneError
from services.standalone.interrupt import run_until_stopped
from services.standalone.layout import Layout
from services.standalone.stackfile import read_stack_file

T = TypeVar("T")

DEFAULT_TENANT = "main"
TOKEN_VARIABLE = "AMENDS_TOKEN"  # noqa: S105 - the name of a variable
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

# Into a pipe or a file tables are as wide as they like.
_WIDE = None if sys.stdout.isatty() else 132
console = Console(highlight=False, width=_WIDE)
errors = Console(stderr=True, highlight=False)


def layout() -> Layout:
    """The data folder that the environment names, else `.amends` in the current folder."""
    return Layout.from_environment(os.environ, Path.cwd())


def environment() -> dict[str, str]:
    """The variables of the platform to work on: our own environment wins over what `amends up` left."""
    own = {name: value for name, value in os.environ.items() if value}
    return {**read_stack_file(layout()), **own}


def needed(env: Mapping[str, str], name: str) -> str:
    """One variable of the platform; ConfigError when it is not there."""
    if not env.get(name):
        raise ConfigError("not_running", f"{name} is not set, and no `amends up` runs in {layout().home}")
    return env[name]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end; a known failure or Ctrl-C ends the program with one clear message.

    Exit code 1 for a failure, 130 when interrupted.
    """
    ended = run_until_told(work)
    if ended is None:
        raise typer.Exit(EXIT_INTERRUPTED)
    return ended[0]


def run_until_told(work: Coroutine[Any, Any, T]) -> tuple[T] | None:
    """The same for work that a signal ends in good order: None then, else what it returned."""
    try:
        return run_until_stopped(_finished(work))
    except BaseExceptionGroup as several:
        fail(several.exceptions[0])
    except Exception as failure:  # noqa: BLE001 - what is not known is raised again
        fail(failure)


async def _finished(work: Coroutine[Any, Any, T]) -> tuple[T]:
    """A result that cannot be mistaken for "stopped by a signal"."""
    return (await work,)


def fail(failure: BaseException) -> NoReturn:
    """Say what went wrong, in the failure's own words, and end with exit code 1.

    A failure we do not know keeps its trace.
    """
    if _is_a(failure, "AioRpcError"):
        call: Any = failure
        text = f"{call.code().name}: {call.details()}"
    elif isinstance(failure, StandaloneError | AmendsError | OSError) or _is_a(failure, "KafkaError"):
        text = str(failure)
    else:
        raise failure
    errors.print(f"amends: {text}", markup=False, style="red", soft_wrap=True)
    raise typer.Exit(EXIT_FAILED)


def _is_a(failure: BaseException, error: str) -> bool:
    """Told by name: libraries of clients take up to a second to import, and few commands need each."""
    return error in (base.__name__ for base in type(failure).__mro__)


def print_json(value: object) -> None:
    """One JSON value on one line of standard output."""
    typer.echo(json.dumps(value, default=str))
