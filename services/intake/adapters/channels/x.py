"""X, beta: direct messages to an account of ours and posts that mention it, by the Account Activity webhooks
(conventions 1.8). Written by the published contract; not tried against the paid service.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
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
from services.intake.adapters.signatures import check_x, x_token
from services.intake.domain.records import (
    Answer,
    Attachment,
    Channel,
    CustomerWord,
    Item,
    Party,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Source,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_name

PROVIDER = "x"
_CHANNEL = Channel.X
_CHALLENGE_LIMIT = 500


def check(request: Request) -> None:
    """x-twitter-webhooks-signature over the raw body, with any active consumer secret of the tenant."""
    secrets = [secret for account in request.accounts.values() for secret in account.secrets]
    check_x(secrets, request.body, request.header("x-twitter-webhooks-signature"))


def challenged(request: Request) -> Reply:
    """X asks every hour, and at will, whether we know the consumer secret: the newest one answers."""
    token = request.query.get("crc_token", "")
    secrets = [
        one.secret
        for account in request.accounts.values()
        for one in account.secrets
        if one.kind == "consumer_secret"
    ]
    if not secrets or not 0 < len(token) <= _CHALLENGE_LIMIT:
        return Reply(403, b"forbidden")
    answer = {"response_token": x_token(secrets[0], token.encode("utf-8", "replace"))}
    return Reply(200, json.dumps(answer).encode(), "application/json")


def read(request: Request) -> Reading:
    """Every message, mention and read mark of the POST; what else the account does is kept raw once."""
    payload = json_of(request.body)
    account = clean_line(text_at(payload, "for_user_id"), 100)
    if account and account not in request.accounts:
        refusal = Refusal(request.tenant_id, _CHANNEL, PROVIDER, "unknown_account", account=account)
        return Reading((), (refusal,))
    items: list[Item] = []
    if account:
        items += _messages(request, account, payload)
        items += _mentions(request, account, payload)
        items += _seen(request, account, payload)
    if not items:
        digest = f"sha256:{sha256(request.body).hexdigest()}"
        items.append(Unrecognised(_source(request, account, digest), "x activity"))
    return Reading(tuple(items))


def _messages(request: Request, account: str, payload: Any) -> Iterator[Item]:
    """Messages of others; what the account itself sent comes back too and is left out."""
    for event in objects_at(payload, "direct_message_events"):
        sender, event_id = text_at(event, "message_create", "sender_id"), text_at(event, "id")
        said = event.get("message_create")
        if not sender or sender == account or not event_id or not isinstance(said, dict):
            continue
        data, name = said.get("message_data"), text_at(payload, "users", sender, "name")
        at = moment(event.get("created_timestamp"), 1000, request.received_at)
        word = _word(request, account, ("dm", event_id), (sender, name), text_at(data, "text"), at)
        yield replace(word, attachments=_files(data))


def _mentions(request: Request, account: str, payload: Any) -> Iterator[Item]:
    """Posts of others that name the account or answer it; a repost is nobody's new word."""
    for post in objects_at(payload, "tweet_create_events"):
        author, post_id = text_at(post, "user", "id_str"), text_at(post, "id_str")
        if not author or author == account or not post_id or "retweeted_status" in post:
            continue
        if not _names(post, account):
            continue
        text = (
            text_at(post, "extended_tweet", "full_text")
            or text_at(post, "full_text")
            or text_at(post, "text")
        )
        at = moment(post.get("timestamp_ms"), 1000, request.received_at) or _posted(post, request.received_at)
        name, parent = text_at(post, "user", "name"), text_at(post, "in_reply_to_status_id_str")
        yield _word(request, account, ("post", post_id), (author, name), text, at, parent)


def _names(post: dict[str, Any], account: str) -> bool:
    if text_at(post, "in_reply_to_user_id_str") == account:
        return True
    whole = post.get("extended_tweet")
    places = [one.get("entities") for one in (post, whole) if isinstance(one, dict)]
    return any(
        text_at(one, "id_str") == account for place in places for one in objects_at(place, "user_mentions")
    )


def _posted(post: dict[str, Any], received_at: datetime) -> datetime | None:
    """As in "Sun Nov 22 09:58:00 +0000 2026"."""
    try:
        at = datetime.strptime(text_at(post, "created_at"), "%a %b %d %H:%M:%S %z %Y")
    except ValueError:
        return None
    return moment(int(at.timestamp()), 1, received_at)


def _word(
    request: Request,
    account: str,
    what: tuple[str, str],
    who: tuple[str, str],
    said: str,
    at: datetime | None,
    parent: str = "",
) -> CustomerWord:
    """`what` is the kind of event and its id, `who` the user's id and name."""
    party = Party(_CHANNEL.value, clean_line(who[0], 100), clean_name(who[1]))
    source, message_id = _source(request, account, ":".join(what)), clean_line(what[1], 100)
    return chat_word(
        request, source, (party,), message_id, said, occurred_at=at, parent_id=clean_line(parent, 100)
    )


def _files(data: Any) -> tuple[Attachment, ...]:
    """Files stay with X until somebody asks for them: address and kind only."""
    address = clean_line(text_at(data, "attachment", "media", "media_url_https"))
    kind = clean_line(text_at(data, "attachment", "media", "type"), 100)
    return (Attachment(address, kind, 0, ""),) if address else ()


def _seen(request: Request, account: str, payload: Any) -> Iterator[Item]:
    """The customer has read up to a message of ours."""
    for event in objects_at(payload, "direct_message_mark_read_events"):
        message_id = clean_line(text_at(event, "last_read_event_id"), 100)
        if message_id and text_at(event, "sender_id") not in ("", account):
            at = moment(event.get("created_timestamp"), 1000, request.received_at)
            origin = _source(request, account, f"read:{message_id}")
            yield Receipt(origin, message_id, ReceiptOutcome.READ, occurred_at=at)


def _source(request: Request, account: str, event_id: str) -> Source:
    return Source(request.tenant_id, PROVIDER, account, clean_line(event_id, 200), _CHANNEL)


def taken(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """X wants 200 within ten seconds."""
    return Reply(200)


INTEGRATION = Integration(
    PROVIDER,
    _CHANNEL,
    ("consumer_secret",),
    (Hook("x", PROVIDER, _CHANNEL, check, read, taken, handshake=challenged),),
)
