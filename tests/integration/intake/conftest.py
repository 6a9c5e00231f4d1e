"""Intake, whole and running inside the test, on a database and topics of its own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio
from amends.intake.v1 import events_pb2

from services.chassis import runner
from services.chassis.clock import SystemClock
from services.chassis.db import Connection, Database
from services.chassis.envelope import EventRegistry
from services.chassis.http import HttpServer
from services.chassis.probes import Health
from services.chassis.provision import Dsns
from services.chassis.rpc import RpcServer
from services.chassis.security import ApiKeys
from services.chassis.service import Role
from services.chassis.testing.fixtures import DsnsFor
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.registration import register_account
from services.intake.adapters.smtp import MailServer
from services.intake.bootstrap import bootstrap
from services.intake.config import Settings
from services.intake.domain.records import Channel

TENANT = "harbour"
OTHER = "meadow"
BASE = "https://intake.example"
TOKEN = "twilio-token"
SHARED_KEY = "twilio-shared-key"
APP_SECRET = "meta-app-secret"
THREAD_SECRET = "thread-secret"
REGISTRY = EventRegistry(events_pb2)

ACCOUNTS = [
    ChannelAccount(TENANT, "mail", "care@harbour.example", Channel.EMAIL),
    ChannelAccount(TENANT, "mail", "billing@harbour.example", Channel.EMAIL),
    ChannelAccount(OTHER, "mail", "care@meadow.example", Channel.EMAIL),
    ChannelAccount(
        TENANT,
        "twilio",
        "+442079460100",
        Channel.PHONE,
        {},
        (Secret("auth_token", TOKEN), Secret("shared_key", SHARED_KEY, "key-1")),
    ),
    ChannelAccount(
        TENANT,
        "twilio",
        "+442079460102",
        Channel.PHONE,
        {"voice_answer": "conference"},
        (Secret("auth_token", TOKEN),),
    ),
    ChannelAccount(TENANT, "twilio", "+442079460101", Channel.SMS, {}, (Secret("auth_token", TOKEN),)),
    ChannelAccount(
        TENANT,
        "whatsapp",
        "31415",
        Channel.WHATSAPP,
        {},
        (Secret("app_secret", APP_SECRET), Secret("verify_token", "verify-me")),
    ),
    ChannelAccount(TENANT, "messenger", "27182", Channel.MESSENGER, {}, (Secret("app_secret", APP_SECRET),)),
    ChannelAccount(OTHER, "whatsapp", "16180", Channel.WHATSAPP, {}, (Secret("app_secret", "other-secret"),)),
]


@dataclass
class Intake:
    """The running service and what a test asks of it."""

    database: Database
    http_url: str
    grpc_target: str
    smtp_port: int
    lmtp_port: int
    token: str
    other_token: str
    session: aiohttp.ClientSession
    stop: Callable[[], Any] = field(repr=False)

    async def post(
        self, path: str, body: bytes | Mapping[str, Any], token: str | None = None, **headers: str
    ) -> tuple[int, Any]:
        """POST to REST; status and decoded answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if token != "":
            sent["authorization"] = f"Bearer {token or self.token}"
        async with self.session.post(self.http_url + path, data=data, headers=sent) as answer:
            return answer.status, json.loads(await answer.read() or b"null")

    async def twilio(
        self, path: str, form: Mapping[str, str], *, signature: str | None = None, tenant: str = TENANT
    ) -> tuple[int, str]:
        """A form as Twilio posts and signs it."""
        target = f"/v1/hooks/{tenant}/twilio/{path}"
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": twilio_signature(BASE + target, form) if signature is None else signature,
        }
        body = urlencode(form).encode()
        async with self.session.post(self.http_url + target, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def meta(
        self, channel: str, payload: Any, *, secret: str = APP_SECRET, tenant: str = TENANT
    ) -> tuple[int, str]:
        """JSON as Meta posts and signs it."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
        url = f"{self.http_url}/v1/hooks/{tenant}/{channel}"
        async with self.session.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def journal(self, tenant: str = TENANT) -> list[tuple[str, str, Any]]:
        """Everything said so far: (short type, key, message), in order."""
        rows = await self.fetch("select type, key, payload from journal order by position", tenant=tenant)
        return [
            (
                row["type"].rpartition(".")[2],
                row["key"],
                REGISTRY.message_class(row["type"]).FromString(row["payload"]),
            )
            for row in rows
        ]

    async def said(self, type_name: str, tenant: str = TENANT) -> list[Any]:
        """The messages of one type."""
        return [message for kind, _, message in await self.journal(tenant) if kind == type_name]

    async def fetch(self, query: str, *args: Any, tenant: str = TENANT) -> list[Any]:
        """Rows as the tenant sees them."""
        connection: Connection
        async with self.database.transaction([tenant]) as connection:
            return list(await connection.fetch(query, *args))


def twilio_signature(url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature as Twilio computes it, written down independently of the library under test."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


@asynccontextmanager
async def running(
    dsns: Dsns, role: Role, kafka_bootstrap: str = "", prefix: str = "", **further: Any
) -> AsyncIterator[Intake]:
    """The service in `role`, with its accounts and a key of each tenant."""
    settings = Settings(
        kafka_bootstrap=kafka_bootstrap,
        app_dsn=dsns.app,
        system_dsn=dsns.system,
        topic_prefix=prefix,
        http_bind="127.0.0.1:0",
        smtp_bind="127.0.0.1:0",
        lmtp_bind="127.0.0.1:0",
        public_base_url=BASE,
        thread_secrets=(THREAD_SECRET,),
        **further,
    )
    stop, health = asyncio.Event(), Health()
    async with (
        Database.open(dsns.app, dsns.system, name="test") as database,
        aiohttp.ClientSession() as session,
    ):
        for account in ACCOUNTS:
            await register_account(database, account, SystemClock().now())
        keys = ApiKeys(database)
        token, other = await keys.create(TENANT, "integration"), await keys.create(OTHER, "integration")
        async with bootstrap(settings, role, health) as components:
            work = asyncio.create_task(runner.run("intake", components, health, grace_s=10.0, stop=stop))
            http = next(one.port for one in components if isinstance(one, HttpServer))
            grpc = next(one.port for one in components if isinstance(one, RpcServer))
            smtp, lmtp = (one.port for one in components if isinstance(one, MailServer))
            yield Intake(
                database,
                f"http://127.0.0.1:{http}",
                f"127.0.0.1:{grpc}",
                smtp,
                lmtp,
                token,
                other,
                session,
                stop.set,
            )
            stop.set()
            assert await work == 0


@pytest.fixture(autouse=True)
def _known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that a test registers while the service runs is known to its next request."""
    monkeypatch.setattr("services.intake.adapters.accounts.MISS_TTL", timedelta(0))


@pytest_asyncio.fixture
async def intake(dsns_for: DsnsFor) -> AsyncIterator[Intake]:
    """The service with all its servers; what it says stays in its journal."""
    async with running(await dsns_for("intake"), Role.SERVE) as served:
        yield served


@pytest_asyncio.fixture
async def publishing_intake(
    dsns_for: DsnsFor, kafka_bootstrap: str, topic_prefix: str
) -> AsyncIterator[Intake]:
    """The service with its relay too."""
    async with running(await dsns_for("intake"), Role.RUN, kafka_bootstrap, topic_prefix) as served:
        yield served
