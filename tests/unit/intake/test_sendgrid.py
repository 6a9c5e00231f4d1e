"""SendGrid: raw and parsed mail, events, its signature, and what it is told."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, UnknownAccount
from services.intake.domain.records import Receipt, ReceiptOutcome, Unrecognised
from tests.unit.intake.corpora import corpus
from tests.unit.intake.posting import NOW, OUR_ID, body_of, items, multipart, posted

HOOK = HOOKS["sendgrid"]
KEY, OLD_KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
BASIC = Secret("basic", "sendgrid:password")
MULTIPART = {"content-type": "multipart/form-data; boundary=6f3d1c"}
AUTHORIZED = {"authorization": f"Basic {b64encode(BASIC.secret.encode()).decode()}"}


def public(key: ec.EllipticCurvePrivateKey) -> Secret:
    shown = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Secret("verification_key", b64encode(shown).decode())


SECRETS = (public(KEY), public(OLD_KEY))


def signed(body: bytes, key: ec.EllipticCurvePrivateKey = KEY, at: datetime = NOW) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signature = key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
    return {
        **MULTIPART,
        "x-twilio-email-event-webhook-signature": b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": stamp,
    }


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret] = SECRETS) -> None:
    HOOK.check(posted("sendgrid", body, headers, secrets))


def parse(body: bytes) -> Request:
    return posted("sendgrid", body, {**MULTIPART, **AUTHORIZED}, [BASIC])


def test_a_raw_mail_is_read_as_by_smtp() -> None:
    (word,) = items("sendgrid", parse(body_of("sendgrid-raw.multipart")[0]))
    assert word.provider_message_id == "<parcel-1@obi.example>"
    assert word.source.event_id.startswith("parcel-1@obi.example#")
    assert word.source.account == "care@harbour.example"
    assert word.suppressed_reason == ""


def test_a_parsed_mail_keeps_its_headers_its_charset_and_its_files() -> None:
    (word,) = items("sendgrid", parse(body_of("sendgrid-parsed.multipart")[0]))
    assert (word.first_name, word.subject) == ("José", "The roof still leaks")
    assert word.text == "Es tropft, seit März."
    assert word.occurred_at == datetime(2026, 11, 22, 9, 56, 30, tzinfo=UTC)
    assert [(one.name, one.data) for one in word.attachments] == [("roof.jpg", b"\xff\xd8\xff")]


@pytest.mark.parametrize("key", [KEY, OLD_KEY], ids=["new", "old"])
def test_a_signed_post_passes_with_either_key_while_one_is_rotated(key: ec.EllipticCurvePrivateKey) -> None:
    check(b"body", signed(b"body", key))
    check(b"body", signed(b"body", key, NOW - timedelta(hours=72)))


def _with_trailing_bytes(headers: dict[str, str]) -> list[dict[str, str]]:
    name = "x-twilio-email-event-webhook-signature"
    return [{**headers, name: headers[name] + more} for more in ("!", " ", "=", "AAAA", "\n")]


def test_a_changed_replayed_or_foreign_post_fails() -> None:
    forged: list[tuple[bytes, dict[str, str]]] = [
        (b"other", signed(b"body")),
        (b"body", signed(b"body", OTHER_KEY)),
        (b"body", signed(b"body", at=NOW - timedelta(hours=74))),
        (b"body", signed(b"body", at=NOW + timedelta(hours=74))),
        (b"body", {**signed(b"body"), "x-twilio-email-event-webhook-timestamp": "1"}),
        (b"body", {**signed(b"body"), "x-twilio-email-event-webhook-timestamp": ""}),
        (b"body", {**signed(b"body"), "x-twilio-email-event-webhook-signature": "no base64"}),
        (b"body", {}),
        *((b"body", longer) for longer in _with_trailing_bytes(signed(b"body"))),
    ]
    for body, headers in forged:
        with pytest.raises(BadSignature):
            check(body, headers)


def test_the_published_signature_of_sendgrids_own_library_holds() -> None:
    vectors = [one for file in corpus("signatures", "*.json") for one in json.loads(file.read_bytes())]
    for one in (vector for vector in vectors if vector["scheme"].startswith("sendgrid")):
        headers = {
            "x-twilio-email-event-webhook-signature": one["signature"],
            "x-twilio-email-event-webhook-timestamp": one["timestamp"],
        }
        at = datetime.fromtimestamp(int(one["timestamp"]), UTC)
        secrets = [Secret("verification_key", one["public_key"])]
        HOOK.check(posted("sendgrid", one["body"].encode(), headers, secrets, at=at))
        with pytest.raises(BadSignature):
            HOOK.check(posted("sendgrid", one["body"].encode() + b" ", headers, secrets, at=at))


def test_a_password_is_enough_only_where_there_is_no_key() -> None:
    check(b"", AUTHORIZED, [BASIC])
    with pytest.raises(BadSignature):
        check(b"", AUTHORIZED, [BASIC, *SECRETS])
    with pytest.raises(BadSignature):
        check(b"", {}, [BASIC])


@pytest.mark.parametrize("key", ["", "no base64", b64encode(b"no key").decode()])
def test_a_key_that_is_none_proves_nothing(key: str) -> None:
    with pytest.raises(BadSignature):
        check(b"body", signed(b"body"), [Secret("verification_key", key)])


def test_what_the_operator_can_still_set_right_is_tried_again() -> None:
    """SendGrid drops a mail on any 4xx."""
    assert HOOK.again_status == 503
    with pytest.raises(UnknownAccount):
        items("sendgrid", parse(multipart({"envelope": b'{"to":["x@y.example"]}', "email": b"\r\nHello"})))
    with pytest.raises(Malformed):
        items("sendgrid", parse(multipart({"envelope": b'{"to":["care@harbour.example"]}'})))


EVENTS = HOOKS["sendgrid/events"]


def events(*told: dict[str, Any]) -> list[Any]:
    body = json.dumps(told).encode()
    request = posted("sendgrid", body, signed(body), SECRETS)
    EVENTS.check(request)
    return list(EVENTS.read(request).items)


def test_events_of_one_post_are_receipts_for_the_mails_that_smtp_sent() -> None:
    common = {"smtp-id": OUR_ID, "timestamp": int(NOW.timestamp())}
    delivered, bounced, dropped, complained, opened, nothing = events(
        {**common, "event": "delivered", "sg_event_id": "1", "response": "250 OK"},
        {**common, "event": "bounce", "sg_event_id": "2", "status": "5.1.1"},
        {**common, "event": "dropped", "sg_event_id": "3", "reason": "Bounced Address"},
        {**common, "event": "spamreport", "sg_event_id": "4"},
        {**common, "event": "open", "sg_event_id": "5"},
        {"event": "delivered", "sg_event_id": "6"},
    )
    assert {one.provider_message_id for one in (delivered, bounced, dropped, complained)} == {OUR_ID}
    assert {one.source.provider for one in (delivered, bounced, dropped, complained)} == {"smtp"}
    assert (delivered.outcome, delivered.reason) == (ReceiptOutcome.DELIVERED, "")
    assert (bounced.outcome, bounced.reason) == (ReceiptOutcome.FAILED, "5.1.1")
    assert (dropped.outcome, dropped.reason) == (ReceiptOutcome.FAILED, "Bounced Address")
    assert (complained.outcome, complained.reason) == (ReceiptOutcome.DELIVERED, "complained")
    assert delivered.occurred_at == NOW
    assert isinstance(opened, Unrecognised)
    assert isinstance(nothing, Unrecognised)


def test_an_unsigned_event_is_not_believed() -> None:
    with pytest.raises(BadSignature):
        EVENTS.check(posted("sendgrid", b"[]", {}, SECRETS))


WORDS = ["event", "smtp-id", "sg_event_id", "timestamp", "status", "reason"]
JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.sampled_from(["delivered", "bounce", OUR_ID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_any_event_is_read_or_refused(payload: Any) -> None:
    try:
        assert EVENTS.read(posted("sendgrid", json.dumps(payload).encode(), {}, SECRETS)).items
    except IntakeError:
        return


def test_every_event_of_the_corpora_is_read() -> None:
    for file in corpus("webhooks/sendgrid_webhooks", "*.json"):
        (told,) = json.loads(file.read_bytes())
        (item,) = events(told)
        assert isinstance(item, Receipt) == (told["event"] in {"delivered", "dropped", "bounce"})


NAMES = ["email", "headers", "text", "html", "envelope", "charsets", "to", "from"]
LIKELY = [
    b'{"to":["care@harbour.example"],"from":"a@b.example"}',
    b'{"text":"utf-7"}',
    b"a: b\n c",
    b"[",
    b"7",
]
FIELDS = st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=30) | st.sampled_from(LIKELY), max_size=8)


@given(FIELDS)
def test_any_form_is_read_or_refused(fields: dict[str, bytes]) -> None:
    try:
        assert HOOK.read(parse(multipart(fields))).items
    except IntakeError:
        return


def test_every_inbound_mail_of_the_corpora_is_read() -> None:
    for file in corpus("webhooks/sendgrid_inbound", "*.txt"):
        body = file.read_bytes().strip().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"
        body = body.replace(b'{"to":["', b'{"to":["care@harbour.example","')
        headers = {"content-type": "multipart/form-data; boundary=xYzZY", **AUTHORIZED}
        (word,) = items("sendgrid", posted("sendgrid", body, headers, [BASIC]))
        assert word.text.startswith("Hello Twilio SendGrid!")
        assert word.parties[0].value == "test@example.com"
