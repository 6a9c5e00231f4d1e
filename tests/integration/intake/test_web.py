"""Web forms over real HTTP: from the browser's POST to the case on record, and who is kept out."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from amends.common.v1 import common_pb2

from services.chassis.clock import SystemClock
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import TENANT, Intake

pytestmark = pytest.mark.integration

ORIGIN = "https://www.harbour.example"
GOOD = {"text": "The roof still leaks", "email": "ana@example.com", "name": "Ana Silva"}


async def form_account(intake: Intake, name: str, *secrets: Secret, **settings: str) -> None:
    known = ChannelAccount(TENANT, "webform", name, Channel.WEBFORM, {"origins": ORIGIN, **settings}, secrets)
    await register_account(intake.database, known, SystemClock().now())


async def send(
    intake: Intake, form: str, data: aiohttp.FormData | Mapping[str, str], **headers: str
) -> aiohttp.ClientResponse:
    """A POST as a browser makes it; the answer, read, not followed."""
    sent = {"origin": ORIGIN, **headers}
    url = f"{intake.http_url}/v1/forms/{TENANT}/{form}"
    async with intake.session.post(url, data=data, headers=sent, allow_redirects=False) as answer:
        await answer.read()
        return answer


async def test_a_form_with_a_picture_becomes_one_case_and_leads_to_the_thank_you_page(intake: Intake) -> None:
    await form_account(intake, "complaints", thanks="https://www.harbour.example/thanks?r={reference}")
    for _ in range(2):
        form = aiohttp.FormData(GOOD)
        form.add_field("files", b"\x89PNG", filename="roof.png", content_type="image/png")
        answer = await send(intake, "complaints", form)
        assert answer.status == 303
    (complaint,) = await intake.said("ComplaintReceived")
    assert answer.headers["location"] == f"https://www.harbour.example/thanks?r={complaint.case_id[-12:]}"
    assert complaint.message.channel == common_pb2.CHANNEL_WEBFORM
    assert complaint.message.occurred_at == complaint.message.received_at
    assert [one.name for one in complaint.message.attachments] == ["roof.png"]

    told = await send(intake, "complaints", {**GOOD, "text": "Again"}, accept="application/json")
    assert told.status == 201
    assert told.headers["access-control-allow-origin"] == ORIGIN
    assert set(await told.json()) == {"reference", "received_at"}


async def test_pages_of_others_programs_and_floods_are_kept_out_with_a_rule_the_page_can_read(
    intake: Intake,
) -> None:
    await form_account(intake, "f")
    stranger = await send(intake, "f", GOOD, origin="https://evil.example")
    assert (stranger.status, (await stranger.json())["rule"]) == (403, "origin_refused")
    assert "access-control-allow-origin" not in stranger.headers
    assert (await send(intake, "no-such-form", GOOD)).status == 404
    assert (await send(intake, "f", {**GOOD, "website": "http://spam.example"})).status == 201
    wrong = await send(intake, "f", {"text": "x"})
    assert (wrong.status, (await wrong.json())["rule"]) == (422, "no_party")
    assert wrong.headers["access-control-allow-origin"] == ORIGIN
    answers = [await send(intake, "f", {**GOOD, "submission_id": "s"}) for _ in range(9)]
    assert [one.status for one in answers] == [201] * 8 + [429]
    assert ((await answers[-1].json())["rule"], answers[-1].headers["retry-after"]) == (
        "too_many_forms",
        "60",
    )
    (complaint,), (query,) = await intake.said("ComplaintReceived"), await intake.said("QueryReceived")
    assert complaint.message.suppressed_reason == ""
    assert query.message.suppressed_reason == "honeypot"
    assert [one.code for one in await intake.said("IntakeRejected")] == ["origin_refused", "no_party"]
    url = f"{intake.http_url}/v1/forms/{TENANT}/f"
    async with intake.session.options(url, headers={"origin": ORIGIN}) as asked:
        assert (asked.status, asked.headers["access-control-allow-methods"]) == (204, "POST")


async def test_a_captchas_provider_decides_and_while_it_is_away_nothing_is_accepted_unseen(
    intake: Intake,
) -> None:
    seen: list[dict[str, str]] = []

    async def verify(request: web.Request) -> web.Response:
        told = {name: str(value) for name, value in (await request.post()).items()}
        seen.append(told)
        return web.json_response({"success": told["response"] == "solved"})

    app = web.Application()
    app.router.add_post("/verify", verify)
    async with TestServer(app) as provider:
        url = str(provider.make_url("/verify"))
        await form_account(intake, "c", Secret("captcha_secret", "s3"), captcha_url=url)
        rules = []
        for token in ("", "guessed", "solved"):
            answer = await send(intake, "c", {**GOOD, "captcha": token})
            rules.append((answer.status, (await answer.json()).get("rule")))
    assert rules == [(403, "captcha_missing"), (403, "captcha_refused"), (201, None)]
    assert seen[-1] == {"secret": "s3", "response": "solved", "remoteip": "127.0.0.1"}
    assert (await send(intake, "c", {**GOOD, "text": "More", "captcha": "solved"})).status == 503
    assert len(await intake.said("ComplaintReceived")) == 1
