"""One request to a provider's HTTP API, its failures sorted by what to do next."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from services.followup.domain.contact import Contact, Throttled, TryAgain, Unseen
from services.followup.domain.splitting import parts_of

TIMEOUT_S = 15.0
# What an API answers when our own credentials or plan are at fault: the message is fine and waits for the
# operator.
_OURS = (401, 402, 403)
_BUSY = (408, 425)
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer: the status and the JSON object that came with it (empty when there was none)."""

    status: int
    body: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def part_of(contact: Contact, limit: int, size: Callable[[str], int]) -> tuple[str, bool]:
    """The part of a message whose turn it is, and whether there are more behind it."""
    parts = parts_of(contact.text, limit, size)
    turn = min(contact.parts_out, len(parts) - 1)
    return parts[turn], turn < len(parts) - 1


async def post(
    session: aiohttp.ClientSession, url: str, *, final: Collection[int] = (), **request: Any
) -> Answer | TryAgain:
    """POST once. TryAgain for everything that may pass: no connection, no answer, 401, 408, 429, 5xx;
    but not for a status that is `final` at this provider.

    Without an answer to a request that was sent, nobody knows whether the message went out: Unseen. A 5xx is
    that too, for a gateway may give up on a server that went on.
    """
    try:
        async with session.post(url, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), **request) as response:
            answer = Answer(response.status, _object(await response.read()))
            after = _asked(response.headers.get("Retry-After", ""), answer.body)
    except aiohttp.ClientConnectorError as error:
        return TryAgain(f"no_connection: {type(error).__name__}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Unseen(f"no_answer: {type(error).__name__}")
    return answer if answer.status in final else _sorted(answer, after)


def _sorted(answer: Answer, after: float | None) -> Answer | TryAgain:
    """An answer, or what its status asks for."""
    reason = f"status_{answer.status}"
    if answer.status == _TOO_MANY:
        return Throttled(reason, after)
    if answer.status in _BUSY or answer.status in _OURS:
        return TryAgain(reason, after)
    return Unseen(reason, after) if answer.status >= 500 else answer


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _asked(header: str, body: Mapping[str, Any]) -> float | None:
    """How long to wait: Retry-After as seconds or as a date (RFC 9110 10.2.3), else Telegram's
    `parameters.retry_after`.
    """
    if header.isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # none, a date that is none, or one without a zone
        said = body.get("parameters")
        seconds = said.get("retry_after") if isinstance(said, dict) else None
        return float(seconds) if isinstance(seconds, int) else None
