"""Messaging channels over real HTTP, from the provider's POST to the case that is on record."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from amends.common.v1 import common_pb2

from services.chassis.clock import SystemClock
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import APP_SECRET, TENANT, TOKEN, Intake
from tests.unit.intake.messaging import sample
from tests.unit.intake.test_line_and_viber import line, viber
from tests.unit.intake.test_standard import signed
from tests.unit.intake.test_x import activity

pytestmark = pytest.mark.integration


async def known(intake: Intake, provider: str, account: str, channel: Channel, *secrets: Secret) -> None:
    """Register an account of ours at the provider."""
    registered = ChannelAccount(TENANT, provider, account, channel, {}, secrets)
    await register_account(intake.database, registered, SystemClock().now())


async def post(intake: Intake, path: str, body: bytes, **headers: str) -> tuple[int, str]:
    """A POST to a hook of the tenant; status and answer."""
    sent = {
        "content-type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    url = f"{intake.http_url}/v1/hooks/{TENANT}/{path}"
    async with intake.session.post(url, data=body, headers=sent) as answer:
        return answer.status, await answer.text()


async def test_an_instagram_message_begins_a_case_and_what_was_seen_is_a_receipt(intake: Intake) -> None:
    await known(intake, "instagram", "141421356237309", Channel.INSTAGRAM, Secret("app_secret", APP_SECRET))
    for _ in range(2):
        assert await intake.meta("instagram", sample("instagram-text.json")) == (200, "EVENT_RECEIVED")
    assert (await intake.meta("instagram", sample("instagram-text.json"), secret="guess"))[0] == 401
    await intake.meta("instagram", sample("instagram-seen.json"))
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.party.kind == "instagram"
    assert complaint.message.channel == common_pb2.CHANNEL_INSTAGRAM
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert receipt.outcome == receipt.OUTCOME_READ


async def test_telegram_begins_with_start_and_becomes_a_complaint_with_the_first_real_word(
    intake: Intake,
) -> None:
    await known(intake, "telegram", "161803398", Channel.TELEGRAM, Secret("secret_token", "long-word"))
    token = {"x_telegram_bot_api_secret_token": "long-word"}
    start = sample("telegram-text.json").replace(b"My bag never came out", b"/start").replace(b"690", b"600")
    assert await post(intake, "telegram", start, **token) == (200, "")
    assert not await intake.said("ComplaintReceived")
    for _ in range(2):
        assert await post(intake, "telegram", sample("telegram-text.json"), **token) == (200, "")
    assert (await post(intake, "telegram", sample("telegram-text.json")))[0] == 401
    assert (await post(intake, "telegram", sample("telegram-edited.json"), **token))[0] == 200
    (query,), (complaint,) = await intake.said("QueryReceived"), await intake.said("ComplaintReceived")
    assert complaint.case_id == query.conversation_id
    assert complaint.message.occurred_at.ToJsonString() == "2026-11-22T09:58:00Z"
    (word,) = await intake.said("CustomerMessageReceived")
    assert word.case_id == complaint.case_id


async def test_whatsapp_through_twilio_begins_a_case_and_its_receipt_names_twilio(intake: Intake) -> None:
    await known(intake, "twilio", "whatsapp:+442079460103", Channel.WHATSAPP, Secret("auth_token", TOKEN))
    said = dict(parse_qsl(sample("twilio-whatsapp.form").decode()))
    hidden = said | {"MessageSid": "SM2", "WaId": "", "From": f"whatsapp:{said['ExternalUserId']}"}
    for form in (said, said, hidden):
        assert (await intake.twilio("sms", form))[0] == 200
    status = {"MessageSid": "SM9", "MessageStatus": "delivered", "From": said["To"], "To": said["From"]}
    assert (await intake.twilio("sms/status", status))[0] == 204
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.channel == common_pb2.CHANNEL_WHATSAPP
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert (receipt.provider, receipt.channel) == ("twilio", common_pb2.CHANNEL_WHATSAPP)
    customers = {one.customer.customer_id for one in await intake.said("CustomerIdentified")}
    assert len(customers) == 1


async def test_a_system_without_an_adapter_signs_by_standard_webhooks(intake: Intake) -> None:
    secret = "whsec_cmVjb3JkZWQtc3RhbmRhcmQtc2VjcmV0LTAx"
    await known(intake, "standard", "front-desk", Channel.API, Secret("webhook_secret", secret))
    body, now = sample("standard-complaint.json"), SystemClock().now()

    def headers(event_id: str, told: bytes, at: int) -> dict[str, str]:
        signature = signed(secret, event_id, str(at), told)
        return {"webhook_id": event_id, "webhook_timestamp": str(at), "webhook_signature": signature}

    at = int(now.timestamp())
    first = await post(intake, "standard", body, **headers("msg_1", body, at))
    assert first[0] == 200
    assert await post(intake, "standard", body, **headers("msg_1", body, at)) == first
    other = body.replace(b"three", b"four")
    assert (await post(intake, "standard", other, **headers("msg_1", other, at)))[0] == 422
    assert (await post(intake, "standard", body, **headers("msg_2", body, at - 301)))[0] == 401
    assert (await post(intake, "standard", b"{}", **headers("msg_3", b"{}", at)))[0] == 400
    (complaint,) = await intake.said("ComplaintReceived")
    assert json.loads(first[1])["case_id"] == complaint.case_id
    assert (complaint.message.provider, complaint.required_skill) == ("standard", "buildings")
    refused = {one.code for one in await intake.said("IntakeRejected")}
    assert refused == {"stale_signature", "bad_request"}


async def test_line_and_viber_words_begin_cases_once_and_vibers_receipts_are_taken(intake: Intake) -> None:
    await known(
        intake, "line", "U206d25c2ea6bd87c17655609a1c37cb8", Channel.LINE, Secret("channel_secret", "old")
    )
    await known(intake, "viber", "harbour", Channel.VIBER, Secret("auth_token", "old"))
    for request in (line(sample("line-events.json")), line(sample("line-events.json"))):
        signature = {"x_line_signature": request.headers["x-line-signature"]}
        assert await post(intake, "line", request.body, **signature) == (200, "")
    for name in ("text", "text", "delivered"):
        request = viber(sample(f"viber-{name}.json"))
        signature = {"x_viber_content_signature": request.headers["x-viber-content-signature"]}
        assert await post(intake, "viber", request.body, **signature) == (200, "")
    assert (await post(intake, "line", b"{}", x_line_signature="guess"))[0] == 401
    assert (await post(intake, "viber", b"{}"))[0] == 401
    channels = {one.message.channel for one in await intake.said("ComplaintReceived")}
    assert channels == {common_pb2.CHANNEL_LINE, common_pb2.CHANNEL_VIBER}
    assert len(await intake.said("CustomerMessageReceived")) == 2
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert (receipt.provider, receipt.provider_message_id) == ("viber", "4912661846655238199")


async def test_x_asks_for_the_secret_and_its_messages_and_mentions_begin_cases(intake: Intake) -> None:
    await known(intake, "x", "173205080756887", Channel.X, Secret("consumer_secret", "old"))
    url = f"{intake.http_url}/v1/hooks/{TENANT}/x"
    async with intake.session.get(url, params={"crc_token": "c"}) as answer:
        assert answer.status == 200
        assert (await answer.json())["response_token"].startswith("sha256=")
    for name in ("messages", "messages", "mentions", "read"):
        request = activity(sample(f"x-{name}.json"))
        signature = {"x_twitter_webhooks_signature": request.headers["x-twitter-webhooks-signature"]}
        assert await post(intake, "x", request.body, **signature) == (200, "")
    assert (await post(intake, "x", b"{}"))[0] == 401
    complaints = await intake.said("ComplaintReceived")
    assert {one.message.party.value for one in complaints} == {"55", "56"}
    assert {one.message.channel for one in complaints} == {common_pb2.CHANNEL_X}
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert (receipt.provider, receipt.outcome) == ("x", receipt.OUTCOME_READ)
