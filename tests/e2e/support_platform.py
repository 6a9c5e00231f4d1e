"""The whole platform as real processes for one test module, with two tenants on it, and what tests ask of it.

Servers are those of the test run (environment, containers or embedded); databases, topics and the data folder
are the module's own and go with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import grpc.aio
import yaml
from amends.intake.v1 import service_pb2 as intake_pb
from amends.intake.v1 import service_pb2_grpc as intake_grpc
from amends.resolution.v1 import service_pb2 as resolution_pb
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc
from prometheus_client.parser import text_string_to_metric_families

from services.chassis import topics
from services.chassis.calling import connect
from services.chassis.parking import dlq_topic
from services.chassis.security import AccessRole
from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import Clients, Secrets
from services.standalone.demo.scenario import Accounts
from services.standalone.demo.setting import META_SECRET, TWILIO_TOKEN, accounts_document
from services.standalone.layout import SERVICES
from services.standalone.servers import ServerSettings
from services.standalone.stack import Stack, StackSettings, stack
from services.standalone.tenants import Employee, KeyRing, apply_accounts, register_employees, role_of

# The first one owns what comes in; the second can be offered it.
STAFF = (
    Employee("ada", "Ada Marsh", duty_owner=True, contact="+44 20 7946 0101", capacity=1000),
    Employee("ben", "Ben Okoro", contact="+44 20 7946 0102", capacity=1000),
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant's addresses, secrets and keys: of a supervisor, of a shop, of each employee."""

    name: str
    accounts: Accounts
    twilio_token: str = TWILIO_TOKEN
    meta_secret: str = META_SECRET
    verify_token: str = ""
    supervisor: str = ""
    shop: str = ""
    employees: Mapping[str, str] = field(default_factory=dict)


HARBOUR = Tenant(
    "harbour",
    Accounts(
        "care@harbour.example", "+442079460100", "+442079460101", "31415", "27182", "AC1", "key-h", "shared-h"
    ),
    verify_token="harbour-verify",
)
MEADOW = Tenant(
    "meadow",
    Accounts(
        "care@meadow.example", "+442079460200", "+442079460201", "16180", "14142", "AC2", "key-m", "shared-m"
    ),
    twilio_token="meadow-twilio-token",
    meta_secret="meadow-meta-secret",
    verify_token="meadow-verify",
)


@dataclass(frozen=True, slots=True)
class Platform:
    """What runs, and the two tenants on it."""

    stack: Stack
    session: aiohttp.ClientSession
    keys: KeyRing
    harbour: Tenant
    meadow: Tenant

    def clients(self, tenant: Tenant) -> Clients:
        """How the tenant's customers and providers reach it."""
        return Clients(
            self.session,
            tenant.accounts,
            Secrets(tenant.twilio_token, tenant.meta_secret, tenant.shop),
            http=self.stack.url("intake.http"),
            smtp=self.stack.address("intake.smtp"),
            tenant=tenant.name,
        )

    def channel(self, service: str, token: str | None) -> grpc.aio.Channel:
        """A gRPC channel to one service; close it."""
        return connect(self.stack.grpc(service), token)

    async def complain(
        self, tenant: Tenant, email: str, text: str = "My seat was wet.", **headers: str
    ) -> str:
        """A complaint by REST; its case id, once resolution has opened the case."""
        post = self.clients(tenant).rest(
            "/v1/complaints",
            {"text": text, "customer": {"email": email, "name": "Cora Lane"}},
            secrets.token_hex(8),
        )
        answer = await self.clients(tenant).send(replace(post, headers={**post.headers, **headers}))
        assert answer.code == 201, answer
        return await self.opened(tenant, str(json.loads(answer.text)["case_id"]))

    async def opened(self, tenant: Tenant, case_id: str) -> resolution_pb.Case:
        """The case once it has an owner."""
        async with self.channel("resolution", tenant.supervisor) as channel:
            stub = resolution_grpc.ResolutionServiceStub(channel)

            async def owned() -> Any:
                try:
                    found = await stub.GetCase(resolution_pb.GetCaseRequest(case_id=case_id))
                except grpc.aio.AioRpcError as error:
                    if error.code() is not grpc.StatusCode.NOT_FOUND:
                        raise
                    return None
                return found if found.owner.employee_id else None

            return await wait_for(owned, 30, what="a case with an owner")

    async def cases_of(self, tenant: Tenant, kind: str, value: str) -> list[str]:
        """The tenant's cases of one party."""
        async with self.channel("intake", tenant.supervisor) as channel:
            request = intake_pb.FindCasesRequest()
            request.party.kind, request.party.value = kind, value
            return list((await intake_grpc.IntakeServiceStub(channel).FindCases(request)).case_ids)

    async def rejected(self, tenant: Tenant) -> list[intake_pb.ListRejectedResponse.Item]:
        """What the tenant's intake refused, newest first."""
        async with self.channel("intake", tenant.supervisor) as channel:
            request = intake_pb.ListRejectedRequest(page_size=500)
            return list((await intake_grpc.IntakeServiceStub(channel).ListRejected(request)).items)

    async def figure(self, service: str, name: str, **labels: str) -> float:
        """The sum of one metric's samples that carry these labels, as /metrics of the service shows them."""
        async with self.session.get(f"{self.stack.url(f'{service}.admin')}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    async def hold_receipts(self) -> None:
        """Have the recording provider report no delivery, so that only what a test sends comes in."""
        url = f"{self.stack.url('provider.http')}/receipts"
        async with self.session.post(url, json={"mode": "hold"}) as answer:
            assert answer.status == 200

    async def sent(self, to: str, after: int = 0, wait: float = 20) -> list[dict[str, Any]]:
        """What the recording provider took for this address, waiting for a first message."""
        query = {"to": to, "wait": str(wait), "after": str(after)}
        async with self.session.get(f"{self.stack.url('provider.http')}/recorded", params=query) as answer:
            messages: list[dict[str, Any]] = (await answer.json())["messages"]
            return messages


@asynccontextmanager
async def platform(
    kafka_bootstrap: str, postgres_url: str, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Platform]:
    """Start everything, set both tenants up, and leave nothing behind."""
    mark = f"e{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="amends-e2e-") as home:
        env = {**os.environ, "AMENDS_HOME": str(Path(home) / "data")}
        servers = replace(
            ServerSettings.from_environment(env), kafka_bootstrap=kafka_bootstrap, database_url=postgres_url
        )
        wanted = StackSettings(
            servers,
            topic_prefix=f"{mark}.",
            database_suffix=f"_{mark}",
            settings={"AMENDS_FOLLOWUP_MAIL_FROM": HARBOUR.accounts.mailbox, **(settings or {})},
            tenant=HARBOUR.name,
        )
        try:
            async with stack(wanted) as running, aiohttp.ClientSession() as session:
                tools = {**env, **running.env}
                async with KeyRing.open(tools) as ring:
                    tenants = [await _settle(one, tools, ring, Path(home)) for one in (HARBOUR, MEADOW)]
                    yield Platform(running, session, ring, *tenants)
        finally:
            await asyncio.gather(_drop_databases(postgres_url, mark), _drop_topics(kafka_bootstrap, mark))


async def _settle(tenant: Tenant, env: Mapping[str, str], ring: KeyRing, folder: Path) -> Tenant:
    """The tenant with its channel accounts, employees and keys in place."""
    file = folder / f"{tenant.name}.yaml"
    file.write_text(yaml.safe_dump(_document(tenant)), encoding="utf-8")
    await apply_accounts(env, file)
    supervisor = await ring.create(tenant.name, AccessRole.SUPERVISOR)
    await register_employees(env["AMENDS_RESOLUTION_GRPC_BIND"], supervisor, STAFF)
    employees = {
        one.employee_id: await ring.create(tenant.name, role_of(one), one.employee_id) for one in STAFF
    }
    shop = await ring.create(tenant.name, AccessRole.INTEGRATION)
    return replace(tenant, supervisor=supervisor, shop=shop, employees=employees)


def _document(tenant: Tenant) -> dict[str, Any]:
    """The accounts file, with the tenant's own secrets."""
    document: dict[str, Any] = accounts_document(tenant.name, tenant.accounts)
    own = {"auth_token": tenant.twilio_token, "app_secret": tenant.meta_secret}
    for account in document["accounts"]:
        for secret in account["secrets"]:
            secret["secret"] = own.get(secret["kind"], secret["secret"])
        if account["provider"] in ("whatsapp", "messenger"):
            account["secrets"].append({"kind": "verify_token", "secret": tenant.verify_token})
    return document


async def _drop_databases(postgres_url: str, mark: str) -> None:
    admin = await asyncpg.connect(postgres_url)
    try:
        for service in SERVICES:
            await admin.execute(f'drop database if exists "amends_{service}_{mark}" with (force)')
    finally:
        await admin.close()


async def _drop_topics(bootstrap: str, mark: str) -> None:
    dead = [dlq_topic(topic.name, group) for topic in topics.load() for group in topic.consumers]
    names = [f"{mark}.{name}" for name in [*(topic.name for topic in topics.load()), *dead]]
    await asyncio.to_thread(topics.remove, bootstrap, names)
