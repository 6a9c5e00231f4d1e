"""Mailgun: raw and parsed mail of routes, events, and who may post them."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, UnknownAccount
from services.intake.domain.records import CustomerWord, Receipt, ReceiptOutcome, Unrecognised
from tests.unit.intake.corpora import SAMPLES, corpus
from tests.unit.intake.posting import NOW, OUR_ID, body_of, items, multipart, posted, reply_address

KEY = Secret("signing_key", "recorded-mailgun-signing-key")
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=6f3d1c"}


def signed(timestamp: datetime = NOW, token: str = "t" * 50, key: str = KEY.secret) -> dict[str, str]:
    """Computed by the words of Mailgun's documentation."""
    stamp = str(int(timestamp.timestamp()))
    digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": stamp, "token": token, "signature": digest}


def route(more: dict[str, Any] | None = None, **signature: Any) -> Request:
    fields = {
        "recipient": "care@harbour.example",
        "sender": "ada@example.org",
        "body-mime": "From: ada@example.org\r\n\r\nIt broke.",
        **signed(**signature),
        **(more or {}),
    }
    return posted("mailgun", urlencode(fields).encode(), FORM, [KEY])


def sample(path: str, file: str) -> list[Any]:
    return items(path, posted("mailgun", *body_of(file), [KEY]))


def test_a_raw_mail_is_read_byte_by_byte_as_by_smtp() -> None:
    (word,) = sample("mailgun/mime", "mailgun-mime.form")
    assert isinstance(word, CustomerWord)
    assert word.text == "The glass was broken. Señor Pérez saw it."
    assert (word.parties[0].value, word.first_name) == ("chiamaka@obi.example", "Chiamaka")
    assert word.occurred_at == datetime(2026, 11, 22, 9, 57, tzinfo=UTC)
    assert word.source.account == "care@harbour.example"
    assert word.source.event_id.startswith("6d61696c67756e")


def test_a_parsed_mail_keeps_its_thread_its_text_and_its_files() -> None:
    (word,) = sample("mailgun", "mailgun-parsed.multipart")
    assert word.parent_id == "<refund-1@weir.example>"
    assert word.text_stripped == "Still no refund."
    assert "> It is on its way." in word.text
    (file,) = word.attachments
    assert (file.name, file.media_type, file.data) == ("bank statement.txt", "text/plain", b"0.00")


def test_a_reply_to_our_address_names_its_case() -> None:
    (word,) = items("mailgun", route({"recipient": reply_address()}))
    assert [pointer.threaded_by for pointer in word.pointers] == ["token"]
    assert word.source.account == "care@harbour.example"


def test_one_mail_to_several_of_our_addresses_is_one_word() -> None:
    request = route({"recipient": "nobody@harbour.example,billing@harbour.example,care@harbour.example"})
    (word,) = items("mailgun", request)
    assert word.source.account == "billing@harbour.example"


def test_a_delivery_report_on_a_mail_of_ours_is_a_receipt() -> None:
    bounce = (SAMPLES / "mail" / "bounce.eml").read_bytes()
    body = multipart(
        {
            "recipient": b"care@harbour.example",
            "sender": b"<>",
            "body-mime": bounce,
            **{name: value.encode() for name, value in signed().items()},
        }
    )
    (receipt,) = items("mailgun", posted("mailgun", body, MULTIPART, [KEY]))
    assert isinstance(receipt, Receipt)
    assert receipt.source.provider == "smtp"


def test_a_permanent_failure_is_a_receipt_for_the_mail_that_smtp_sent() -> None:
    (receipt,) = sample("mailgun/events", "mailgun-event.json")
    assert (receipt.source.provider, receipt.provider_message_id) == ("smtp", OUR_ID)
    assert (receipt.outcome, receipt.reason) == (ReceiptOutcome.FAILED, "smtp_550")
    assert receipt.occurred_at == NOW - timedelta(minutes=2) + timedelta(seconds=0.5)


def event(**data: Any) -> Request:
    data.setdefault("message", {"headers": {"message-id": OUR_ID.strip("<>")}})
    body = json.dumps({"signature": signed(), "event-data": data}).encode()
    return posted("mailgun", body, {"content-type": "application/json"}, [KEY])


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        ({"event": "delivered"}, ReceiptOutcome.DELIVERED),
        ({"event": "complained"}, ReceiptOutcome.DELIVERED),
        ({"event": "rejected"}, ReceiptOutcome.FAILED),
        ({"event": "failed", "severity": "permanent"}, ReceiptOutcome.FAILED),
    ],
)
def test_an_event_says_what_became_of_a_mail(data: dict[str, str], outcome: ReceiptOutcome) -> None:
    (receipt,) = items("mailgun/events", event(**data))
    assert (receipt.outcome, receipt.provider_message_id) == (outcome, OUR_ID)


@pytest.mark.parametrize(
    "data",
    [
        {"event": "failed", "severity": "temporary"},
        {"event": "opened"},
        {"event": "delivered", "message": {}},
        {"event": "new-kind"},
    ],
)
def test_an_event_that_settles_nothing_is_kept_raw(data: dict[str, Any]) -> None:
    (kept,) = items("mailgun/events", event(**data))
    assert isinstance(kept, Unrecognised)


@pytest.mark.parametrize("key", ["recorded-mailgun-signing-key", "the one before"])
def test_the_new_and_the_old_key_both_sign_while_one_is_rotated(key: str) -> None:
    fields = {"recipient": "care@harbour.example", "body-mime": "\r\nHello", **signed(key=key)}
    request = posted(
        "mailgun", urlencode(fields).encode(), FORM, [KEY, Secret("signing_key", "the one before")]
    )
    assert len(items("mailgun", request)) == 1


@pytest.mark.parametrize(
    "request_",
    [
        route(key="a guess"),
        route({"token": "another"}),
        route({"token": ""}),
        route({"timestamp": str(int(NOW.timestamp()) + 1)}),
        route({"signature": ""}),
        route({"signature": "é"}),
        route(timestamp=NOW - timedelta(hours=13)),
        route(timestamp=NOW + timedelta(hours=13)),
    ],
    ids=["key", "token", "no token", "timestamp", "no signature", "no hex", "too old", "too new"],
)
def test_a_forged_or_stale_post_fails(request_: Request) -> None:
    for path in ("mailgun", "mailgun/mime"):
        with pytest.raises(BadSignature):
            HOOKS[path].check(request_)


def test_the_last_retry_of_eight_hours_still_passes_and_has_the_key_of_the_first_attempt() -> None:
    (first,) = items("mailgun", route())
    (last,) = items("mailgun", route(timestamp=NOW - timedelta(hours=8)))
    assert first.source == last.source


def test_a_mail_to_nobody_of_ours_is_no_mail_of_ours() -> None:
    with pytest.raises(UnknownAccount):
        items("mailgun", route({"recipient": "care@elsewhere.example"}))


def test_a_post_that_holds_no_mail_is_final() -> None:
    with pytest.raises(Malformed):
        items("mailgun", route({"body-mime": ""}))
    assert {HOOKS[path].final_status for path in ("mailgun", "mailgun/mime", "mailgun/events")} == {406}


NAMES = [
    *("recipient", "sender", "body-mime", "body-plain", "body-html", "message-headers", "timestamp"),
    *("token", "signature", "from", "subject"),
]
LIKELY = ["care@harbour.example", "[]", '[["From","a@b.example"],7]', "[[[", "{}", "\r\n\r\n"]
FIELDS = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30) | st.sampled_from(LIKELY), max_size=8)


@given(FIELDS, st.binary(max_size=60))
def test_any_form_is_read_or_refused(fields: dict[str, str], tail: bytes) -> None:
    plain = urlencode(fields, errors="surrogatepass").encode()
    parts = multipart({name: value.encode("utf-8", "replace") for name, value in fields.items()})
    for body, headers in ((plain, FORM), (parts, MULTIPART), (parts[:-20] + tail, MULTIPART)):
        for act in (HOOKS["mailgun"].check, HOOKS["mailgun"].read):
            try:
                act(posted("mailgun", body, headers, [KEY]))
            except IntakeError:
                continue


WORDS = ["signature", "event-data", "event", "message", "headers", "message-id", "timestamp", "token"]
JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.sampled_from(["delivered", "failed", "permanent"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_any_event_is_read_or_refused(payload: Any) -> None:
    request = posted("mailgun", json.dumps(payload).encode(), {}, [KEY])
    for act in (HOOKS["mailgun/events"].check, HOOKS["mailgun/events"].read):
        try:
            act(request)
        except IntakeError:
            continue


def test_every_mailgun_payload_of_the_corpora_goes_through() -> None:
    for file in [
        *corpus("webhooks/mailgun_inbound", "*.json"),
        *corpus("webhooks/mailgun_webhooks", "*.json"),
    ]:
        payload = json.loads(file.read_bytes())
        fields = {**payload, "recipient": "care@harbour.example", **signed()}
        form = posted("mailgun", urlencode(fields).encode(), FORM, [KEY])
        HOOKS["mailgun"].check(form)
        try:
            assert HOOKS["mailgun"].read(form).items
        except Malformed:
            # A notice of a `store()` action, or an event at the wrong address: no mail is in it.
            assert payload.get("message-headers", "[]") == "[]"
        assert HOOKS["mailgun/events"].read(posted("mailgun", file.read_bytes(), {}, [KEY])).items
