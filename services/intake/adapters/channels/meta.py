"""What WhatsApp, Messenger and Instagram share: Meta's signature, its batches, its times, its answer
(conventions 1.7).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from services.intake.adapters.channels.hooks import Hook, Integration, Reading, Reply, Request
from services.intake.adapters.signatures import check_meta
from services.intake.domain.records import Answer, Channel, Item, Refusal, Source, Unrecognised
from services.intake.domain.text import clean_line

PROVIDER = "meta"
SECRETS = ("app_secret", "verify_token")
_TAKEN = Reply(200, b"EVENT_RECEIVED")
_CHALLENGE = re.compile(r"[\w.-]{1,200}")

Parts = Iterable[tuple[str, dict[str, Any]]]  # what a POST holds: the account of ours, and what is for it


def integration(channel: Channel, read: Callable[[Request], Reading]) -> Integration:
    """One channel of Meta's: its hook is its name, as its provider's is."""
    hook = Hook(channel.value, channel.value, channel, check, read, taken, handshake=subscribed)
    return Integration(channel.value, channel, SECRETS, (hook,))


def read_parts(
    request: Request,
    channel: Channel,
    parts: Parts,
    items_of: Callable[[Request, dict[str, Any], str], Iterator[Item]],
) -> Reading:
    """Every part of a POST for its account; a POST of no meaning is kept raw once."""
    items: list[Item] = []
    refusals: list[Refusal] = []
    for account, part in parts:
        if account and account not in request.accounts:
            refusals.append(unknown_account(request, channel, account))
            continue
        items.extend(items_of(request, part, account))
    if not items and not refusals:
        digest = sha256(request.body).hexdigest()
        items.append(unrecognised(request, channel, "", f"{channel} event", f"sha256:{digest}"))
    return Reading(tuple(items), tuple(refusals))


def check(request: Request) -> None:
    """X-Hub-Signature-256 over the raw body, with any active app secret of the tenant."""
    secrets = [secret for account in request.accounts.values() for secret in account.secrets]
    check_meta(secrets, request.body, request.header("x-hub-signature-256"))


def subscribed(request: Request) -> Reply:
    """The subscription check: the challenge back, as text, to who knows a verify token."""
    given, challenge = request.query.get("hub.verify_token", ""), request.query.get("hub.challenge", "")
    tokens = [
        one.secret
        for account in request.accounts.values()
        for one in account.secrets
        if one.kind == "verify_token"
    ]
    known = [hmac.compare_digest(token.encode(), given.encode("utf-8", "replace")) for token in tokens]
    if request.query.get("hub.mode") != "subscribe" or not any(known) or not _CHALLENGE.fullmatch(challenge):
        return Reply(403, b"forbidden")
    return Reply(200, challenge.encode())


def taken(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """Meta repeats whatever is not answered 200, so refusals inside a batch are answered 200 too."""
    return _TAKEN


def source(request: Request, channel: Channel, account: str, event_id: str) -> Source:
    """The inbox key of one message or status: Meta batches many into one POST and repeats the whole."""
    return Source(request.tenant_id, PROVIDER, clean_line(account, 100), clean_line(event_id, 500), channel)


def unknown_account(request: Request, channel: Channel, account: str) -> Refusal:
    """An entry for a number or page that the tenant has not registered."""
    return Refusal(request.tenant_id, channel, PROVIDER, "unknown_account", account=clean_line(account, 100))


def unrecognised(request: Request, channel: Channel, account: str, what: str, event_id: str) -> Unrecognised:
    """Meta adds fields and types without notice: kept raw, answered 200."""
    return Unrecognised(source(request, channel, account, event_id), clean_line(what, 60))
