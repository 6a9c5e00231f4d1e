"""The application: every command and group of `amends`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as made

# Name: where it is, and what the list of all says of it. Only what is called is imported: all of it takes
# seconds.
_COMMANDS = {
    "up": (
        "up:up",
        "Start Kafka, PostgreSQL and every service, and keep them running until Ctrl-C.",
    ),
    "demo": (
        "demo:demo",
        "Bring everything up in a data folder of its own, play the demonstration, check it from outside.",
    ),
    "simulate": (
        "simulate:simulate",
        "Send complaints to the running platform, or to one brought up for it, and report how it bore them.",
    ),
    "doctor": (
        "doctor:doctor",
        "Look at everything one command needs; exit code 1 when something required is missing.",
    ),
    "recount": (
        "recount:recount",
        "Recompute the figures from PostgreSQL and compare; exit code 1 when they are not equal.",
    ),
    "metrics": (
        "metrics:app",
        "Ask for the figures: points, ranges, groups, the highest; live; as CSV or Parquet.",
    ),
    "digest": (
        "digest:digest",
        "Show the promises that are overdue or due, the customers who wait, and who is covered for.",
    ),
    "feedback": (
        "feedback:feedback",
        "Show NPS, CSAT, CES and the rest of what customers answered, each with its n and 95 % interval.",
    ),
    "preferences": (
        "preferences:app",
        "How a customer wants to be reached.",
    ),
    "import": (
        "takeover:take_over",
        "Take over a backlog; to go on after an interruption run it again. Exit code 1 with rejected rows.",
    ),
    "bench": (
        "bench:bench",
        "Run one benchmark; needs the checkout, because that is where benchmarks live.",
    ),
    "topics": (
        "topics:app",
        "Topics of the platform (protos/topics.yaml).",
    ),
    "dlq": (
        "dlq:app",
        "Records that could not be processed.",
    ),
    "intake": (
        "intake:app",
        "What comes in, what was refused, and the way back.",
    ),
    "keys": (
        "keys:app",
        "API keys of people and machines.",
    ),
    "tenants": (
        "tenants:app",
        "Register employees and channel accounts, and make a key for each employee (shown this once).",
    ),
    "playbook": (
        "playbook:app",
        "Playbooks: recovery procedures as data.",
    ),
    "policy": (
        "rules:policy",
        "Policies: which clocks run on a case, as data.",
    ),
    "calendar": (
        "rules:calendar",
        "Calendars: by whose hours clocks count.",
    ),
}
_SETTINGS: dict[str, dict[str, Any]] = {"bench": {"ignore_unknown_options": True}}


class _Commands(TyperGroup):
    """Imports a command when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """What there is to say of it in a list."""
        return TyperCommand(cmd_name, help=_COMMANDS[cmd_name][1]) if cmd_name in _COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and command(str(found.name)), rest


def command(name: str) -> Any:
    """The command, or the group of commands, of this name."""
    module, _, member = _COMMANDS[name][0].partition(":")
    found = getattr(import_module(f"services.cli.{module}"), member)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name, context_settings=_SETTINGS.get(name))(found)
        found = alone
    whole = made(found)
    whole.name = name
    return whole


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
