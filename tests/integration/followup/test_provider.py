"""The recording provider speaks as the real ones do: answers, refusals, and receipts that verify."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import aiohttp
import pytest_asyncio
from aiohttp import web
from twilio.request_validator import RequestValidator

from services.chassis.testing.waiting import wait_for
from services.standalone.provider import Provider, ProviderSettings, provider
from services.standalone.provider.receipts import Hooks

AUTH = {"Authorization": aiohttp.encode_basic_auth("AC1", "token")}
BEARER = {"Authorization": "Bearer recorded"}
SMS = {"To": "+351910000001", "From": "+351210000001", "Body": "Olá, Ana"}


@dataclass
class Hooked:
    """A webhook that notes what it is sent; answers 503 as often as told."""

    url: str = ""
    refuse: int = 0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        self.got.append((request.path, dict(request.headers), await request.read()))
        return web.Response(status=204)


@asynccontextmanager
async def hooked() -> AsyncIterator[Hooked]:
    hook = Hooked()
    app = web.Application()
    app.router.add_post("/{path:.*}", hook.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield hook
    finally:
        await runner.cleanup()


@dataclass
class Side:
    """A provider, its client and where its receipts go."""

    provider: Provider
    http: aiohttp.ClientSession
    hook: Hooked

    @property
    def sms(self) -> str:
        return f"{self.provider.url}/2010-04-01/Accounts/AC1/Messages.json"


@pytest_asyncio.fixture
async def side() -> AsyncIterator[Side]:
    async with hooked() as hook, aiohttp.ClientSession() as http:
        hooks = Hooks(f"{hook.url}/whatsapp", f"{hook.url}/messenger", "token", "secret")
        async with provider(ProviderSettings(hooks=hooks)) as running:
            yield Side(running, http, hook)


async def test_twilio_takes_a_message_and_its_receipts_verify(side: Side) -> None:
    callback = f"{side.hook.url}/status?x=1"
    async with side.http.post(side.sms, data={**SMS, "StatusCallback": callback}, headers=AUTH) as answer:
        assert answer.status == 201
        sid = (await answer.json())["sid"]
    await wait_for(lambda: len(side.hook.got) == 2)
    statuses = []
    for _, headers, body in side.hook.got:
        form = dict(parse_qsl(body.decode()))
        assert RequestValidator("token").validate(callback, form, headers["X-Twilio-Signature"])
        assert form["MessageSid"] == sid
        statuses.append(form["MessageStatus"])
    assert statuses == ["sent", "delivered"]


async def test_twilio_lists_what_it_took_and_refuses_strangers_and_gaps(side: Side) -> None:
    await (await side.http.post(side.sms, data=SMS, headers=AUTH)).read()
    async with side.http.get(side.sms, params={"To": SMS["To"], "From": SMS["From"]}, headers=AUTH) as answer:
        assert [one["body"] for one in (await answer.json())["messages"]] == ["Olá, Ana"]
    async with side.http.post(side.sms, data=SMS) as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, 20003)
    async with side.http.post(side.sms, data={**SMS, "Body": ""}, headers=AUTH) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 21602)


async def test_metas_receipts_verify_and_are_posted_again_until_taken(side: Side) -> None:
    side.hook.refuse = 1
    url = f"{side.provider.url}/v23.0/555/messages"
    message = {"messaging_product": "whatsapp", "to": "351910000002", "text": {"body": "Olá"}}
    async with side.http.post(url, json=message, headers=BEARER) as answer:
        wamid = (await answer.json())["messages"][0]["id"]
    await wait_for(lambda: len(side.hook.got) == 2)
    for (path, headers, body), status in zip(side.hook.got, ("sent", "delivered"), strict=True):
        assert path == "/whatsapp"
        digest = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
        assert headers["X-Hub-Signature-256"] == f"sha256={digest}"
        (told,) = json.loads(body)["entry"][0]["changes"][0]["value"]["statuses"]
        assert (told["id"], told["status"]) == (wamid, status)


async def test_messenger_answers_with_its_ids_and_reports_the_delivery(side: Side) -> None:
    url = f"{side.provider.url}/v23.0/page-1/messages"
    message = {"recipient": {"id": "psid"}, "messaging_type": "RESPONSE", "message": {"text": "Olá"}}
    async with side.http.post(url, json=message, headers=BEARER) as answer:
        told = await answer.json()
    assert told["recipient_id"] == "psid"
    await wait_for(lambda: side.hook.got)
    event = json.loads(side.hook.got[0][2])["entry"][0]["messaging"][0]
    assert event["delivery"]["mids"] == [told["message_id"]]


async def test_receipts_can_be_held_and_let_go(side: Side) -> None:
    control = f"{side.provider.url}/receipts"
    await (await side.http.post(control, json={"mode": "hold"})).read()
    form = {**SMS, "StatusCallback": f"{side.hook.url}/status"}
    await (await side.http.post(side.sms, data=form, headers=AUTH)).read()
    async with side.http.post(control, json={"release": True}) as answer:
        assert await answer.json() == {"released": 1}
    await wait_for(lambda: len(side.hook.got) == 2)


async def test_a_customer_waits_for_what_they_are_sent(side: Side) -> None:
    query = {"to": SMS["To"], "wait": "20"}
    waiting = asyncio.create_task(side.http.get(f"{side.provider.url}/recorded", params=query))
    await (await side.http.post(side.sms, data=SMS, headers=AUTH)).read()
    (message,) = (await (await waiting).json())["messages"]
    assert (message["text"], message["provider"], message["sequence"]) == ("Olá, Ana", "twilio", 1)
    after = {**query, "after": "1", "wait": "0"}
    async with side.http.get(f"{side.provider.url}/recorded", params=after) as answer:
        assert (await answer.json())["messages"] == []


async def test_nonsense_on_the_control_calls_is_a_bad_request(side: Side) -> None:
    async with side.http.get(f"{side.provider.url}/recorded", params={"after": "x"}) as answer:
        assert answer.status == 400
    async with side.http.post(f"{side.provider.url}/faults", json={"what": 1}) as answer:
        assert answer.status == 400
    async with side.http.post(f"{side.provider.url}/receipts", json={"mode": "lost"}) as answer:
        assert answer.status == 400


async def test_it_runs_as_a_process_of_its_own_and_stops_when_told() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.standalone.provider", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        where = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession() as http, http.get(f"{where['http']}/recorded") as answer:
            assert await answer.json() == {"messages": []}
    finally:
        process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
