"""`amends tenants`: a tenant with its channel accounts and employees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.chassis.security import AccessRole
from services.cli.common import console, environment, needed, print_json, run
from services.standalone.tenants import (
    Employee,
    KeyRing,
    apply_accounts,
    read_employees,
    register_employees,
    role_of,
)

app = typer.Typer(help="Tenants: channel accounts, employees and their keys.", no_args_is_help=True)


@app.command()
def create(
    tenant: Annotated[str, typer.Argument(help="its id, for example: main")],
    employees: Annotated[Path, typer.Option("--employees", help="YAML list of the tenant's people")],
    accounts: Annotated[
        Path | None, typer.Option("--accounts", help="YAML for intake: channel accounts")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Register employees and channel accounts, and make a key for each employee (shown this once)."""
    tokens = run(_create(tenant, read_employees(employees), accounts))
    if as_json:
        print_json({"tenant": tenant, "keys": tokens})
        return
    for employee, token in tokens.items():
        console.print(f"{employee:<20} {token}", markup=False, soft_wrap=True)


async def _create(tenant: str, people: list[Employee], accounts: Path | None) -> dict[str, str]:
    env = environment()
    if accounts is not None:
        await apply_accounts(env, accounts)
    async with KeyRing.open(env) as keys:
        lead = await keys.create(tenant, AccessRole.SUPERVISOR)
        await register_employees(needed(env, "AMENDS_RESOLUTION_GRPC_BIND"), lead, people)
        return {"(supervisor)": lead} | {
            one.employee_id: await keys.create(tenant, role_of(one), one.employee_id) for one in people
        }
