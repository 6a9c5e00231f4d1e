"""Standard Webhooks: who signed, when, over what; and the document of REST inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.signatures import check_standard
from services.intake.domain.errors import BadSignature, IntakeError, Malformed
from services.intake.domain.records import Channel, CustomerWord
from tests.unit.intake.messaging import NOW, any_json, posted, sample

HOOK = HOOKS["standard"]
NEW, OLD = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldw==", "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZA=="
# The published example of the specification's libraries.
PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED_AT = datetime.fromtimestamp(1614265330, UTC)
PUBLISHED_ARGS = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
PUBLISHED_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def sender(*secrets: str, name: str = "desk") -> dict[str, ChannelAccount]:
    kept = tuple(Secret("webhook_secret", secret) for secret in secrets)
    return {name: ChannelAccount("main", "standard", name, Channel.API, {}, kept)}


def signed(secret: str, event_id: str, stamp: str, body: bytes) -> str:
    """Written down by the specification, independently of the code under test."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def believed(
    accounts: dict[str, ChannelAccount],
    event_id: str,
    stamp: str,
    body: bytes,
    signatures: str,
    now: datetime,
) -> str:
    headers = {"webhook-id": event_id, "webhook-timestamp": stamp, "webhook-signature": signatures}
    return check_standard(accounts, headers, body, now)


def complaint(body: bytes, secret: str = OLD, at: datetime = NOW, event_id: str = "msg_1") -> Request:
    stamp = str(int(at.timestamp()))
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signed(secret, event_id, stamp, body),
    }
    secrets = (Secret("webhook_secret", NEW), Secret("webhook_secret", OLD))
    return posted("standard", body, "desk", secrets, headers)


def test_the_published_example_passes() -> None:
    assert believed(sender(PUBLISHED), *PUBLISHED_ARGS, PUBLISHED_SIGNATURE, PUBLISHED_AT) == "desk"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v1,",
        PUBLISHED_SIGNATURE.replace("v1", "v2"),
        PUBLISHED_SIGNATURE.replace("v1", "v1a"),
        PUBLISHED_SIGNATURE.replace("g0", "g1"),
        "v1,é " * 30,
    ],
)
def test_no_other_signature_does(signature: str) -> None:
    with pytest.raises(BadSignature):
        believed(sender(PUBLISHED), *PUBLISHED_ARGS, signature, PUBLISHED_AT)


def test_one_good_signature_among_several_is_enough() -> None:
    several = f"v1a,AAAA v1,{'A' * 44} {PUBLISHED_SIGNATURE}"
    assert believed(sender(PUBLISHED), *PUBLISHED_ARGS, several, PUBLISHED_AT) == "desk"


@pytest.mark.parametrize("off_s", [-301, 301, 86_400])
def test_a_signature_holds_for_five_minutes_either_way(off_s: int) -> None:
    inside = timedelta(seconds=300 if off_s > 0 else -300)
    believed(sender(PUBLISHED), *PUBLISHED_ARGS, PUBLISHED_SIGNATURE, PUBLISHED_AT + inside)
    late = PUBLISHED_AT + timedelta(seconds=off_s)
    with pytest.raises(BadSignature) as refused:
        believed(sender(PUBLISHED), *PUBLISHED_ARGS, PUBLISHED_SIGNATURE, late)
    assert refused.value.rule == "stale_signature"


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "9" * 40])
def test_a_time_that_is_none_is_stale(stamp: str) -> None:
    signature = signed(NEW, "msg_1", stamp, b"{}")
    with pytest.raises(BadSignature):
        believed(sender(NEW), "msg_1", stamp, b"{}", signature, NOW)


def test_the_secret_that_signed_names_the_sender_also_while_it_is_exchanged() -> None:
    both = sender(NEW, OLD) | sender(PUBLISHED, name="kiosk")
    stamp = str(int(NOW.timestamp()))
    for secret, name in ((NEW, "desk"), (OLD, "desk"), (PUBLISHED, "kiosk")):
        signature = signed(secret, "msg_1", stamp, b"{}")
        assert believed(both, "msg_1", stamp, b"{}", signature, NOW) == name


def test_the_body_is_rests_complaint_with_its_own_time_and_skill() -> None:
    (word,) = HOOK.read(complaint(sample("standard-complaint.json"))).items
    assert isinstance(word, CustomerWord)
    assert [party.identity for party in word.parties] == [("phone", "+34910000004"), ("crm", "4711")]
    assert (word.source.account, word.source.event_id, word.source.provider) == ("desk", "msg_1", "standard")
    assert (word.occurred_at, word.required_skill) == (NOW - timedelta(minutes=2), "buildings")


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"[", "malformed_json"),
        (b'{"text": "x"}', "bad_request"),
        (b'{"text": "x", "customer": {}}', "no_party"),
        (b'{"text": "x", "customer": {"crm_id": "1"}, "more": 1}', "bad_request"),
    ],
)
def test_another_document_is_malformed_by_rests_rules(body: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as refused:
        HOOK.read(complaint(body))
    assert refused.value.rule == rule


def test_a_changed_body_or_id_is_not_what_was_signed() -> None:
    good = complaint(sample("standard-complaint.json"))
    HOOK.check(good)
    for changed in (
        replace(good, body=good.body + b" "),
        replace(good, headers={**good.headers, "webhook-id": "msg_2"}),
        replace(good, accounts=sender()),
        replace(good, accounts=sender("whsec_no base64")),
    ):
        with pytest.raises(BadSignature):
            HOOK.check(changed)


@given(any_json(["text", "customer", "email", "phone", "crm_id", "occurred_at", "severity", "live"], ["x"]))
def test_any_json_is_read_or_refused(payload: Any) -> None:
    try:
        assert HOOK.read(complaint(json.dumps(payload).encode()))
    except IntakeError:
        return


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=80))
def test_any_headers_are_refused(event_id: str, stamp: str, signatures: str) -> None:
    with pytest.raises(BadSignature):
        believed(sender(NEW), event_id, stamp, b"{}", signatures, NOW)
