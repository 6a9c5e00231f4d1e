"""The application: every command and group of `amends`."""

from __future__ import annotations

import typer

from services.cli import dlq, intake, keys, playbook, rules, tenants, topics
from services.cli.bench import bench
from services.cli.demo import demo
from services.cli.digest import digest
from services.cli.doctor import doctor
from services.cli.feedback import feedback
from services.cli.recount import recount
from services.cli.takeover import take_over
from services.cli.up import up

app = typer.Typer(
    name="amends",
    help="Carry a complaint from the first word to confirmed closure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(demo)
app.command()(doctor)
app.command()(recount)
app.command()(digest)
app.command()(feedback)
app.command("import")(take_over)
app.command(context_settings={"ignore_unknown_options": True})(bench)
app.add_typer(topics.app, name="topics")
app.add_typer(dlq.app, name="dlq")
app.add_typer(intake.app, name="intake")
app.add_typer(keys.app, name="keys")
app.add_typer(tenants.app, name="tenants")
app.add_typer(playbook.app, name="playbook")
app.add_typer(rules.policy, name="policy")
app.add_typer(rules.calendar, name="calendar")

if __name__ == "__main__":
    app()
