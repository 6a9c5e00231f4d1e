"""Mailgun: mail by a route's POST, and what became of mails sent through Mailgun (conventions 1.6).

Mailgun signs a timestamp and a token, not the body: the token is the inbox key, and an old timestamp is
refused, so that what was once overheard is of no use. Retries carry the signature of the first attempt.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from services.intake.adapters.channels.forms import PostedForm, posted_form
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Request,
    json_of,
    text_at,
)
from services.intake.adapters.channels.posted import POST_LIMIT, assembled, envelope_of, received, taken
from services.intake.adapters.signatures import check_recent, same, signer
from services.intake.domain.errors import Malformed
from services.intake.domain.records import (
    Channel,
    Receipt,
    ReceiptOutcome,
    Source,
    Unrecognised,
)
from services.intake.domain.text import clean_line

_PROVIDER = "mailgun"
_CHANNEL = Channel.EMAIL
_NOT_ACCEPTABLE = 406  # the only answer but 200 after which Mailgun does not come again
# Mailgun tries for eight hours, each time with the first signature.
_WINDOW = timedelta(hours=12)


def check_route(request: Request) -> None:
    """The signature among the fields of a route's POST. Raises BadSignature, Malformed."""
    form = posted_form(request)
    _check(request, form.text("timestamp"), form.text("token"), form.text("signature"))


def _check(request: Request, timestamp: str, token: str, signature: str) -> None:
    """Hex HMAC-SHA256 of timestamp and token with any active signing key, and a timestamp that is recent."""
    signed = (timestamp + token).encode("utf-8", "replace")

    def holds(key: str) -> bool:
        return same(hmac.new(key.encode(), signed, sha256).hexdigest(), signature.lower())

    signer(request.accounts, "signing_key", holds)
    check_recent(timestamp, request.received_at, _WINDOW)


def read_route(request: Request) -> Reading:
    """The mail of a route's POST: `body-mime` where the route's address ends in "mime", else its parts."""
    form = posted_form(request)
    envelope = envelope_of(request, _PROVIDER, form.text("sender"), form.text("recipient").split(",")[:100])
    mail = form.fields.get("body-mime") or _parsed(form)
    return Reading((received(request, mail, envelope, clean_line(form.text("token"))),))


def _parsed(form: PostedForm) -> bytes:
    listed = json_of(form.fields.get("message-headers") or b"[]")
    headers = [
        (one[0], one[1])
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, list) and len(one) == 2 and all(isinstance(word, str) for word in one)
    ]
    if not headers:
        headers = [(name, form.text(name.lower())) for name in ("From", "Subject") if form.text(name.lower())]
    if not headers:
        raise Malformed("empty_mail", "neither a raw mail nor headers of one")
    return assembled(headers, form.text("body-plain"), form.text("body-html"), form.files)


# ------------------------------------------------------------------------------------------ receipts

# A complaint is about a mail that arrived: unwanted, and delivered.
_OUTCOMES = {
    "delivered": ReceiptOutcome.DELIVERED,
    "complained": ReceiptOutcome.DELIVERED,
    "permanent_fail": ReceiptOutcome.FAILED,
    "rejected": ReceiptOutcome.FAILED,
}


def check_event(request: Request) -> None:
    """The signature inside an event's JSON. Raises BadSignature, Malformed."""
    signed = json_of(request.body)
    signed = signed.get("signature") if isinstance(signed, dict) else None
    _check(request, text_at(signed, "timestamp"), text_at(signed, "token"), text_at(signed, "signature"))


def read_event(request: Request) -> Reading:
    """What became of a mail that left through Mailgun; a temporary failure says nothing yet."""
    payload = json_of(request.body)
    event = payload.get("event-data") if isinstance(payload, dict) else None
    token = clean_line(text_at(payload, "signature", "token"))
    said, message_id = _said(event), text_at(event, "message", "headers", "message-id").strip("<> ")
    outcome = _OUTCOMES.get(said)
    if outcome is None or not message_id:
        origin = Source(request.tenant_id, _PROVIDER, "", token, _CHANNEL)
        return Reading((Unrecognised(origin, f"mailgun {clean_line(said, 40)}"),))
    receipt = Receipt(
        # Follow-up knows the mail as sent by SMTP, whoever carried it.
        source=Source(request.tenant_id, "smtp", _PROVIDER, f"mailgun:{token}", _CHANNEL),
        provider_message_id=f"<{clean_line(message_id)}>",
        outcome=outcome,
        reason="" if said == "delivered" else _reason(event, said),
        occurred_at=_moment(event, request.received_at),
    )
    return Reading((receipt,))


def _said(event: Any) -> str:
    said, severity = text_at(event, "event"), text_at(event, "severity")
    return f"{severity}_fail" if said == "failed" and severity else said


def _reason(event: Any, said: str) -> str:
    status = event.get("delivery-status") if isinstance(event, dict) else None
    code = status.get("code") if isinstance(status, dict) else None
    if isinstance(code, int) and 100 <= code < 1000:
        return f"smtp_{code}"
    return clean_line(text_at(event, "reason") or said, 40)


def _moment(event: Any, received_at: datetime) -> datetime | None:
    """Seconds with a fraction since 1970; absent when it cannot be right."""
    stamp = event.get("timestamp") if isinstance(event, dict) else None
    if isinstance(stamp, bool) or not isinstance(stamp, int | float) or not 0 < stamp < 10**10:
        return None
    found = datetime.fromtimestamp(stamp, UTC)
    return found if found <= received_at + timedelta(minutes=2) else None


INTEGRATION = Integration(
    _PROVIDER,
    _CHANNEL,
    ("signing_key",),
    tuple(
        Hook(path, _PROVIDER, _CHANNEL, check, read, taken, final_status=_NOT_ACCEPTABLE, body_limit=limit)
        for path, check, read, limit in (
            ("mailgun", check_route, read_route, POST_LIMIT),
            # Mailgun posts raw MIME to an address that ends in "mime", and only there.
            ("mailgun/mime", check_route, read_route, POST_LIMIT),
            ("mailgun/events", check_event, read_event, 1024 * 1024),
        )
    ),
)
