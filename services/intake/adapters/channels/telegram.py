"""Telegram: what a customer writes to a bot in private, corrects or answers by a button, and what they write
to a business account that the bot looks after (conventions 1.8).

Telegram names the bot by its secret token only. A message is named `BOT/CHAT/MESSAGE`, with `/CONNECTION`
behind it for a business account: all that an answer needs to find its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.intake.adapters.channels.chat import chat_word
from services.intake.adapters.channels.contact import phone_number
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Reply,
    Request,
    json_of,
    moment,
    objects_at,
    text_at,
)
from services.intake.adapters.signatures import check_token
from services.intake.domain.errors import Malformed
from services.intake.domain.records import (
    Answer,
    Attachment,
    Channel,
    Item,
    Party,
    Source,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_name, clean_text

PROVIDER = "telegram"
_CHANNEL = Channel.TELEGRAM
_MESSAGES = ("message", "edited_message", "business_message", "edited_business_message")
_FILES = ("animation", "audio", "document", "sticker", "video", "video_note", "voice")
# What pressing "Start" sends: nobody has said anything yet.
_START = "/start"


def check(request: Request) -> None:
    """The secret token given with setWebhook."""
    _bot(request)


def _bot(request: Request) -> str:
    return check_token(request.accounts, "secret_token", request.header("x-telegram-bot-api-secret-token"))


def read(request: Request) -> Reading:
    """The one thing that an update tells; groups, channels and what bots write are kept raw."""
    update, bot = json_of(request.body), _bot(request)
    number = _number(update, "update_id")
    if number is None:
        raise Malformed("missing_id", "the request carries no id of Telegram's")
    source = Source(request.tenant_id, PROVIDER, bot, str(number), _CHANNEL)
    for kind in _MESSAGES:
        if isinstance(update.get(kind), dict):
            return Reading((_message(request, source, update[kind]),))
    if isinstance(update.get("callback_query"), dict):
        return Reading((_pressed(request, source, update["callback_query"]),))
    return Reading((Unrecognised(source, "telegram update"),))


def _message(request: Request, source: Source, message: dict[str, Any]) -> Item:
    place, files, text = _place(source, message, message.get("from")), _files(message), _text(message)
    if not place or not (text or files):
        return Unrecognised(source, "telegram message")
    stamp = message.get("edit_date") or message.get("date")
    return chat_word(
        request,
        source,
        _parties(message),
        place,
        text,
        attachments=files,
        occurred_at=moment(stamp, 1, request.received_at),
        parent_id=_place(source, message.get("reply_to_message"), message.get("from")),
        suppressed_reason="bot_started" if text.partition(" ")[0] == _START else "",
    )


def _pressed(request: Request, source: Source, query: dict[str, Any]) -> Item:
    """A button below a message of ours; its words are on the button, Telegram itself sends only a mark."""
    message = query.get("message")
    place, name = _place(source, message, query.get("from")), clean_line(text_at(query, "id"), 100)
    mark = text_at(query, "data")
    if not place or not name or not mark:
        return Unrecognised(source, "telegram callback")
    buttons = [
        button
        for row in _rows(message)
        for button in row
        if isinstance(button, dict) and text_at(button, "callback_data") == mark
    ]
    text = text_at(buttons[0], "text") if buttons else mark
    return chat_word(request, source, _parties(query), f"{place}:{name}", text, parent_id=place)


def _rows(message: Any) -> list[list[Any]]:
    markup = message.get("reply_markup") if isinstance(message, dict) else None
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    return [row for row in rows[:100] if isinstance(row, list)] if isinstance(rows, list) else []


def _place(source: Source, message: Any, sender: Any) -> str:
    """`BOT/CHAT/MESSAGE[/CONNECTION]` in the private chat of `sender`, "" anywhere else: a private chat has
    its customer's id. So the owner of a business account, who has another one, is no customer of their own.
    """
    chat = _number(message.get("chat"), "id") if isinstance(message, dict) else None
    number = _number(message, "message_id")
    by_robot = isinstance(sender, dict) and sender.get("is_bot") is True
    if chat is None or number is None or by_robot or chat != _number(sender, "id"):
        return ""
    connection = clean_line(text_at(message, "business_connection_id"), 200)
    return f"{source.account}/{chat}/{number}" + (f"/{connection}" if connection else "")


def _parties(said: dict[str, Any]) -> tuple[Party, ...]:
    """Who wrote, with the number if they share their own contact: Telegram tells whose a number is."""
    sender, contact = said.get("from"), said.get("contact")
    number = _number(sender, "id")
    name = clean_name(f"{text_at(sender, 'first_name')} {text_at(sender, 'last_name')}")
    own = number is not None and _number(contact, "user_id") == number
    phone = phone_number(f"+{text_at(contact, 'phone_number').lstrip('+')}") if own else ""
    parties = (Party(_CHANNEL.value, str(number), name),)
    return (*parties, Party("phone", phone, name)) if phone else parties


def _text(message: dict[str, Any]) -> str:
    candidates = (
        text_at(message, "text"),
        text_at(message, "caption"),
        " ".join(text_at(message, "contact", name) for name in ("first_name", "phone_number")),
        text_at(message, "venue", "title"),
        _position(message.get("location")),
    )
    return next((text for one in candidates if (text := clean_text(one))), "")


def _position(location: Any) -> str:
    if not isinstance(location, dict):
        return ""
    degrees = [location.get(name) for name in ("latitude", "longitude")]
    return ", ".join(str(one) for one in degrees if isinstance(one, float))


def _files(message: dict[str, Any]) -> tuple[Attachment, ...]:
    """Files stay with Telegram until somebody asks for them: id, kind and size only; of a photo's sizes the
    largest.
    """
    found = [(message[kind], kind) for kind in _FILES if isinstance(message.get(kind), dict)]
    found += [(photo, "photo") for photo in objects_at(message, "photo")[-1:]]
    return tuple(
        Attachment(
            clean_line(text_at(one, "file_name") or text_at(one, "file_id"), 200),
            clean_line(text_at(one, "mime_type") or kind, 100),
            _number(one, "file_size") or 0,
            "",
        )
        for one, kind in found
    )


def _number(value: Any, name: str) -> int | None:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63 else None


def taken(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """Telegram wants 2xx and nothing else."""
    return Reply(200)


INTEGRATION = Integration(
    PROVIDER,
    _CHANNEL,
    ("secret_token",),
    (Hook("telegram", PROVIDER, _CHANNEL, check, read, taken),),
)
