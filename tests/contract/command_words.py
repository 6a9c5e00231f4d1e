"""The commands that a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.cli.main import command as named


def demand_known(words: Sequence[str]) -> None:
    """`amends` with these words is a command, and has the options among them."""
    command: Any = named(words[0])
    rest = list(words[1:])
    while hasattr(command, "get_command"):
        command = command.get_command(None, rest.pop(0))
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known
