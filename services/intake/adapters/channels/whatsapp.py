"""WhatsApp Cloud API: messages and statuses, many in one POST (conventions 1.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.intake.adapters.channels.chat import chat_word
from services.intake.adapters.channels.contact import phone_number
from services.intake.adapters.channels.hooks import Reading, Request, json_of, moment, objects_at, text_at
from services.intake.adapters.channels.meta import integration, read_parts, source, unrecognised
from services.intake.domain.records import (
    Attachment,
    Channel,
    CustomerWord,
    Item,
    Party,
    Receipt,
    ReceiptOutcome,
)
from services.intake.domain.text import clean_line, clean_name

_CHANNEL = Channel.WHATSAPP
_OUTCOMES = {
    "sent": ReceiptOutcome.SENT,
    "delivered": ReceiptOutcome.DELIVERED,
    "read": ReceiptOutcome.READ,
    "played": ReceiptOutcome.READ,
    "failed": ReceiptOutcome.FAILED,
}
_MEDIA = ("image", "video", "audio", "document", "sticker")
# What is no word of a customer: system notices, reactions, and what WhatsApp itself cannot show.
_NO_WORDS = frozenset({"system", "reaction", "unsupported", "unknown", "revoke", "edit", "request_welcome"})


def read(request: Request) -> Reading:
    """Every message and status of the POST."""
    return read_parts(request, _CHANNEL, _values(json_of(request.body)), _items)


def _values(payload: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in objects_at(payload, "entry"):
        for change in objects_at(entry, "changes"):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict):
                yield clean_line(text_at(value, "metadata", "phone_number_id"), 100), value


def _items(request: Request, value: dict[str, Any], account: str) -> Iterator[Item]:
    yield from _messages(request, value, account)
    yield from _statuses(request, value, account)


def _messages(request: Request, value: dict[str, Any], account: str) -> Iterator[Item]:
    names = {
        text_at(contact, "wa_id"): text_at(contact, "profile", "name")
        for contact in objects_at(value, "contacts")
    }
    for message in objects_at(value, "messages"):
        message_id, kind = clean_line(text_at(message, "id")), text_at(message, "type")
        # Somebody who hides the number is known by a user id instead.
        sender = text_at(message, "from") or text_at(message, "from_user_id")
        if not message_id:
            continue
        if kind in _NO_WORDS or not sender:
            yield unrecognised(request, _CHANNEL, account, f"whatsapp {kind}", message_id)
            continue
        yield _word(request, message, account, sender, names.get(sender, ""))


def _word(request: Request, message: dict[str, Any], account: str, sender: str, name: str) -> CustomerWord:
    message_id = clean_line(text_at(message, "id"))
    return chat_word(
        request,
        source(request, _CHANNEL, account, message_id),
        (_party(sender, clean_name(name)),),
        message_id,
        _text(message),
        attachments=_attachments(message),
        occurred_at=moment(message.get("timestamp"), 1, request.received_at),
        parent_id=clean_line(text_at(message, "context", "id")),
    )


def _party(sender: str, shown: str) -> Party:
    """A wa_id is the number without its plus; a sender without a number is a handle (conventions 1.2)."""
    number = phone_number(f"+{sender}") if sender.isdecimal() else ""
    return Party("whatsapp", number, shown) if number else Party("handle", clean_line(sender, 200), shown)


def _text(message: dict[str, Any]) -> str:
    kind = text_at(message, "type")
    inner = message.get(kind)
    candidates = (
        text_at(message, "text", "body"),
        text_at(message, "button", "text"),
        text_at(inner, "caption"),
        text_at(inner, "button_reply", "title"),
        text_at(inner, "list_reply", "title"),
        text_at(inner, "name"),
    )
    return next((one for one in candidates if one), "")


def _attachments(message: dict[str, Any]) -> tuple[Attachment, ...]:
    """Files stay with Meta until somebody asks for them: their id, kind and hash only."""
    found = [message[kind] for kind in _MEDIA if isinstance(message.get(kind), dict)]
    return tuple(
        Attachment(
            clean_line(text_at(media, "filename") or text_at(media, "id"), 200),
            clean_line(text_at(media, "mime_type"), 100),
            0,
            "",
        )
        for media in found
    )


def _statuses(request: Request, value: dict[str, Any], account: str) -> Iterator[Item]:
    for status in objects_at(value, "statuses"):
        message_id, said = clean_line(text_at(status, "id")), text_at(status, "status")
        outcome = _OUTCOMES.get(said)
        if not message_id:
            continue
        if outcome is None:
            yield unrecognised(request, _CHANNEL, account, f"whatsapp status {said}", f"{message_id}:{said}")
            continue
        codes = [str(error.get("code", "")) for error in objects_at(status, "errors")]
        yield Receipt(
            source=source(request, _CHANNEL, account, f"{message_id}:{said}"),
            provider_message_id=message_id,
            outcome=outcome,
            reason=clean_line(",".join(codes), 100),
            occurred_at=moment(status.get("timestamp"), 1, request.received_at),
        )


INTEGRATION = integration(_CHANNEL, read)
