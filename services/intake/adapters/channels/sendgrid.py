"""SendGrid: mail by Inbound Parse, and what became of mails sent through SendGrid (conventions 1.6).

A request is signed with a private key of SendGrid's, or behind HTTP Basic. SendGrid drops a mail for good on
any 4xx and tries for three days on a 5xx: what the operator can still set right (a key, a password, an
address) is therefore answered 503.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from services.intake.adapters.channels.forms import PostedForm, posted_form
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Request,
    json_of,
    moment,
    text_at,
)
from services.intake.adapters.channels.posted import POST_LIMIT, assembled, envelope_of, received, taken
from services.intake.adapters.signatures import check_basic, check_recent, exact_base64, signer
from services.intake.domain.errors import Malformed
from services.intake.domain.records import Channel, Item, Receipt, ReceiptOutcome, Source, Unrecognised
from services.intake.domain.text import clean_line

_PROVIDER = "sendgrid"
_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# SendGrid tries for 72 hours, and does not say whether a retry is signed anew; within the window the inbox
# key is the guard against a replay.
_WINDOW = timedelta(hours=73)
_TRY_AGAIN = 503


def check(request: Request) -> None:
    """ECDSA over timestamp and raw body; Basic for accounts without a key. Raises BadSignature."""
    if not request.header(_SIGNATURE):
        unsigned = {
            name: account
            for name, account in request.accounts.items()
            if all(secret.kind != "verification_key" for secret in account.secrets)
        }
        check_basic(unsigned, request.header("authorization"))
        return
    timestamp, given = request.header(_TIMESTAMP), request.header(_SIGNATURE)
    signed = timestamp.encode("utf-8", "replace") + request.body
    signer(request.accounts, "verification_key", lambda key: _holds(key, given, signed))
    check_recent(timestamp, request.received_at, _WINDOW)


def _holds(key: str, signature: str, signed: bytes) -> bool:
    public = _public_key(key)
    if public is None:
        return False
    try:
        public.verify(exact_base64(signature), signed, ECDSA(SHA256()))
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public_key(text: str) -> EllipticCurvePublicKey | None:
    """The key as SendGrid shows it (base64 of DER); None when it is no such key: then nothing is believed."""
    try:
        key = load_der_public_key(b64decode(text))
    except (NotBase64, ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None


def read(request: Request) -> Reading:
    """The mail: the field `email` where raw mail is posted, else put together from the parsed fields."""
    form = posted_form(request)
    told = json_of(form.fields.get("envelope") or b"{}")
    to = told.get("to") if isinstance(told, dict) else None
    recipients = [one for one in to[:100] if isinstance(one, str)] if isinstance(to, list) else []
    envelope = envelope_of(request, _PROVIDER, text_at(told, "from"), recipients)
    return Reading((received(request, form.fields.get("email") or _parsed(form), envelope),))


def _parsed(form: PostedForm) -> bytes:
    headers = list(_headers(form.text("headers")))
    if not headers:
        raise Malformed("empty_mail", "neither a raw mail nor headers of one")
    charsets = json_of(form.fields.get("charsets") or b"{}")
    return assembled(
        headers,
        form.text("text", text_at(charsets, "text")),
        form.text("html", text_at(charsets, "html")),
        form.files,
    )


def _headers(block: str) -> Iterator[tuple[str, str]]:
    """Names and values of a header block, continued lines joined."""
    unfolded = block.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ")
    for line in unfolded.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


# ------------------------------------------------------------------------------------------ receipts

# A complaint is about a mail that arrived: unwanted, and delivered.
_OUTCOMES = {
    "delivered": ReceiptOutcome.DELIVERED,
    "spamreport": ReceiptOutcome.DELIVERED,
    "bounce": ReceiptOutcome.FAILED,
    "dropped": ReceiptOutcome.FAILED,
}


def read_events(request: Request) -> Reading:
    """What became of mails that left through SendGrid's SMTP, many in one POST; the rest is kept raw."""
    listed = json_of(request.body)
    events = [one for one in listed[:1000] if isinstance(one, dict)] if isinstance(listed, list) else []
    if not events:
        digest = sha256(request.body).hexdigest()
        return Reading((Unrecognised(_source(request, f"sha256:{digest}"), "sendgrid events"),))
    return Reading(tuple(_event(request, one) for one in events))


def _event(request: Request, event: dict[str, Any]) -> Item:
    """`smtp-id` is the Message-ID that the mail came to SendGrid with."""
    said, message_id = text_at(event, "event"), clean_line(text_at(event, "smtp-id").strip("<> "))
    event_id = clean_line(text_at(event, "sg_event_id") or f"{message_id}:{said}", 400)
    outcome = _OUTCOMES.get(said)
    if outcome is None or not message_id:
        return Unrecognised(_source(request, event_id), f"sendgrid {clean_line(said, 40)}")
    reason = "complained" if said == "spamreport" else text_at(event, "status") or text_at(event, "reason")
    return Receipt(
        # Follow-up knows the mail as sent by SMTP, whoever carried it.
        source=replace(_source(request, f"sendgrid:{event_id}"), provider="smtp", account=_PROVIDER),
        provider_message_id=f"<{message_id}>",
        outcome=outcome,
        reason="" if said == "delivered" else clean_line(reason, 40),
        occurred_at=moment(event.get("timestamp"), 1, request.received_at),
    )


def _source(request: Request, event_id: str) -> Source:
    return Source(request.tenant_id, _PROVIDER, "", event_id, Channel.EMAIL)


INTEGRATION = Integration(
    _PROVIDER,
    Channel.EMAIL,
    ("verification_key", "basic"),
    (
        Hook(
            "sendgrid",
            _PROVIDER,
            Channel.EMAIL,
            check,
            read,
            taken,
            again_status=_TRY_AGAIN,
            body_limit=POST_LIMIT,
        ),
        Hook(
            "sendgrid/events",
            _PROVIDER,
            Channel.EMAIL,
            check,
            read_events,
            taken,
            again_status=_TRY_AGAIN,
        ),
    ),
)
