"""Web chat of our own: sessions that a visitor's browser holds, its messages, the lines that come back.

Session tokens and lines are signed with the secret that follow-up and intake share (AMENDS_THREAD_SECRET),
each for its own purpose, so that one never passes for the other.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from services.chassis.errors import Rejected, Unauthenticated
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.contact import open_chat
from services.intake.adapters.channels.hooks import Integration
from services.intake.adapters.chatlines import Visitor
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import BadSignature
from services.intake.domain.records import Channel, CustomerWord, Party, Receipt, ReceiptOutcome, Source
from services.intake.domain.text import clean_name, clean_text, first_name

PROVIDER = "webchat"
BODY_LIMIT = 64 * 1024
LINE_LIMIT = 512 * 1024
SESSION_AGE = timedelta(days=30)

INTEGRATION = Integration(PROVIDER, Channel.WEBCHAT)


class Said(Struct, forbid_unknown_fields=True):
    """What a visitor says; `id` is the browser's own and makes a repeat harmless."""

    id: Annotated[str, Meta(pattern="^[!-~]{1,100}$")]
    text: Annotated[str, Meta(min_length=1, max_length=8_000)]
    name: Annotated[str, Meta(max_length=120)] = ""


class Seen(Struct, forbid_unknown_fields=True):
    """A line that the visitor's browser has shown."""

    line_id: UUID


class Written(Struct, forbid_unknown_fields=True):
    """A line from follow-up."""

    line_id: UUID
    visitor: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    author: Annotated[str, Meta(max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=64_000)]


B = TypeVar("B", bound=Struct)


def convert(body: bytes, to: type[B]) -> B:
    """The body as what it must be. Raises Rejected."""
    try:
        return msgspec.json.decode(body, type=to)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
        raise Rejected("bad_request", str(wrong)) from wrong


def issue(account: ChannelAccount, visitor: UUID, now: datetime, secrets: Sequence[str]) -> str:
    """The token of a new session: visitor, end, proof."""
    told = f"{visitor.hex}.{int((now + SESSION_AGE).timestamp())}"
    return f"{told}.{_mac(secrets[0], 'session', account, told.encode()).decode()}"


def visitor_of(account: ChannelAccount, token: str, now: datetime, secrets: Sequence[str]) -> Visitor:
    """Whose session it is. Raises Unauthenticated for one that we did not issue, for here, or that ended."""
    told, _, given = token.rpartition(".")
    name, _, ends = told.partition(".")
    if not any(
        hmac.compare_digest(_mac(one, "session", account, told.encode()), given.encode()) for one in secrets
    ):
        raise Unauthenticated("bad_session", "this session is not ours; begin a new one")
    if datetime.fromtimestamp(int(ends), UTC) <= now:
        raise Unauthenticated("session_ended", "this session has ended; begin a new one")
    return Visitor(account.tenant_id, account.account, name)


def check_line(account: ChannelAccount, body: bytes, given: str, secrets: Sequence[str]) -> None:
    """That follow-up wrote a line; sent twice it is one line, so no time is signed. Raises BadSignature."""
    if not any(hmac.compare_digest(_mac(one, "line", account, body), given.encode()) for one in secrets):
        raise BadSignature("bad_signature", "the line is not signed by follow-up")


def _mac(secret: str, purpose: str, account: ChannelAccount, told: bytes) -> bytes:
    signed = f"chat-{purpose}\n{account.tenant_id}/{account.account}\n".encode() + told
    return hmac.new(secret.encode(), signed, sha256).hexdigest().encode()


def read(
    said: Said, body: bytes, visitor: Visitor, classifier: Assessor, received_at: datetime, skill: str
) -> CustomerWord:
    """A visitor's words, in the newest open conversation of this browser. Raises Rejected."""
    text, name = clean_text(said.text), clean_name(said.name)
    if not text:
        raise Rejected("no_text", "text holds nothing to read")
    party = Party(PROVIDER, visitor.name, name)
    judged = classifier.judge("", text)
    return CustomerWord(
        source=_source(visitor, f"{visitor.name}/{said.id}"),
        parties=(party,),
        provider_message_id=f"{visitor.name}/{said.id}",
        full_name=name,
        first_name=first_name(name),
        text=text,
        text_stripped=text[:16_000],
        # Nobody stands between the visitor and us: when it reached us is when it was said.
        occurred_at=received_at,
        keys=(open_chat(Channel.WEBCHAT, visitor.account, party),),
        required_skill=skill,
        language=judged.language,
        severity=judged.severity,
        category=judged.topic,
        assessment=judged,
        fingerprint=sha256(body).digest(),
    )


def receipt(seen: Seen, visitor: Visitor, received_at: datetime) -> Receipt:
    """That a line was shown in the visitor's browser."""
    source = _source(visitor, f"seen:{seen.line_id}")
    return Receipt(source, str(seen.line_id), ReceiptOutcome.DELIVERED, occurred_at=received_at)


def _source(visitor: Visitor, event_id: str) -> Source:
    return Source(visitor.tenant_id, PROVIDER, visitor.account, event_id, Channel.WEBCHAT)
