"""Mail by a provider's POST, over real HTTP to a committed case, and what each provider is told."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.chassis.clock import SystemClock
from services.intake import bootstrap
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.outbound import Outbound
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import TENANT, Intake
from tests.unit.intake.amazon import TOPIC, Amazon, amazon, sns_headers, sns_message
from tests.unit.intake.posting import multipart

pytestmark = pytest.mark.integration

MAIL = (
    b"From: Ada Byron <ada@example.org>\r\nTo: care@harbour.example\r\nSubject: Broken lamp\r\n"
    b"Message-ID: <lamp-1@example.org>\r\n\r\nThe lamp arrived broken.\r\n"
)


async def register(intake: Intake, provider: str, account: str, *secrets: Secret) -> None:
    listed = ChannelAccount(TENANT, provider, account, Channel.EMAIL, {}, secrets)
    await register_account(intake.database, listed, SystemClock().now())


async def post(
    intake: Intake, path: str, body: bytes, headers: Mapping[str, str], tenant: str = TENANT
) -> tuple[int, str]:
    url = f"{intake.http_url}/v1/hooks/{tenant}/{path}"
    async with intake.session.post(url, data=body, headers=dict(headers)) as answer:
        return answer.status, await answer.text()


async def only_complaint(intake: Intake) -> Any:
    """The one case that was begun, checked for what every way in has in common."""
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.text == "The lamp arrived broken."
    assert (complaint.message.party.kind, complaint.message.party.value) == ("email", "ada@example.org")
    assert complaint.category == "damage"
    return complaint


# ------------------------------------------------------------------------------------------ Mailgun


def mailgun_form(**fields: Any) -> bytes:
    signed = {"timestamp": str(int(datetime.now(UTC).timestamp())), "token": "t" * 50}
    digest = hmac.new(b"signs", "".join(signed.values()).encode(), hashlib.sha256).hexdigest()
    envelope = {"sender": "ada@example.org", "recipient": "care@harbour.example"}
    return urlencode({**envelope, **signed, "signature": digest, **fields}).encode()


async def test_a_mailgun_route_begins_a_case_once_and_hears_406_of_what_never_can_be_taken(
    intake: Intake,
) -> None:
    await register(intake, "mailgun", "mg.harbour.example", Secret("signing_key", "signs"))
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = mailgun_form(**{"body-mime": MAIL})
    for _ in range(2):
        assert await post(intake, "mailgun/mime", body, form) == (200, "OK")
    # The same signed token with other words is still the first mail.
    other = mailgun_form(**{"body-mime": MAIL.replace(b"lamp-1", b"lamp-2")})
    assert await post(intake, "mailgun/mime", other, form) == (200, "OK")
    await only_complaint(intake)
    assert (await post(intake, "mailgun/mime", mailgun_form(signature="0"), form))[0] == 401
    assert (await post(intake, "mailgun/mime", mailgun_form(**{"body-mime": ""}), form))[0] == 406
    codes = [one.code for one in await intake.said("IntakeRejected")]
    assert sorted(codes) == ["bad_signature", "empty_mail"]


# -------------------------------------------------------------------------------- Postmark, SendGrid


def basic(credentials: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(credentials.encode()).decode()}"}


async def test_a_mail_by_postmark_begins_a_case_once_and_no_refusal_is_a_403(intake: Intake) -> None:
    await register(intake, "postmark", "inbound", Secret("basic", "postmark:password"))
    mail = {
        "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b",
        "FromFull": {"Email": "ada@example.org", "Name": "Ada Byron"},
        "From": "ada@example.org",
        "OriginalRecipient": "care@harbour.example",
        "TextBody": "The lamp arrived broken.",
    }
    for _ in range(2):
        answer = await post(intake, "postmark", json.dumps(mail).encode(), basic("postmark:password"))
        assert answer == (200, "OK")
    await only_complaint(intake)
    refused = [
        await post(intake, "postmark", json.dumps(mail).encode(), basic("postmark:guess")),
        await post(intake, "postmark", b"{}", basic("postmark:password")),
        await post(intake, "postmark", b"{", basic("postmark:password")),
    ]
    assert [status for status, _ in refused] == [401, 400, 400]


async def test_sendgrids_signed_events_are_receipts_of_our_mails_once(intake: Intake) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    await register(intake, "sendgrid", "parse", Secret("verification_key", b64encode(public).decode()))
    stamp = str(int(datetime.now(UTC).timestamp()))
    told = {"smtp-id": "<c.1.m.2@harbour.example>", "timestamp": int(stamp), "email": "ada@example.org"}
    failed = told | {"event": "bounce", "status": "5.1.1", "smtp-id": "<c.1.m.3@harbour.example>"}
    events = [
        told | {"event": "processed", "sg_event_id": "e0"},
        told | {"event": "delivered", "sg_event_id": "e1"},
        failed | {"sg_event_id": "e2"},
    ]
    body = json.dumps(events).encode()
    signature = b64encode(key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    headers = {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": signature,
        "x-twilio-email-event-webhook-timestamp": stamp,
    }
    assert (await post(intake, "sendgrid/events", body + b" ", headers))[0] == 503
    for _ in range(2):
        assert await post(intake, "sendgrid/events", body, headers) == (200, "OK")
    receipts = await intake.said("DeliveryReceiptReceived")
    assert [(one.provider, one.provider_message_id, one.outcome) for one in receipts] == [
        ("smtp", "<c.1.m.2@harbour.example>", receipts[0].OUTCOME_DELIVERED),
        ("smtp", "<c.1.m.3@harbour.example>", receipts[0].OUTCOME_FAILED),
    ]


async def test_sendgrid_is_brought_back_while_its_key_or_our_address_is_wrong(intake: Intake) -> None:
    await register(intake, "sendgrid", "parse", Secret("basic", "sendgrid:password"))
    envelope = b'{"to":["care@harbour.example"],"from":"ada@example.org"}'
    headers = {"content-type": "multipart/form-data; boundary=6f3d1c", **basic("sendgrid:password")}
    body = multipart({"email": MAIL, "envelope": envelope})
    nobody = multipart({"email": MAIL, "envelope": b'{"to":["new@harbour.example"]}'})
    assert await post(intake, "sendgrid", body, {**headers, **basic("sendgrid:gone")}) == (
        503,
        "bad_signature",
    )
    assert await post(intake, "sendgrid", nobody, headers) == (503, "unknown_account")
    for _ in range(2):
        assert await post(intake, "sendgrid", body, headers) == (200, "OK")
    complaint = await only_complaint(intake)
    assert complaint.message.provider_message_id == "<lamp-1@example.org>"


# ------------------------------------------------------------------------------------------ Amazon SES


@pytest.fixture
def amazon_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Amazon]:
    """Amazon SNS on this machine; the service's own client finds it there, and nothing else is replaced."""
    opened: list[Amazon] = []
    really = bootstrap.Outbound.open

    @asynccontextmanager
    async def opening() -> AsyncIterator[Outbound]:
        async with amazon(tmp_path) as place, really(place.connector) as outbound:
            opened.append(place)
            yield outbound

    monkeypatch.setattr(bootstrap.Outbound, "open", opening)
    return opened


async def test_ses_over_sns_is_confirmed_after_the_commit_and_its_mail_begins_a_case_once(
    amazon_server: list[Amazon], intake: Intake
) -> None:
    await register(intake, "ses", TOPIC)
    (server,) = amazon_server
    now = datetime.now(UTC)

    async def notify(told: Any, **message: str) -> tuple[int, str]:
        sent = sns_message(told, at=now, **message)
        return await post(intake, "ses", json.dumps(sent).encode(), sns_headers(sent))

    confirmation = {"Type": "SubscriptionConfirmation", "MessageId": "confirmation"}
    assert (await notify("Confirm?", **confirmation, TopicArn=TOPIC + "-of-others"))[0] == 503
    assert server.asked == []
    assert await notify("Confirm?", **confirmation) == (200, "OK")
    certificate, confirmed = server.asked
    assert certificate.endswith(".pem")
    assert "Action=ConfirmSubscription" in confirmed
    told = {
        "notificationType": "Received",
        "mail": {"messageId": "ses-1", "source": "ada@example.org"},
        "receipt": {"recipients": ["care@harbour.example"], "action": {"type": "SNS", "encoding": "UTF8"}},
        "content": MAIL.decode(),
    }
    for _ in range(2):
        assert await notify(told) == (200, "OK")
    await only_complaint(intake)
    assert server.asked == [certificate, confirmed]
    bounce = {
        "notificationType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"status": "5.1.1"}]},
        "mail": {"headers": [{"name": "Message-ID", "value": "<sent@harbour.example>"}]},
    }
    assert await notify(bounce, MessageId="bounce") == (200, "OK")
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert (receipt.provider, receipt.provider_message_id) == ("smtp", "<sent@harbour.example>")


async def test_a_confirmation_that_amazon_does_not_hear_is_tried_again(
    amazon_server: list[Amazon], intake: Intake
) -> None:
    await register(intake, "ses", TOPIC)
    (server,) = amazon_server
    sent = sns_message("Confirm?", at=datetime.now(UTC), Type="SubscriptionConfirmation")
    body, headers = json.dumps(sent).encode(), sns_headers(sent)
    server.status = 503
    assert (await post(intake, "ses", body, headers))[0] == 503
    server.status = 200
    assert await post(intake, "ses", body, headers) == (200, "OK")
    assert "Token=" in server.asked[-1]
