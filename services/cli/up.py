"""`amends up`: the platform on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from services.chassis.security import AccessRole, new_token
from services.cli.common import DEFAULT_TENANT, console, errors, print_json, run_until_told
from services.standalone.keeper import Event, Happened
from services.standalone.servers import ServerSettings
from services.standalone.stack import Stack, StackSettings, stack
from services.standalone.stackfile import write_private
from services.standalone.tenants import KeyRing

# Set, an operator's own providers are used, and the recording one is not started.
PROVIDER_VARIABLE = "AMENDS_FOLLOWUP_SMTP"
_LISTENS = (
    ("REST, webhooks", "intake.http", "http://"),
    ("SMTP", "intake.smtp", ""),
    ("LMTP", "intake.lmtp", ""),
    *((f"{name} gRPC", f"{name}.grpc", "") for name in ("intake", "resolution", "followup", "metrics")),
    *((f"{name} probes", f"{name}.admin", "http://") for name in ("intake", "resolution", "followup")),
    ("metrics /metrics", "metrics.admin", "http://"),
)


def up(
    fresh: Annotated[bool, typer.Option("--fresh", help="empty the embedded servers' data first")] = False,
    kafka: Annotated[
        str, typer.Option("--kafka", envvar="KAFKA_BOOTSTRAP", help="use this Kafka, start none")
    ] = "",
    database: Annotated[
        str, typer.Option("--database", envvar="DATABASE_URL", help="use this PostgreSQL (superuser URL)")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object once everything is up")] = False,
) -> None:
    """Start Kafka, PostgreSQL and every service, and keep them running until Ctrl-C."""
    run_until_told(_up(stack_settings(kafka, database, fresh=fresh), as_json=as_json))


def stack_settings(kafka: str, database: str, *, fresh: bool) -> StackSettings:
    """What the options ask for; data lies where AMENDS_HOME says, else in `.amends`."""
    env = {**os.environ, "KAFKA_BOOTSTRAP": kafka, "DATABASE_URL": database}
    servers = ServerSettings.from_environment(env, fresh=fresh)
    return StackSettings(
        replace(servers, env=_inherited()),
        topic_prefix=os.environ.get("AMENDS_TOPIC_PREFIX", ""),
        provider=not os.environ.get(PROVIDER_VARIABLE),
    )


def _inherited() -> dict[str, str]:
    """Our environment without empty variables, which would hide what is planned."""
    return {name: value for name, value in os.environ.items() if value}


async def _up(settings: StackSettings, *, as_json: bool) -> None:
    async with stack(settings, progress, on_event) as running:
        token_file = await bootstrap_key(running, settings.layout.run / "api-key")
        if as_json:
            print_json(facts(running, token_file))
        else:
            _tell(running, token_file)
        await asyncio.Event().wait()  # until a signal cancels it


def progress(line: str) -> None:
    """One step of the start."""
    errors.print(line, markup=False, soft_wrap=True)


def on_event(event: Event) -> None:
    """Deaths are news; the rest is in the logs."""
    if event.happened is Happened.DIED:
        errors.print(f"{event.name} died: {event.detail}", markup=False, style="red", soft_wrap=True)
    elif event.happened is Happened.READY and event.restarts:
        errors.print(f"{event.name} is back (restart {event.restarts})", markup=False, style="yellow")
    elif event.happened is Happened.READY:
        errors.print(f"{event.name} is ready (pid {event.pid})", markup=False)


async def bootstrap_key(running: Stack, file: Path) -> Path:
    """A supervisor's key of the tenant "main" that opens every service, made once and kept in `file`."""
    if not file.exists():
        write_private(file, new_token())
    async with KeyRing.open(running.env) as keys:
        token = file.read_text(encoding="ascii").strip()
        await keys.create(DEFAULT_TENANT, AccessRole.SUPERVISOR, token=token)
    return file


def facts(running: Stack, token_file: Path) -> dict[str, object]:
    """Where everything listens, for programs."""
    ports = running.plan.ports
    listeners = {name: ports.address(name) for _, name, _ in _LISTENS}
    if running.plan.provider:
        listeners |= {name: ports.address(name) for name in ("provider.http", "provider.smtp")}
    return {
        "kafka": running.servers.bootstrap,
        "listeners": listeners,
        "pids": running.pids,
        "tenant": DEFAULT_TENANT,
        "api_key_file": str(token_file),
        "logs": str(running.plan.logs),
    }


def _tell(running: Stack, token_file: Path) -> None:
    ports = running.plan.ports
    lines = [(what, f"{scheme}{ports.address(name)}") for what, name, scheme in _LISTENS]
    lines.append(("Kafka", running.servers.bootstrap))
    if running.plan.provider:
        lines.append(("what is sent", f"{ports.url('provider.http')}/recorded (no provider is configured)"))
    lines += [("API key", f"in {token_file} (tenant {DEFAULT_TENANT})"), ("logs", str(running.plan.logs))]
    for what, where in lines:
        console.print(f"  {what:<18} {where}", markup=False, soft_wrap=True)
    console.print("Running. Ctrl-C stops everything; the data stays.", style="bold")
