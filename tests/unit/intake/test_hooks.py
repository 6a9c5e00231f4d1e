"""Webhook payloads to records: own samples, corpora of real ones, and any JSON or form at all."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.hooks import Request, form_of, json_of
from services.intake.adapters.channels.mail import MailNormaliser
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.errors import IntakeError, Malformed
from services.intake.domain.records import Channel, CustomerWord, Receipt, ReceiptOutcome, Unrecognised
from tests.unit.intake.corpora import SAMPLES, corpus

WEBHOOKS = SAMPLES / "webhooks"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLASSIFIER = load_classifier()
NORMALISER = MailNormaliser(CLASSIFIER, ["a secret of the tests"])
MAILBOXES = ("care@shop.example",)
ACCOUNTS = {
    "314159265358979": Channel.WHATSAPP,
    "271828182845904": Channel.MESSENGER,
    "+442079460100": Channel.PHONE,
    "+442079460101": Channel.SMS,
}


def request(body: bytes, media_type: str, accounts: dict[str, Channel] | None = None) -> Request:
    known = ACCOUNTS if accounts is None else accounts
    return Request(
        "main",
        "https://intake.example/v1/hooks/main/x",
        {},
        {"content-type": media_type},
        body,
        NOW,
        {name: ChannelAccount("main", "p", name, channel) for name, channel in known.items()},
        CLASSIFIER,
        {name: ChannelAccount("main", "mail", name, Channel.EMAIL) for name in MAILBOXES},
        NORMALISER,
    )


def read(path: str, file: str) -> list[Any]:
    body = (WEBHOOKS / file).read_bytes()
    media_type = "application/json" if file.endswith(".json") else "application/x-www-form-urlencoded"
    return list(HOOKS[path].read(request(body, media_type)).items)


def test_a_whatsapp_text_is_a_customers_word_with_metas_time() -> None:
    (word,) = read("whatsapp", "whatsapp-text.json")
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("phone", "+447700900301")
    assert (word.first_name, word.category) == ("Bruna", "damage")
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, tzinfo=UTC)


def test_a_picture_brings_its_caption_and_stays_with_meta() -> None:
    (word,) = read("whatsapp", "whatsapp-image.json")
    assert (word.text, word.parent_id) == ("Here it is", "wamid.ours")
    assert [(one.name, one.data) for one in word.attachments] == [("media-1", None)]


def test_whatsapp_statuses_are_receipts() -> None:
    delivered, failed = read("whatsapp", "whatsapp-status.json")
    assert delivered.outcome is ReceiptOutcome.DELIVERED
    assert (failed.outcome, failed.reason) == (ReceiptOutcome.FAILED, "131026")


def test_messenger_words_postbacks_deliveries_and_echoes() -> None:
    (word,) = read("messenger", "messenger-text.json")
    assert word.parties[0].identity == ("messenger", "7301")
    (postback,) = read("messenger", "messenger-postback.json")
    assert postback.text == "I want to complain"
    (receipt,) = read("messenger", "messenger-delivery.json")
    assert isinstance(receipt, Receipt)
    (echo,) = read("messenger", "messenger-echo.json")
    assert isinstance(echo, Unrecognised)


def test_a_call_a_text_and_its_status() -> None:
    (call,) = read("twilio/voice", "twilio-voice.form")
    assert call.live
    assert call.occurred_at is None
    (text,) = read("twilio/sms", "twilio-sms.form")
    assert (text.text, len(text.attachments)) == ("Your app stopped working", 1)
    (status,) = read("twilio/sms/status", "twilio-sms-status.form")
    assert status.outcome is ReceiptOutcome.DELIVERED


META_NAMES = [
    *("entry", "changes", "value", "field", "messages", "statuses", "metadata", "phone_number_id", "id"),
    *("from", "timestamp", "type", "text", "body", "messaging", "message", "mid", "sender", "recipient"),
    "delivery",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(META_NAMES), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(JSON)
def test_any_json_is_read_or_refused(payload: Any) -> None:
    for path in ("whatsapp", "messenger"):
        try:
            assert HOOKS[path].read(request(json.dumps(payload).encode(), "application/json"))
        except IntakeError:
            continue


TWILIO_NAMES = [
    *("CallSid", "From", "To", "CallStatus", "MessageSid", "Body", "NumMedia", "Timestamp", "Track"),
    *("MessageStatus", "TranscriptionData", "TranscriptionEvent", "StatusCallbackEvent", "ConferenceSid"),
    "SequenceNumber",
]
LIKELY = ["+442079460100", "+442079460101", "transcription-content", "{}", "[", "99"]
FIELDS = st.dictionaries(
    st.sampled_from(TWILIO_NAMES), st.text(max_size=40) | st.sampled_from(LIKELY), max_size=10
)


@given(FIELDS)
def test_any_form_is_read_or_refused(fields: dict[str, str]) -> None:
    body = urlencode(fields, errors="surrogatepass").encode()
    for path in (path for path in HOOKS if path.startswith("twilio")):
        try:
            assert HOOKS[path].read(request(body, "application/x-www-form-urlencoded"))
        except IntakeError:
            continue


@pytest.mark.parametrize("body", [b"[" * 100_000, b"", b"\xff", b'{"a":', b'{"a":' * 50_000])
def test_json_that_is_none_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        json_of(body)


def test_every_webhook_of_the_corpora_goes_through() -> None:
    """Real payloads, also of providers that post to the wrong hook: read, kept raw, or refused."""
    files = corpus("webhooks", "*.json")
    words = 0
    for file in [*sorted(WEBHOOKS.iterdir()), *files]:
        for path in ("whatsapp", "messenger"):
            try:
                reading = HOOKS[path].read(request(_wrapped(file, path), "application/json"))
            except IntakeError:
                continue
            words += sum(isinstance(item, CustomerWord) for item in reading.items)
            assert reading.items or reading.refusals
    assert words >= 4 + (20 if files else 0)


def _wrapped(file: Path, path: str) -> bytes:
    """Samples of single Messenger events lack the envelope that Meta puts around them."""
    body = file.read_bytes()
    if path != "messenger" or "messenger" not in str(file):
        return re.sub(rb'"phone_number_id": "\d+"', b'"phone_number_id": "314159265358979"', body)
    try:
        event = json.loads(body)
    except ValueError:
        return body
    if "entry" in event:
        return body
    event.setdefault("recipient", {})["id"] = "271828182845904"
    return json.dumps({"object": "page", "entry": [{"messaging": [event]}]}).encode()


@given(
    st.text(alphabet="ab=&+%;0C3eé\x00 ", max_size=60).map(str.encode)
    | st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8))).map(
        lambda pairs: urlencode(pairs, errors="surrogatepass").encode()
    )
)
def test_a_form_is_read_as_the_standard_library_reads_it(body: bytes) -> None:
    wanted = parse_qsl(body.decode(), keep_blank_values=True, errors="replace")
    assert form_of(request(body, "application/x-www-form-urlencoded", {})) == wanted


def test_a_form_of_too_many_fields_or_of_no_text_is_refused() -> None:
    for body in (b"&".join([b"a=1"] * 501), b"a=\xff"):
        with pytest.raises(Malformed):
            form_of(request(body, "application/x-www-form-urlencoded", {}))
    assert len(form_of(request(b"&".join([b"a=1"] * 500), "application/x-www-form-urlencoded", {}))) == 500
