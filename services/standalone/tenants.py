"""A tenant's own things on a running platform: API keys, channel accounts, employees."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml
from amends.resolution.v1 import service_pb2 as resolution
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc

from services.chassis.calling import connect
from services.chassis.db import Database
from services.chassis.errors import ConfigError, NotFound
from services.chassis.security import AccessRole, ApiKeys, new_token
from services.standalone.errors import StandaloneError
from services.standalone.layout import SERVICES


class ToolFailed(StandaloneError):
    """A service's own command ended with an error; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Employee:
    """One person of the tenant; `rank` 0 is the front line, `contact` how a customer reaches them."""

    employee_id: str
    display_name: str
    rank: int = 0
    team: str = ""
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    capacity: int = 10
    duty_owner: bool = False
    contact: str = ""


def read_employees(file: Path) -> list[Employee]:
    """The `employees` of a YAML file, with the fields of Employee. Raises ConfigError when it is wrong."""
    try:
        listed = yaml.safe_load(file.read_text(encoding="utf-8"))["employees"]
        return msgspec.convert(listed, list[Employee])
    except (OSError, yaml.YAMLError, KeyError, TypeError, msgspec.ValidationError) as failure:
        raise ConfigError("bad_employees", f"{file}: {failure}") from failure


def role_of(employee: Employee) -> AccessRole:
    """The front line are agents; whoever stands above them leads a team."""
    return AccessRole.AGENT if employee.rank == 0 else AccessRole.TEAM_LEAD


class KeyRing:
    """API keys in the databases of all services: one key opens each of them."""

    def __init__(self, keys: Mapping[str, ApiKeys]) -> None:
        self._keys = keys

    @classmethod
    @asynccontextmanager
    async def open(cls, env: Mapping[str, str]) -> AsyncIterator[KeyRing]:
        """Connect by AMENDS_<SERVICE>_APP_DSN and _SYSTEM_DSN. Raises ConfigError naming what is missing."""
        async with AsyncExitStack() as opened:
            keys = {}
            for service in SERVICES:
                app, system = (_required(env, service, kind) for kind in ("APP", "SYSTEM"))
                database = Database.open(app, system, name="amends/keys", min_size=0, max_size=2)
                keys[service] = ApiKeys(await opened.enter_async_context(database))
            yield cls(keys)

    async def create(
        self,
        tenant_id: str,
        role: AccessRole | str,
        employee_id: str | None = None,
        scopes: Collection[str] = (),
        *,
        token: str | None = None,
    ) -> str:
        """The same key in every service; its token is shown this once. Raises what ApiKeys.create raises."""
        token = token or new_token()
        for keys in self._keys.values():
            await keys.create(tenant_id, role, employee_id, scopes, token=token)
        return token

    async def revoke(self, tenant_id: str, key_id: str) -> None:
        """End the key everywhere. Raises NotFound when no service has it."""
        missing = 0
        for keys in self._keys.values():
            try:
                await keys.revoke(tenant_id, key_id)
            except NotFound:
                missing += 1
        if missing == len(self._keys):
            raise NotFound("unknown_key", "this tenant has no such key")


def _required(env: Mapping[str, str], service: str, kind: str) -> str:
    name = f"AMENDS_{service.upper()}_{kind}_DSN"
    if not env.get(name):
        raise ConfigError("no_dsn", f"{name} is not set, and no platform runs in this data folder")
    return env[name]


async def register_employees(target: str, token: str, employees: Sequence[Employee]) -> None:
    """Make the tenant's employees known to resolution at `target`, all of them present. Safe to repeat.

    `token` is a supervisor's or integration's key. Raises grpc.aio.AioRpcError.
    """
    async with connect(target, token) as channel:
        stub = resolution_grpc.ResolutionServiceStub(channel)
        for one in employees:
            known = resolution.Employee(
                employee_id=one.employee_id, display_name=one.display_name, rank=one.rank, team=one.team,
                skills=one.skills, languages=one.languages, capacity=one.capacity, present=True,
                duty_owner=one.duty_owner, contact=one.contact,
            )  # fmt: skip
            await stub.RegisterEmployee(resolution.RegisterEmployeeRequest(employee=known))


async def apply_accounts(env: Mapping[str, str], file: Path) -> str:
    """Tell intake the tenant's channel accounts (`file`, see samples/accounts.yaml); what it answered.

    Raises ToolFailed with the reason when the file is wrong or the database away.
    """
    return await run_tool(env, "-m", "services.intake", "accounts", "apply", str(file))


async def run_tool(env: Mapping[str, str], *arguments: str) -> str:
    """Run this Python with `arguments`; its standard output. Raises ToolFailed with its last words."""
    status, output, errors = await call_tool(env, *arguments)
    if status != 0:
        raise ToolFailed(f"{' '.join(arguments[1:3])}: {errors.strip() or output.strip()}")
    return output


async def call_tool(env: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """The same, whatever the exit status: status, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, output.decode(errors="replace"), errors.decode(errors="replace")
