"""What is kept of how input came reads it again, and lets nobody in."""

from __future__ import annotations

import json

from services.intake.adapters.origins import as_json, from_column, of_hook, of_mail

HEADERS = {
    "content-type": "multipart/form-data; boundary=x",
    "x-twilio-signature": "c2ln",
    "webhook-id": "m1",
    "webhook-timestamp": "1",
    "webhook-signature": "v1,abc",
    "authorization": "Basic c2VjcmV0",
    "x-api-key": "secret",
    "x-telegram-bot-api-secret-token": "secret",
    "cookie": "secret",
    "user-agent": "anything",
}


def test_signatures_are_kept_and_passwords_and_tokens_are_not() -> None:
    kept = of_hook("twilio/sms", "https://intake.example/v1/hooks/t/twilio/sms", HEADERS, verified=True)
    assert set(kept.headers) == set(HEADERS) - {
        "authorization",
        "x-api-key",
        "x-telegram-bot-api-secret-token",
        "cookie",
        "user-agent",
    }
    assert "secret" not in str(as_json(kept))


def test_an_origin_comes_back_from_its_column_as_it_was() -> None:
    mail = of_mail("lmtp", "ada@example.org\x00\ud800", ["Care@harbour.example"])
    assert mail.sender == "ada@example.org"
    assert from_column(json.loads(as_json(mail) or "")) == mail
    assert from_column(None) is None
    assert as_json(None) is None
