"""`amends keys`: API keys that open every service; only hashes are stored."""

from __future__ import annotations

from typing import Annotated

import typer

from services.chassis.security import AccessRole, key_id_of
from services.cli.common import DEFAULT_TENANT, console, environment, print_json, run
from services.standalone.tenants import KeyRing

app = typer.Typer(help="API keys of people and machines.", no_args_is_help=True)

TenantOption = Annotated[str, typer.Option("--tenant", help="whose key it is")]


@app.command()
def create(
    role: Annotated[AccessRole, typer.Option("--role", help="what the holder is to the tenant")],
    tenant: TenantOption = DEFAULT_TENANT,
    employee: Annotated[str, typer.Option("--employee", help="the employee who acts with it")] = "",
    scope: Annotated[list[str] | None, typer.Option("--scope", help="narrow it to this (repeatable)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Make a key; its token is shown this once and cannot be had again."""
    token = run(_create(tenant, role, employee or None, tuple(scope or ())))
    if as_json:
        print_json({"token": token, "key_id": key_id_of(token), "tenant": tenant, "role": str(role)})
    else:
        console.print(token, markup=False, soft_wrap=True)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="the part between the underscores of the token")],
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """End a key in every service, within ten seconds everywhere."""
    run(_revoke(tenant, key_id))
    console.print(f"{key_id} revoked", markup=False)


async def _create(tenant: str, role: AccessRole, employee: str | None, scopes: tuple[str, ...]) -> str:
    async with KeyRing.open(environment()) as keys:
        return await keys.create(tenant, role, employee, scopes)


async def _revoke(tenant: str, key_id: str) -> None:
    async with KeyRing.open(environment()) as keys:
        await keys.revoke(tenant, key_id)
