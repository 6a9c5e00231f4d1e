"""`amends recount`: the same figures from the journals, compared with what the stream says."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.common import DEFAULT_TENANT, TOKEN_VARIABLE, environment, errors, layout, run
from services.standalone.tenants import call_tool


def recount(
    tenant: Annotated[str, typer.Option("--tenant", help="whose figures")] = DEFAULT_TENANT,
    since: Annotated[str, typer.Option(help="windows from here on, ISO 8601; a day begins in UTC")] = "",
    until: Annotated[str, typer.Option(help="windows before this")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Recompute the figures from PostgreSQL and compare; exit code 1 when they are not equal.

    Metrics is asked with the key in AMENDS_TOKEN, else with the one `amends up` made.
    """
    env = environment()
    key_file = layout().run / "api-key"
    if not env.get(TOKEN_VARIABLE) and tenant == DEFAULT_TENANT and key_file.exists():
        env[TOKEN_VARIABLE] = key_file.read_text(encoding="ascii").strip()
    options = ["--tenant", tenant, *(["--json"] if as_json else [])]
    options += [*(["--since", since] if since else []), *(["--until", until] if until else [])]
    status, output, complaint = run(call_tool(env, "-m", "services.metrics", "recount", *options))
    typer.echo(output, nl=False)
    if status != 0 and complaint:
        errors.print(complaint.rstrip(), markup=False, soft_wrap=True)
    raise typer.Exit(status)
