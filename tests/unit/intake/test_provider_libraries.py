"""The verifiers and signers that providers publish, as counterparts: what theirs believes ours believes, and
what theirs refuses ours refuses. Twilio's own is what the service itself runs (signatures.py).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.signatures import check_standard
from services.intake.domain.errors import BadSignature
from services.intake.domain.records import Channel
from tests.unit.intake.posting import NOW, posted

STAMP = str(int(NOW.timestamp()))
# Text: both libraries take the body decoded.
BODIES = st.text(max_size=200)

# --------------------------------------------------------------------------------------------- SendGrid
KEY, FOREIGN = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


def shown(key: ec.EllipticCurvePrivateKey) -> str:
    """The public key as SendGrid's settings show it."""
    return b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def signature(body: str, key: ec.EllipticCurvePrivateKey = KEY, stamp: str = STAMP) -> str:
    return b64encode(key.sign((stamp + body).encode(), ec.ECDSA(SHA256()))).decode()


def by_sendgrid(body: str, given_signature: str, stamp: str) -> bool:
    try:
        return bool(EventWebhook(shown(KEY)).verify_signature(body, given_signature, stamp))
    except NotBase64:
        return False


def by_us(body: str, given_signature: str, stamp: str) -> bool:
    headers = {
        "x-twilio-email-event-webhook-signature": given_signature,
        "x-twilio-email-event-webhook-timestamp": stamp,
    }
    hook = HOOKS["sendgrid/events"]
    try:
        hook.check(posted("sendgrid", body.encode(), headers, [Secret("verification_key", shown(KEY))]))
    except BadSignature:
        return False
    return True


@given(BODIES)
def test_what_sendgrids_library_believes_is_believed(body: str) -> None:
    assert by_sendgrid(body, signature(body), STAMP)
    assert by_us(body, signature(body), STAMP)


@given(BODIES, BODIES, st.integers(0, 70), st.integers(1, 255))
def test_what_sendgrids_library_refuses_is_refused(body: str, other: str, at: int, bits: int) -> None:
    raw = bytearray(b64decode(signature(body)))
    raw[at % len(raw)] ^= bits
    attempts = [
        (body, signature(body, FOREIGN), STAMP),
        (body, signature(body), str(int(STAMP) + 1)),
        (body, b64encode(raw).decode(), STAMP),
        (body, "no base64", STAMP),
        *([(other, signature(body), STAMP)] if other != body else []),
    ]
    for attempt in attempts:
        assert not by_sendgrid(*attempt)
        assert not by_us(*attempt)


def test_a_signature_with_something_behind_it_is_refused_where_sendgrids_library_passes_over_it() -> None:
    longer = signature("body") + "\n!"
    assert by_sendgrid("body", longer, STAMP)
    assert not by_us("body", longer, STAMP)


# ------------------------------------------------------------------------------------- Standard Webhooks
SECRET = "whsec_" + b64encode(b"twenty-four bytes or more").decode()
OTHER = "whsec_" + b64encode(b"another one of that length").decode()


def headers_of(event_id: str, stamp: str, signatures: str) -> Mapping[str, str]:
    return {"webhook-id": event_id, "webhook-timestamp": stamp, "webhook-signature": signatures}


def by_the_library(body: str, headers: Mapping[str, str]) -> bool:
    try:
        Webhook(SECRET).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def by_ours(body: str, headers: Mapping[str, str], now: datetime) -> bool:
    account = ChannelAccount("main", "standard", "desk", Channel.API, {}, (Secret("webhook_secret", SECRET),))
    try:
        return check_standard({"desk": account}, headers, body.encode(), now) == "desk"
    except BadSignature:
        return False


@given(BODIES, st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
def test_what_the_library_of_standard_webhooks_signs_is_believed(body: str, event_id: str) -> None:
    made = Webhook(SECRET).sign(event_id, NOW, body)
    assert by_ours(body, headers_of(event_id, STAMP, made), NOW)
    assert by_ours(body, headers_of(event_id, STAMP, f"v1a,AAAA {made}"), NOW)


def test_both_judge_alike_what_is_right_forged_or_stale() -> None:
    """The library reads the time itself: minutes lie between what is asked and where its window ends."""
    now = datetime.now(UTC)
    for minutes, body, event_id, secret, right in (
        (0, "{}", "msg_1", SECRET, True),
        (-3, "{}", "msg_1", SECRET, True),
        (3, "{}", "msg_1", SECRET, True),
        (-10, "{}", "msg_1", SECRET, False),
        (10, "{}", "msg_1", SECRET, False),
        (-525_600, "{}", "msg_1", SECRET, False),
        (0, "{ }", "msg_1", SECRET, False),
        (0, "{}", "msg_2", SECRET, False),
        (0, "{}", "msg_1", OTHER, False),
    ):
        at = now + timedelta(minutes=minutes)
        made = Webhook(secret).sign("msg_1", at, "{}")
        headers = headers_of(event_id, str(int(at.timestamp())), made)
        assert (by_the_library(body, headers), by_ours(body, headers, now)) == (right, right), (minutes, body)


@pytest.mark.parametrize("signatures", ["", "v1,", "v2,AAAA", "v1,AAAA", "nothing", "v1,no base64"])
def test_both_refuse_a_signature_that_is_none(signatures: str) -> None:
    now = datetime.now(UTC)
    headers = headers_of("msg_1", str(int(now.timestamp())), signatures)
    assert not by_the_library("{}", headers)
    assert not by_ours("{}", headers, now)
