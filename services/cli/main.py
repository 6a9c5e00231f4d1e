"""The application: every command and group of `amends`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command as made

# Name: where it is. Only what is called is imported: all of it takes seconds.
_COMMANDS = {
    "up": "up:up",
    "demo": "demo:demo",
    "simulate": "simulate:simulate",
    "doctor": "doctor:doctor",
    "recount": "recount:recount",
    "metrics": "metrics:app",
    "digest": "digest:digest",
    "feedback": "feedback:feedback",
    "preferences": "preferences:app",
    "import": "takeover:take_over",
    "bench": "bench:bench",
    "topics": "topics:app",
    "dlq": "dlq:app",
    "intake": "intake:app",
    "keys": "keys:app",
    "tenants": "tenants:app",
    "playbook": "playbook:app",
    "policy": "rules:policy",
    "calendar": "rules:calendar",
}
_SETTINGS: dict[str, dict[str, Any]] = {"bench": {"ignore_unknown_options": True}}


class _Commands(TyperGroup):
    """Finds a command by its name, when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"services.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(cmd_name, context_settings=_SETTINGS.get(cmd_name))(found)
            found = alone
        command = made(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Commands,
    name="amends",
    help="Carry a complaint from the first word to confirmed closure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _amends() -> None:
    """Without one, an application of no commands of its own cannot be made."""


if __name__ == "__main__":
    app()
