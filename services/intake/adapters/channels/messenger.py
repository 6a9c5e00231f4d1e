"""Messenger: messages, postbacks and deliveries, many in one POST; echoes of our own are ignored
(conventions 1.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from services.intake.adapters.channels.contact import open_chat
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Request,
    json_of,
    objects_at,
    text_at,
)
from services.intake.adapters.channels.meta import (
    SECRETS,
    check,
    moment,
    source,
    subscribed,
    taken,
    unknown_account,
    unrecognised,
)
from services.intake.domain.records import (
    Attachment,
    Channel,
    CustomerWord,
    Item,
    Party,
    Receipt,
    ReceiptOutcome,
    Refusal,
)
from services.intake.domain.text import clean_line, clean_text

_CHANNEL = Channel.MESSENGER


def read(request: Request) -> Reading:
    """Every messaging event of the POST; what is of no meaning is kept raw once."""
    items: list[Item] = []
    refusals: list[Refusal] = []
    for event in _events(json_of(request.body)):
        # An echo is our own message coming back: its page is the sender.
        if isinstance(event.get("message"), dict) and event["message"].get("is_echo") is True:
            continue
        page = clean_line(text_at(event, "recipient", "id"), 100)
        if page and page not in request.accounts:
            refusals.append(unknown_account(request, _CHANNEL, page))
            continue
        items.extend(_items(request, event, page))
    if not items and not refusals:
        digest = sha256(request.body).hexdigest()
        items.append(unrecognised(request, _CHANNEL, "", "messenger event", f"sha256:{digest}"))
    return Reading(tuple(items), tuple(refusals))


def _events(payload: Any) -> Iterator[dict[str, Any]]:
    for entry in objects_at(payload, "entry"):
        yield from objects_at(entry, "messaging")


def _items(request: Request, event: dict[str, Any], page: str) -> Iterator[Item]:
    sender = clean_line(text_at(event, "sender", "id"), 200)
    if page and sender and text_at(event, "message", "mid"):
        yield _word(request, event, page, sender, event["message"], "text")
    elif page and sender and text_at(event, "postback", "mid"):
        yield _word(request, event, page, sender, event["postback"], "title")
    yield from _deliveries(request, event, page)


def _word(
    request: Request, event: dict[str, Any], page: str, sender: str, said: dict[str, Any], where: str
) -> CustomerWord:
    message_id = clean_line(text_at(said, "mid"))
    text = clean_text(text_at(said, where))
    judged = request.classifier.judge("", text)
    party = Party("messenger", sender)
    return CustomerWord(
        source=source(request, _CHANNEL, page, message_id),
        parties=(party,),
        provider_message_id=message_id,
        text=text,
        text_stripped=text[:16_000],
        attachments=_attachments(said),
        occurred_at=moment(event.get("timestamp"), 1000, request.received_at),
        parent_id=clean_line(text_at(said, "reply_to", "mid")),
        keys=(open_chat(_CHANNEL, page, party),),
        required_skill=request.accounts[page].settings.get("skill", ""),
        severity=judged.severity,
        category=judged.category,
    )


def _attachments(said: dict[str, Any]) -> tuple[Attachment, ...]:
    """Files stay with Meta until somebody asks for them: their kind and address only."""
    return tuple(
        Attachment(clean_line(text_at(one, "payload", "url")), clean_line(text_at(one, "type"), 100), 0, "")
        for one in objects_at(said, "attachments")[:20]
    )


def _deliveries(request: Request, event: dict[str, Any], page: str) -> Iterator[Receipt]:
    """One event tells of many messages; `watermark` (ms) is when the last of them arrived."""
    delivery = event.get("delivery")
    mids = delivery.get("mids") if isinstance(delivery, dict) else None
    if not isinstance(delivery, dict) or not isinstance(mids, list) or not page:
        return
    at = moment(delivery.get("watermark"), 1000, request.received_at)
    for mid in mids[:1000]:
        if isinstance(mid, str) and mid:
            message_id = clean_line(mid)
            yield Receipt(
                source=source(request, _CHANNEL, page, f"{message_id}:delivered"),
                provider_message_id=message_id,
                outcome=ReceiptOutcome.DELIVERED,
                occurred_at=at,
            )


INTEGRATION = Integration(
    "messenger",
    _CHANNEL,
    SECRETS,
    (Hook("messenger", "messenger", _CHANNEL, check, read, taken, handshake=subscribed),),
)
