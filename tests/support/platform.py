"""The whole platform as its own processes over its own servers, to be broken: what tests of faults run on."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp

from services.chassis.security import AccessRole
from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import Clients, Secrets
from services.standalone.demo.desk import Desk, Targets
from services.standalone.demo.scenario import Accounts
from services.standalone.plan import PROVIDER_SECRETS, PROVIDER_TWILIO_SID
from services.standalone.servers import ServerSettings
from services.standalone.stack import Stack, StackSettings, stack
from services.standalone.tenants import Employee, KeyRing, apply_accounts, register_employees
from tests.support.ledger import ClientLedger

TENANT = "main"
_CHECKOUT = Path(__file__).resolve().parents[2]
_ACCOUNTS = _CHECKOUT / "samples" / "accounts.yaml"
_READY_S = 90.0
# The same accounts as in samples/accounts.yaml.
OURS = Accounts(
    mailbox="care@harbour.example",
    number="+442079460100",
    sms_number="+442079460101",
    whatsapp_id="314159265358979",
    page_id="271828182845904",
    twilio_sid=PROVIDER_TWILIO_SID,
    shared_key_id="webhooks_sharedkey_demo",
    shared_key="recorded-twilio-shared-key",
)
_EMPLOYEES = [
    Employee(f"e{number}", f"Employee {number}", capacity=100_000, duty_owner=number == 0)
    for number in range(4)
]


@dataclass
class Platform:
    """A running platform, its clients, and what they did so far."""

    stack: Stack
    clients: Clients
    ledger: ClientLedger
    session: aiohttp.ClientSession
    token: str
    env: dict[str, str]  # of the services' databases, for the operator's commands
    tenant: str = TENANT
    poison: set[tuple[str, str, int, int]] = field(default_factory=set)  # topic, group, partition, offset

    async def beside(self, tenant: str) -> Platform:
        """The same processes, as another tenant with employees of its own sees them."""
        async with KeyRing.open(self.env) as keys:
            token = await keys.create(tenant, AccessRole.SUPERVISOR)
        await register_employees(self.stack.grpc("resolution"), token, _EMPLOYEES)
        return replace(self, token=token, tenant=tenant)

    def kill(self, name: str) -> None:
        """End a service, "kafka" or "postgres" as a power cut would: SIGKILL, no good-bye."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def pid(self, name: str) -> int | None:
        """Its process id now, None while it is down."""
        servers = self.stack.servers
        if name == "kafka":
            return servers.kafka.keeper.pid if servers.kafka else None
        if name == "postgres":
            return servers.postgres.keeper.pid if servers.postgres else None
        return self.stack.pids[name]

    async def ready(self, name: str) -> None:
        """Wait until a service says that it can work."""

        async def answers() -> bool:
            try:
                async with self.session.get(f"{self.stack.url(f'{name}.admin')}/readyz") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

        await wait_for(answers, _READY_S, what=f"readiness of {name}")

    @asynccontextmanager
    async def desk(self, employee_id: str = "") -> AsyncIterator[Desk]:
        """The desk of an employee, or a supervisor's."""
        token = self.token
        if employee_id:
            async with KeyRing.open(self.env) as keys:
                token = await keys.create(self.tenant, AccessRole.AGENT, employee_id)
        services = ("intake", "resolution", "followup", "metrics")
        targets = Targets(*map(self.stack.grpc, services))
        async with Desk.open(targets, token) as opened:
            yield opened

    async def figure(self, service: str, name: str, **labels: str) -> float:
        """The sum of a counter's series with these labels, as a scrape of the service sees it."""
        async with self.session.get(f"{self.stack.url(f'{service}.admin')}/metrics") as response:
            lines = (await response.text()).splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith(f"{name}{{") and all(one in line for one in wanted)
        )

    async def all_ready(self) -> None:
        """Wait until every service says that it can work."""
        await asyncio.gather(*(self.ready(name) for name in self.stack.pids))


@asynccontextmanager
async def platform(home: Path) -> AsyncIterator[Platform]:
    """Everything started, one tenant with accounts and employees. Servers of its own, whatever the
    environment names, because they are going to be killed.
    """
    own = {
        name: value for name, value in os.environ.items() if name not in ("KAFKA_BOOTSTRAP", "DATABASE_URL")
    }
    servers = ServerSettings.from_environment({**own, "AMENDS_HOME": str(home / "data")})
    settings = StackSettings(ServerSettings(servers.layout, servers.env, keep=False), tenant=TENANT)
    async with stack(settings) as running, aiohttp.ClientSession() as session:
        env = {**own, **running.env}
        await apply_accounts(env, _ACCOUNTS)
        async with KeyRing.open(env) as keys:
            token = await keys.create(TENANT, AccessRole.SUPERVISOR)
        await register_employees(running.grpc("resolution"), token, _EMPLOYEES)
        secrets = Secrets(
            PROVIDER_SECRETS["AMENDS_PROVIDER_TWILIO_AUTH_TOKEN"],
            PROVIDER_SECRETS["AMENDS_PROVIDER_META_APP_SECRET"],
            token,
        )
        clients = Clients(
            session,
            OURS,
            secrets,
            http=running.url("intake.http"),
            smtp=running.address("intake.smtp"),
            tenant=TENANT,
        )
        ledger = ClientLedger(home / "ledger.jsonl")
        try:
            yield Platform(running, clients, ledger, session, token, env)
        finally:
            ledger.close()
