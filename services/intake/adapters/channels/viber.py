"""Viber bots: messages and receipts, one in a POST (conventions 1.1). Viber names the bot by its signature
only.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from services.intake.adapters.channels.chat import chat_word
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Reply,
    Request,
    json_of,
    moment,
    text_at,
)
from services.intake.adapters.signatures import check_viber
from services.intake.domain.records import (
    Answer,
    Attachment,
    Channel,
    Item,
    Party,
    Receipt,
    ReceiptOutcome,
    Source,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_name, clean_text

PROVIDER = "viber"
_CHANNEL = Channel.VIBER
_OUTCOMES = {
    "delivered": ReceiptOutcome.DELIVERED,
    "seen": ReceiptOutcome.READ,
    "failed": ReceiptOutcome.FAILED,
}


def check(request: Request) -> None:
    """X-Viber-Content-Signature over the raw body."""
    _bot(request)


def _bot(request: Request) -> str:
    return check_viber(request.accounts, request.body, request.header("x-viber-content-signature"))


def read(request: Request) -> Reading:
    """The one event of the POST; subscriptions and Viber trying out the address are kept raw."""
    told, account = json_of(request.body), _bot(request)
    event, token = text_at(told, "event"), _token(told)
    digest = sha256(request.body).hexdigest()
    event_id = f"{token}:{clean_line(event, 40)}" if token else f"sha256:{digest}"
    source = Source(request.tenant_id, PROVIDER, account, event_id, _CHANNEL)
    return Reading((_item(request, told, source, event, token),))


def _item(request: Request, told: Any, source: Source, event: str, token: str) -> Item:
    sender = clean_line(text_at(told, "sender", "id"), 200)
    text, files = _text(told), _files(told)
    if token and event in _OUTCOMES:
        at = moment(told.get("timestamp"), 1000, request.received_at)
        return Receipt(source, token, _OUTCOMES[event], clean_line(text_at(told, "desc"), 100), at)
    if event != "message" or not token or not sender or not (text or files):
        return Unrecognised(source, clean_line(f"viber {event}", 60))
    party = Party(_CHANNEL.value, sender, clean_name(text_at(told, "sender", "name")))
    at = moment(told.get("timestamp"), 1000, request.received_at)
    return chat_word(request, source, (party,), token, text, attachments=files, occurred_at=at)


def _token(told: Any) -> str:
    """Viber's number of the message: an integer of 64 bits."""
    found = told.get("message_token") if isinstance(told, dict) else None
    return str(found) if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**64 else ""


def _text(told: Any) -> str:
    message = told.get("message") if isinstance(told, dict) else None
    place = message.get("location") if isinstance(message, dict) else None
    degrees = [place.get(name) for name in ("lat", "lon")] if isinstance(place, dict) else []
    contact = text_at(message, "contact", "name"), text_at(message, "contact", "phone_number")
    candidates = (
        text_at(message, "text"),
        text_at(message, "media") if text_at(message, "type") == "url" else "",
        " ".join(contact),
        ", ".join(str(one) for one in degrees if isinstance(one, float | str)),
    )
    return next((text for one in candidates if (text := clean_text(one))), "")


def _files(told: Any) -> tuple[Attachment, ...]:
    """Files stay with Viber until somebody asks for them: address, name or number, and kind only."""
    message = told.get("message") if isinstance(told, dict) else None
    kind, media = text_at(message, "type"), text_at(message, "media")
    if kind == "sticker" and isinstance(message, dict):
        media = str(message.get("sticker_id", ""))
    if not media or kind == "url":
        return ()
    return (Attachment(clean_line(text_at(message, "file_name") or media), clean_line(kind, 100), 0, ""),)


def taken(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """Viber wants 200 and nothing else."""
    return Reply(200)


INTEGRATION = Integration(
    PROVIDER, _CHANNEL, ("auth_token",), (Hook("viber", PROVIDER, _CHANNEL, check, read, taken),)
)
