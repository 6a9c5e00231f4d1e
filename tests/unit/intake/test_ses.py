"""Amazon SES over SNS: signatures of both versions, mail, receipts, subscriptions."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.hooks import Reading, Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, UnknownAccount
from services.intake.domain.records import CustomerWord, Receipt, ReceiptOutcome, Unrecognised
from tests.unit.intake.amazon import (
    CERTIFICATE,
    CONFIRM,
    PEM,
    TOPIC,
    certificate_of,
    sns_headers,
    sns_message,
)
from tests.unit.intake.corpora import SAMPLES, corpus
from tests.unit.intake.posting import NOW, OUR_ID, body_of, posted

HOOK = HOOKS["ses"]
RAW = (SAMPLES / "mail" / "plain.eml").read_bytes()


def asked(message: dict[str, str], **headers: str) -> Request:
    body = json.dumps(message).encode()
    request = posted("ses", body, {**sns_headers(message), **headers}, [], account=TOPIC)
    return replace(request, certificate=PEM)


def reading(told: Any, **message: Any) -> Reading:
    request = asked(sns_message(told, at=NOW, **message))
    assert HOOK.certificate is not None
    assert HOOK.certificate(request) == CERTIFICATE
    HOOK.check(request)
    return HOOK.read(request)


def mail(content: bytes | str = RAW, **more: Any) -> dict[str, Any]:
    encoded = isinstance(content, bytes)
    return {
        "notificationType": "Received",
        "mail": {"messageId": "d6iitobk75ur44p8kdnnp7g2n800", "source": "chiamaka@obi.example"},
        "receipt": {
            "recipients": ["care@harbour.example"],
            "action": {"type": "SNS", "encoding": "BASE64" if encoded else "UTF8"},
        },
        "content": b64encode(content).decode() if isinstance(content, bytes) else content,
        **more,
    }


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_received_mail_is_read_as_by_smtp_with_either_version_of_the_signature(version: str) -> None:
    (word,) = reading(mail(), version=version, Subject="Amazon SES Email Receipt Notification").items
    assert isinstance(word, CustomerWord)
    assert word.provider_message_id == "<parcel-1@obi.example>"
    assert (word.source.account, word.source.event_id) == (
        "care@harbour.example",
        "d6iitobk75ur44p8kdnnp7g2n800",
    )
    assert word.suppressed_reason == ""


def test_a_mail_that_is_posted_as_text_is_read_too() -> None:
    (word,) = reading(mail(RAW.decode())).items
    assert word.text == "My parcel was due on Friday and is still not here."


def test_a_mail_kept_elsewhere_is_a_refusal_on_record() -> None:
    read = reading(mail("", receipt={"action": {"type": "S3"}, "recipients": ["care@harbour.example"]}))
    assert read.items == ()
    assert [one.code for one in read.refusals] == ["mail_not_inline"]


def test_a_subscription_of_a_registered_topic_is_confirmed_when_it_is_durable() -> None:
    read = reading("You have chosen to subscribe", Type="SubscriptionConfirmation")
    assert isinstance(read.items[0], Unrecognised)
    assert read.visit == CONFIRM


def test_nothing_else_is_ever_visited() -> None:
    assert reading(mail(), SubscribeURL=CONFIRM).visit == ""
    assert reading("Bye", Type="UnsubscribeConfirmation").visit == ""
    with pytest.raises(BadSignature):
        reading("Hello", Type="SubscriptionConfirmation", SubscribeURL="https://elsewhere.example/")


def test_a_topic_that_nobody_registered_is_not_even_looked_at() -> None:
    request = asked(sns_message("x", at=NOW, Type="SubscriptionConfirmation", TopicArn=f"{TOPIC}-of-others"))
    assert HOOK.certificate is not None
    with pytest.raises(UnknownAccount):
        HOOK.certificate(request)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/SimpleNotificationService-a.pem",
        CERTIFICATE.replace("https", "http"),
        CERTIFICATE + "?x",
        CERTIFICATE.replace("SimpleNotificationService-", "../"),
        CERTIFICATE.replace(".com/", ".com.elsewhere.example/"),
        "",
    ],
)
def test_a_certificate_of_others_proves_nothing(url: str) -> None:
    assert HOOK.certificate is not None
    with pytest.raises(BadSignature):
        HOOK.certificate(asked(sns_message(mail(), at=NOW, SigningCertURL=url)))


def test_a_changed_stale_or_foreign_message_fails() -> None:
    good = sns_message(mail(), at=NOW)
    other = rsa.generate_private_key(65537, 2048)
    elliptic = certificate_of(ec.generate_private_key(ec.SECP256R1()))  # type: ignore[arg-type]
    forged = [
        asked({**good, "Message": good["Message"].replace("care@", "x@")}),
        asked({**good, "Subject": "added"}),
        asked({**good, "SignatureVersion": "1"}),
        asked({**good, "SignatureVersion": "3"}),
        asked({**good, "Signature": "no base64"}),
        asked({**good, "Signature": ""}),
        *(asked({**good, "Signature": good["Signature"] + more}) for more in ("!", " ", "=", "AAAA", "\n")),
        asked(sns_message(mail(), at=NOW - timedelta(days=365))),
        asked(good, **{"x-amz-sns-message-id": "another"}),
        asked(good, **{"x-amz-sns-message-type": "SubscriptionConfirmation"}),
        asked(sns_message(mail(), at=NOW, key=other)),
        asked(sns_message(mail(), at=NOW - timedelta(hours=25))),
        asked(sns_message(mail(), at=NOW, Timestamp="yesterday")),
        replace(asked(good), certificate=b""),
        replace(asked(good), certificate=certificate_of(other)),
        replace(asked(good), certificate=elliptic),
    ]
    for request in forged:
        with pytest.raises(BadSignature):
            HOOK.check(request)
    HOOK.check(asked(good))


def test_raw_delivery_which_nobody_signs_is_refused() -> None:
    with pytest.raises(Malformed):
        HOOK.check(posted("ses", json.dumps(mail()).encode(), {}, [], account=TOPIC))


def test_a_mail_to_nobody_of_ours_is_tried_again() -> None:
    """SNS gives up on any 4xx."""
    with pytest.raises(UnknownAccount):
        reading(mail(receipt={"recipients": ["x@elsewhere.example"]}))
    assert (HOOK.again_status, HOOK.final_status) == (503, 200)


HEADERS = {"headers": [{"name": "Message-ID", "value": OUR_ID}]}


@pytest.mark.parametrize(
    ("told", "outcome", "reason"),
    [
        ({"notificationType": "Delivery", "delivery": {"timestamp": "x"}}, ReceiptOutcome.DELIVERED, ""),
        ({"eventType": "Complaint", "complaint": {}}, ReceiptOutcome.DELIVERED, "complained"),
        ({"eventType": "Reject", "reject": {"reason": "Bad content"}}, ReceiptOutcome.FAILED, "rejected"),
        (
            {
                "notificationType": "Bounce",
                "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"status": "5.1.1"}]},
            },
            ReceiptOutcome.FAILED,
            "5.1.1",
        ),
        (
            {"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull"}},
            ReceiptOutcome.FAILED,
            "MailboxFull",
        ),
    ],
)
def test_an_event_says_what_became_of_the_mail_that_smtp_sent(
    told: dict[str, Any], outcome: ReceiptOutcome, reason: str
) -> None:
    (receipt,) = reading({**told, "mail": HEADERS}).items
    assert isinstance(receipt, Receipt)
    assert (receipt.source.provider, receipt.provider_message_id) == ("smtp", OUR_ID)
    assert (receipt.outcome, receipt.reason) == (outcome, reason)


@pytest.mark.parametrize(
    "told",
    [
        {"notificationType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "General"}},
        {"eventType": "DeliveryDelay"},
        {"eventType": "Open"},
        "Successfully validated SNS topic for Amazon SES event publishing.",
        "[]",
    ],
)
def test_what_settles_nothing_is_kept_raw(told: Any) -> None:
    (kept,) = reading({**told, "mail": HEADERS} if isinstance(told, dict) else told).items
    assert isinstance(kept, Unrecognised)
    assert kept.source.account == TOPIC


def test_amazons_first_mail_to_a_new_rule_is_kept_raw() -> None:
    (kept,) = reading(mail(mail={"messageId": "AMAZON_SES_SETUP_NOTIFICATION"})).items
    assert isinstance(kept, Unrecognised)


def test_the_sample_is_a_bounce_with_amazons_time() -> None:
    body, _ = body_of("ses-bounce.json")
    (receipt,) = reading(json.loads(body)).items
    assert (receipt.provider_message_id, receipt.reason) == (OUR_ID, "5.1.1")
    assert receipt.occurred_at == datetime(2026, 11, 22, 9, 59, 44, 101000, UTC)


NAMES = [
    *("notificationType", "eventType", "mail", "receipt", "recipients", "content", "bounce", "headers"),
    *("name", "value", "action", "encoding", "messageId", "commonHeaders", "bouncedRecipients"),
]
WORDS = [
    "Received",
    "Bounce",
    "Delivery",
    "Permanent",
    "BASE64",
    "care@harbour.example",
    "Message-ID",
    OUR_ID,
]
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=10) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=20,
)


@given(JSON, JSON)
def test_any_json_is_read_or_refused(told: Any, message: Any) -> None:
    signed = {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC, "Message": json.dumps(told)}
    assert HOOK.certificate is not None
    for payload in (signed, message):
        request = posted("ses", json.dumps(payload).encode(), {}, [], account=TOPIC)
        for act in (HOOK.certificate, HOOK.check, HOOK.read):
            try:
                act(request)
            except IntakeError:
                continue


def test_every_ses_payload_of_the_corpora_goes_through() -> None:
    kinds = ("amazon_ses", "amazon_ses_inbound", "amazon_ses_webhooks")
    receipts = []
    files = [file for kind in kinds for file in corpus(f"webhooks/{kind}", "*.json")]
    for file in files:
        read = reading(file.read_text("utf-8"))
        assert read.items or read.refusals
        receipts += [one for one in read.items if isinstance(one, Receipt)]
    assert bool(receipts) == bool(files)
