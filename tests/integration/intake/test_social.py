"""WhatsApp and Messenger: many things in one POST, receipts, the subscription handshake."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.intake.conftest import APP_SECRET, TENANT, Intake

pytestmark = pytest.mark.integration


def whatsapp(*, account: str = "31415", **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "442079460102", "phone_number_id": account}
    change = {"field": "messages", "value": {"metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def message(number: int, text: str, sender: str = "447700900123") -> dict[str, Any]:
    return {
        "id": f"wamid.{number}",
        "from": sender,
        "timestamp": "1767322800",
        "type": "text",
        "text": {"body": text},
    }


def messenger(**event: Any) -> dict[str, Any]:
    return {
        "object": "page",
        "entry": [
            {
                "messaging": [
                    {
                        "sender": {"id": "55"},
                        "recipient": {"id": "27182"},
                        "timestamp": 1767322800123,
                        **event,
                    }
                ]
            }
        ],
    }


async def test_messages_and_statuses_of_one_post_are_each_taken_once(intake: Intake) -> None:
    payload = whatsapp(
        contacts=[{"wa_id": "447700900123", "profile": {"name": "Ada"}}],
        messages=[message(1, "My room is cold"), message(2, "Still cold")],
        statuses=[
            {"id": "wamid.out", "status": "delivered", "timestamp": "1767322801", "recipient_id": "4477"}
        ],
    )
    for _ in range(2):
        assert await intake.meta("whatsapp", payload) == (200, "EVENT_RECEIVED")
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.occurred_at.ToJsonString() == "2026-01-02T03:00:00Z"
    assert complaint.message.party.kind == "whatsapp"
    assert complaint.message.party.value == "+447700900123"
    (word,) = await intake.said("CustomerMessageReceived")
    assert word.case_id == complaint.case_id
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert (receipt.provider, receipt.provider_message_id) == ("meta", "wamid.out")
    assert receipt.occurred_at.ToJsonString() == "2026-01-02T03:00:01Z"
    assert ("DeliveryReceiptReceived", "meta:wamid.out") in [
        (kind, key) for kind, key, _ in await intake.journal()
    ]


async def test_an_account_nobody_registered_is_refused_without_harm_to_the_rest(intake: Intake) -> None:
    payload = whatsapp(messages=[message(1, "Hello")])
    payload["entry"] += whatsapp(account="666", messages=[message(2, "Lost")])["entry"]
    assert (await intake.meta("whatsapp", payload))[0] == 200
    assert len(await intake.said("ComplaintReceived")) == 1
    (rejected,) = await intake.said("IntakeRejected")
    assert rejected.code == "unknown_account"


async def test_another_tenants_secret_signs_nothing_here(intake: Intake) -> None:
    payload = whatsapp(messages=[message(1, "Hello")])
    assert (await intake.meta("whatsapp", payload, secret="other-secret"))[0] == 401
    assert (await intake.meta("whatsapp", payload, secret=APP_SECRET, tenant="meadow"))[0] == 401
    assert not await intake.said("ComplaintReceived")
    (rejected,) = await intake.said("IntakeRejected")
    assert rejected.code == "bad_signature"


async def test_messenger_messages_and_deliveries_are_taken_and_echoes_left_out(intake: Intake) -> None:
    await intake.meta("messenger", messenger(message={"mid": "m1", "text": "The parcel is broken"}))
    await intake.meta("messenger", messenger(message={"mid": "m2", "text": "We are sorry", "is_echo": True}))
    await intake.meta("messenger", messenger(delivery={"mids": ["m8", "m9"], "watermark": 1767322800456}))
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.occurred_at.ToJsonString() == "2026-01-02T03:00:00.123Z"
    assert complaint.category == "damage"
    receipts = await intake.said("DeliveryReceiptReceived")
    assert [one.provider_message_id for one in receipts] == ["m8", "m9"]


async def test_what_meta_adds_without_notice_is_kept_raw_and_answered_200(intake: Intake) -> None:
    for payload in (
        {"object": "page", "entry": [{"changes": [{"field": "feed"}]}]},
        ["list"],
        {"entry": "text"},
        7,
    ):
        assert (await intake.meta("messenger", payload))[0] == 200
    assert len(await intake.fetch("select from raw_input")) == 4
    assert await intake.journal() == []


@pytest.mark.parametrize(("token", "status"), [("verify-me", 200), ("guess", 403)])
async def test_the_handshake_answers_who_knows_the_token(intake: Intake, token: str, status: int) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    url = f"{intake.http_url}/v1/hooks/{TENANT}/whatsapp"
    async with intake.session.get(url, params=query) as answer:
        assert answer.status == status
        assert (await answer.text() == "1158201444") == (status == 200)


async def test_sms_receipts_come_by_message_id(intake: Intake) -> None:
    form = {
        "MessageSid": "SM9",
        "MessageStatus": "undelivered",
        "From": "+442079460101",
        "ErrorCode": "30003",
    }
    assert (await intake.twilio("sms/status", form))[0] == 204
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert (receipt.provider_message_id, receipt.reason) == ("SM9", "30003")
    assert receipt.outcome == receipt.OUTCOME_FAILED
    assert not receipt.HasField("occurred_at")
