"""Made-up input of three channels as their providers send it: signed webhooks and mail, each from a
customer of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.domain.records import Channel
from tests.support.complaints import body

BASE = "https://intake.example"
CHANNELS = ("whatsapp", "sms", "mail")
_SECRET = "bench-secret"
_NUMBER = "+442079460101"


@dataclass(frozen=True, slots=True)
class Input:
    """One POST, or one mail (`path` empty)."""

    path: str
    headers: dict[str, str]
    body: bytes
    sender: str = ""
    recipient: str = ""


def account(channel: str, tenant: str) -> ChannelAccount:
    """Where the inputs of a channel are sent to."""
    if channel == "mail":
        return ChannelAccount(tenant, "mail", f"care@{tenant}.example", Channel.EMAIL)
    if channel == "sms":
        secrets = (Secret("auth_token", _SECRET),)
        return ChannelAccount(tenant, "twilio", _NUMBER, Channel.SMS, {}, secrets)
    return ChannelAccount(tenant, "whatsapp", "31415", Channel.WHATSAPP, {}, (Secret("app_secret", _SECRET),))


def inputs(channel: str, tenant: str, count: int) -> Iterator[Input]:
    """`count` of them, about half a kilobyte of words each."""
    make = {"whatsapp": _whatsapp, "sms": _sms, "mail": _mail}[channel]
    for number in range(count):
        yield make(tenant, number, json.loads(body(number, tenant))["text"])


def _whatsapp(tenant: str, number: int, text: str) -> Input:
    sender = f"4477009{number:05d}"
    message = {
        "from": sender,
        "id": f"wamid.{tenant}{number}",
        "timestamp": "1767323045",
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "31415"},
        "contacts": [{"profile": {"name": f"Ada {number}"}, "wa_id": sender}],
        "messages": [message],
    }
    entry = {"id": "1", "changes": [{"value": value, "field": "messages"}]}
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    signed = hmac.new(_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={signed}"}
    return Input(f"/v1/hooks/{tenant}/whatsapp", headers, raw)


def _sms(tenant: str, number: int, text: str) -> Input:
    path = f"/v1/hooks/{tenant}/twilio/sms"
    form = {
        "ToCountry": "GB",
        "SmsMessageSid": f"SM{tenant}{number}",
        "NumMedia": "0",
        "FromCountry": "GB",
        "MessageSid": f"SM{tenant}{number}",
        "AccountSid": "AC0123456789",
        "To": _NUMBER,
        "From": f"+4477009{number:05d}",
        "Body": text,
        "NumSegments": "3",
        "ApiVersion": "2010-04-01",
    }
    signed = BASE + path + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(_SECRET.encode(), signed.encode(), hashlib.sha1).digest())
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": signature.decode(),
    }
    return Input(path, headers, urlencode(form).encode())


def _mail(tenant: str, number: int, text: str) -> Input:
    sender, recipient = f"c{number}@{tenant}.customer.example", f"care@{tenant}.example"
    lines = [
        f"Received: from mx.example by relay.example with ESMTPS id {number}; Fri, 2 Jan 2026 03:04:05 +0000",
        f"From: Ada Customer {number} <{sender}>",
        f"To: {recipient}",
        "Subject: This cannot be right",
        f"Message-ID: <{number}@{tenant}.customer.example>",
        "Date: Fri, 2 Jan 2026 03:04:05 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "",
    ]
    return Input("", {}, "\r\n".join(lines).encode(), sender, recipient)
