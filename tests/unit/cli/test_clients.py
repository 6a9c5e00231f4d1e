"""Webhooks as the providers sign them, checked by the providers' own rules; mail as mail programs do it."""

from __future__ import annotations

import email
import hashlib
import hmac
import json
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import HMAC_SHA256, RequestValidator

from services.standalone.demo.clients import Clients, Post, Secrets, Thread, compose
from services.standalone.demo.scenario import load

ACCOUNTS = load().accounts


@pytest.fixture
def clients() -> Clients:
    """Clients that send nothing: their requests are looked at."""
    secrets = Secrets("twilio-token", "meta-secret", "ak_key")
    return Clients(None, ACCOUNTS, secrets, http="http://127.0.0.1:1", smtp="127.0.0.1:2", tenant="main")  # type: ignore[arg-type]


def form(post: Post) -> dict[str, str]:
    return dict(parse_qsl(post.body.decode(), keep_blank_values=True))


def test_an_sms_is_signed_as_twilio_signs_with_the_auth_token(clients: Clients) -> None:
    sid, post = clients.sms("+447700900111", "Grüße & more")
    assert form(post)["MessageSid"] == sid
    assert RequestValidator("twilio-token").validate(post.url, form(post), post.headers["X-Twilio-Signature"])


def test_an_sms_is_signed_as_twilio_signs_with_a_shared_key(clients: Clients) -> None:
    _, post = clients.sms("+447700900111", "hello", shared=True)
    wanted = RequestValidator(ACCOUNTS.shared_key).compute_signature(post.url, form(post), HMAC_SHA256)
    assert post.headers["X-Twilio-Signature"] == wanted
    assert ACCOUNTS.shared_key_id in post.headers["X-Twilio-Webhooks-Signature-Settings"]


def test_a_query_is_signed_with_the_url(clients: Clients) -> None:
    post = clients.twilio("twilio/voice", {"CallSid": "CA1"}, {"employee": "ada"})
    assert post.url.endswith("/v1/hooks/main/twilio/voice?employee=ada")
    assert RequestValidator("twilio-token").validate(post.url, form(post), post.headers["X-Twilio-Signature"])


def test_a_whatsapp_message_is_signed_over_its_raw_body(clients: Clients) -> None:
    message_id, post = clients.whatsapp("+447700900221", "Amira", "cold", answers="wamid.1")
    digest = hmac.new(b"meta-secret", post.body, hashlib.sha256).hexdigest()
    assert post.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    value = json.loads(post.body)["entry"][0]["changes"][0]["value"]
    assert (value["messages"][0]["id"], value["messages"][0]["context"]["id"]) == (message_id, "wamid.1")


def test_a_messenger_message_names_page_and_sender(clients: Clients) -> None:
    message_id, post = clients.messenger("5520", "hello")
    event = json.loads(post.body)["entry"][0]["messaging"][0]
    assert (event["sender"]["id"], event["recipient"]["id"]) == ("5520", ACCOUNTS.page_id)
    assert event["message"]["mid"] == message_id


def test_a_request_carries_key_and_idempotency_key(clients: Clients) -> None:
    post = clients.rest("/v1/complaints", {"text": "x"}, "once")
    assert post.headers["Authorization"] == "Bearer ak_key"
    assert post.headers["Idempotency-Key"] == "once"


def test_an_answer_goes_where_the_mail_says_and_names_it() -> None:
    thread = Thread("care+c.1.2@harbour.example", "<c.1.m.2@harbour.example>", "Re: Late")
    _, raw = compose("Ann", "ann@example.org", "", "", "Yes.", thread=thread)
    mail = email.message_from_bytes(raw)
    assert (mail["To"], mail["In-Reply-To"]) == (thread.reply_to, thread.message_id)
    assert mail["Subject"] == "Re: Late"


def test_a_mail_is_written_in_the_customers_charset() -> None:
    _, raw = compose("Jürgen", "j@example.net", "care@harbour.example", "Gerät", "Köln", charset="iso-8859-1")
    mail = email.message_from_bytes(raw)
    assert mail.get_content_charset() == "iso-8859-1"
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode("iso-8859-1").strip() == "Köln"
