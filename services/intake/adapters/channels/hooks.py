"""What every webhook channel is made of: a path, a check of who sent it, a reader, an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec

from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.signatures import Form
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import Malformed
from services.intake.domain.records import FUTURE_LIMIT, Answer, Channel, Item, Refusal

if TYPE_CHECKING:
    from services.intake.adapters.channels.mail import MailNormaliser

_FIELDS_LIMIT = 500
# How far a provider's clock may be ahead of ours.


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a hook: who it is for, what was signed, and the raw bytes (none of a GET)."""

    tenant_id: str
    url: str  # our public URL with its query, as the provider called it
    query: Mapping[str, str]
    headers: Mapping[str, str]  # by lower-case name
    body: bytes = field(repr=False)
    received_at: datetime
    accounts: Mapping[str, ChannelAccount]  # the tenant's accounts with this provider, by account
    classifier: Assessor
    mailboxes: Mapping[str, ChannelAccount]  # the tenant's mail addresses: some providers POST us mails
    mail: MailNormaliser
    certificate: bytes = field(
        default=b"", repr=False
    )  # what lies at the address that Hook.certificate named

    def header(self, name: str) -> str:
        """A header's value, "" when absent."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request held: items to commit, refusals to record."""

    items: tuple[Item, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    visit: str = ""  # an address that the provider wants called once what was read is durable


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider is told."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of a provider, below `/v1/hooks/{tenant}/`."""

    path: str
    provider: str  # of the channel accounts
    channel: Channel
    check: Callable[[Request], None]  # raises BadSignature
    read: Callable[[Request], Reading]  # raises IntakeError
    reply: Callable[[Request, Sequence[Answer]], Reply]
    certificate: Callable[[Request], str] | None = (
        None  # where to fetch what `check` needs; raises IntakeError
    )
    handshake: Callable[[Request], Reply] | None = None  # the provider's GET before it begins to POST
    final_status: int = 0  # tells the provider that what it sent can never be taken; 0: 400 or 413
    again_status: int = 0  # brings the provider back while an account or a secret is wrong; 0: 401 or 404
    body_limit: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Integration:
    """One channel by one provider: what a channel's file says of itself."""

    provider: str  # of the channel accounts
    channel: Channel
    secrets: tuple[str, ...] = ()  # the kinds an account may have
    hooks: tuple[Hook, ...] = ()
    check: Callable[[ChannelAccount], None] | None = None  # of its settings; raises InvalidArgument


def form_of(request: Request) -> Form:
    """The parameters of a form body, white space and empty values kept: both are signed. Raises Malformed."""
    if not request.header("content-type").lower().startswith("application/x-www-form-urlencoded"):
        raise Malformed("not_a_form", "expected application/x-www-form-urlencoded")
    return list(_form(request.body))


@lru_cache(maxsize=8)
def _form(body: bytes) -> tuple[tuple[str, str], ...]:
    """The pairs of a form, kept for a moment: whoever checks a form reads it next. As `urllib`'s parse_qsl,
    which takes twice the time."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise Malformed("malformed_form", "the form cannot be read") from wrong
    fields = text.split("&") if text else []
    if len(fields) > _FIELDS_LIMIT:
        raise Malformed("malformed_form", f"more than {_FIELDS_LIMIT} fields")
    pairs = (field.partition("=") for field in fields if field)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in pairs)


def _decoded(coded: str) -> str:
    spaced = coded.replace("+", " ") if "+" in coded else coded
    return unquote(spaced) if "%" in spaced else spaced


def json_of(body: bytes) -> Any:
    """A JSON document. Raises Malformed for anything else, however deep."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
        raise Malformed("malformed_json", "the body is not JSON") from wrong


def text_at(value: Any, *path: str) -> str:
    """The text at a path of objects, "" when anything on the way is missing or of another type."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def objects_at(value: Any, name: str) -> list[dict[str, Any]]:
    """The objects of an array member, at most a thousand; anything else in it is left out."""
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found[:1000] if isinstance(one, dict)] if isinstance(found, list) else []


def moment(stamp: Any, per_second: int, received_at: datetime) -> datetime | None:
    """An epoch time (number, or digits as text) in units of 1/per_second; absent when it cannot be right."""
    if isinstance(stamp, str) and stamp.isdecimal() and len(stamp) < 16:
        stamp = int(stamp)
    if isinstance(stamp, bool) or not isinstance(stamp, int) or not 0 < stamp < 10**15:
        return None
    try:
        found = datetime.fromtimestamp(stamp / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found <= received_at + FUTURE_LIMIT else None
