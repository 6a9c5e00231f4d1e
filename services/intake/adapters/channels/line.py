"""LINE Messaging API: what users write to an official account, many events in one POST (conventions 1.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    objects_at,
    text_at,
)
from services.intake.adapters.signatures import check_line
from services.intake.domain.records import (
    Answer,
    Attachment,
    Channel,
    Item,
    Party,
    Refusal,
    Source,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_text

PROVIDER = "line"
_CHANNEL = Channel.LINE
_FILES = frozenset({"image", "video", "audio", "file", "sticker"})


def check(request: Request) -> None:
    """x-line-signature over the raw body, with any active channel secret of the tenant."""
    secrets = [secret for account in request.accounts.values() for secret in account.secrets]
    check_line(secrets, request.body, request.header("x-line-signature"))


def read(request: Request) -> Reading:
    """Every event of the POST. Without one it is LINE trying out the address: kept raw."""
    payload = json_of(request.body)
    account = clean_line(text_at(payload, "destination"), 100)
    if account not in request.accounts:
        refusal = Refusal(request.tenant_id, _CHANNEL, PROVIDER, "unknown_account", account=account)
        return Reading((), (refusal,))
    items = tuple(_items(request, account, objects_at(payload, "events")))
    if items:
        return Reading(items)
    digest = f"sha256:{sha256(request.body).hexdigest()}"
    return Reading((Unrecognised(_source(request, account, digest), "line without events"),))


def _items(request: Request, account: str, events: list[dict[str, Any]]) -> Iterator[Item]:
    for event in events:
        message_id = clean_line(text_at(event, "message", "id"), 200)
        event_id = clean_line(text_at(event, "webhookEventId"), 200) or message_id
        # In a group everybody would read the answer; in standby another system answers.
        alone = text_at(event, "source", "type") == "user" and text_at(event, "mode") != "standby"
        user, text, files = text_at(event, "source", "userId"), _text(event), _files(event)
        if not event_id:
            continue
        source = _source(request, account, event_id)
        if not alone or not user or not (text or files):
            what = clean_line(f"line {text_at(event, 'type')}", 60)
            yield Unrecognised(source, what)
            continue
        party = Party(_CHANNEL.value, clean_line(user, 200))
        yield chat_word(
            request,
            source,
            (party,),
            message_id or event_id,
            text,
            attachments=files,
            occurred_at=moment(event.get("timestamp"), 1000, request.received_at),
            parent_id=clean_line(text_at(event, "message", "quotedMessageId"), 200),
        )


def _source(request: Request, account: str, event_id: str) -> Source:
    """The inbox key of one event: LINE sends it again under the same id when it was not answered 200."""
    return Source(request.tenant_id, PROVIDER, account, event_id, _CHANNEL)


def _text(event: dict[str, Any]) -> str:
    if text_at(event, "type") == "postback":
        return clean_text(text_at(event, "postback", "data"))
    place = [text_at(event, "message", name) for name in ("title", "address")]
    return clean_text(text_at(event, "message", "text") or ", ".join(one for one in place if one))


def _files(event: dict[str, Any]) -> tuple[Attachment, ...]:
    """Files stay with LINE until somebody asks for them: id or name, kind and size only."""
    message, kind = event.get("message"), text_at(event, "message", "type")
    if not isinstance(message, dict) or kind not in _FILES:
        return ()
    size = message.get("fileSize")
    name = clean_line(text_at(message, "fileName") or text_at(message, "id"), 200)
    known = isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**50
    return (Attachment(name, kind, size if known else 0, ""),)  # type: ignore[arg-type]


def taken(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """LINE wants 200 and nothing else."""
    return Reply(200)


INTEGRATION = Integration(
    PROVIDER, _CHANNEL, ("channel_secret",), (Hook("line", PROVIDER, _CHANNEL, check, read, taken),)
)
