"""Messenger and Instagram: messages, postbacks and receipts in one shape, many in one POST; echoes of our
own are ignored (conventions 1.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from services.intake.adapters.channels.chat import chat_word
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
    Source,
)
from services.intake.domain.text import clean_line


def reader(channel: Channel) -> Callable[[Request], Reading]:
    """How a POST of `channel` is read; the channel's word is also what its parties are called."""
    items_of = partial(_items, channel)

    def read(request: Request) -> Reading:
        return read_parts(request, channel, _events(json_of(request.body)), items_of)

    return read


def _events(payload: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in objects_at(payload, "entry"):
        for event in objects_at(entry, "messaging"):
            # An echo is our own message coming back: its page is the sender.
            if not (isinstance(event.get("message"), dict) and event["message"].get("is_echo") is True):
                yield clean_line(text_at(event, "recipient", "id"), 100), event


def _items(channel: Channel, request: Request, event: dict[str, Any], page: str) -> Iterator[Item]:
    sender = clean_line(text_at(event, "sender", "id"), 200)
    if page and sender:
        yield from _words(channel, request, event, page, sender)
    if page:
        yield from _receipts(channel, request, event, page)


def _words(
    channel: Channel, request: Request, event: dict[str, Any], page: str, sender: str
) -> Iterator[Item]:
    mid = clean_line(text_at(event, "message", "mid"))
    if mid and (event["message"].get("is_deleted") is True or event["message"].get("is_unsupported") is True):
        yield unrecognised(request, channel, page, f"{channel} message without words", mid)
    elif mid:
        yield _word(channel, request, event, page, sender, event["message"], "text")
    elif text_at(event, "postback", "mid"):
        yield _word(channel, request, event, page, sender, event["postback"], "title")


def _word(
    channel: Channel,
    request: Request,
    event: dict[str, Any],
    page: str,
    sender: str,
    said: dict[str, Any],
    where: str,
) -> CustomerWord:
    message_id = clean_line(text_at(said, "mid"))
    return chat_word(
        request,
        source(request, channel, page, message_id),
        (Party(channel.value, sender),),
        message_id,
        text_at(said, where),
        attachments=_attachments(said),
        occurred_at=moment(event.get("timestamp"), 1000, request.received_at),
        parent_id=clean_line(text_at(said, "reply_to", "mid")),
    )


def _attachments(said: dict[str, Any]) -> tuple[Attachment, ...]:
    """Files stay with Meta until somebody asks for them: their kind and address only."""
    return tuple(
        Attachment(clean_line(text_at(one, "payload", "url")), clean_line(text_at(one, "type"), 100), 0, "")
        for one in objects_at(said, "attachments")[:20]
    )


def _receipts(channel: Channel, request: Request, event: dict[str, Any], page: str) -> Iterator[Receipt]:
    """Messenger tells of many messages that arrived, `watermark` (ms) is when the last of them did; Instagram
    tells that one was read.
    """
    delivery, seen = event.get("delivery"), clean_line(text_at(event, "read", "mid"))
    mids = delivery.get("mids") if isinstance(delivery, dict) else None
    if isinstance(delivery, dict) and isinstance(mids, list):
        at = moment(delivery.get("watermark"), 1000, request.received_at)
        for mid in mids[:1000]:
            if isinstance(mid, str) and mid:
                outcome = ReceiptOutcome.DELIVERED
                yield _receipt(source(request, channel, page, f"{mid}:delivered"), mid, outcome, at)
    if seen:
        at = moment(event.get("timestamp"), 1000, request.received_at)
        yield _receipt(source(request, channel, page, f"{seen}:read"), seen, ReceiptOutcome.READ, at)


def _receipt(of: Source, mid: str, outcome: ReceiptOutcome, at: datetime | None) -> Receipt:
    return Receipt(of, clean_line(mid), outcome, occurred_at=at)


INTEGRATION = integration(Channel.MESSENGER, reader(Channel.MESSENGER))
