"""One request to a provider's HTTP API, its failures sorted by what to do next."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from services.followup.domain.contact import Contact, TryAgain
from services.followup.domain.splitting import parts_of

TIMEOUT_S = 15.0
# What an API answers when our own credentials or plan are at fault: the message is fine and waits for the
# operator.
_OURS = (401, 402, 403)
_BUSY = (408, 425, 429)


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

    Without an answer to a request that was sent, nobody knows whether the message went out: `uncertain`. A
    5xx is uncertain too, for a gateway may give up on a server that went on.
    """
    try:
        async with session.post(url, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), **request) as response:
            answer = Answer(response.status, _object(await response.read()))
            after = _seconds(response.headers.get("Retry-After", ""))
    except aiohttp.ClientConnectorError as error:
        return TryAgain(f"no_connection: {type(error).__name__}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return TryAgain(f"no_answer: {type(error).__name__}", uncertain=True)
    if answer.status in final:
        return answer
    if answer.status in _BUSY or answer.status in _OURS:
        return TryAgain(f"status_{answer.status}", after)
    if answer.status >= 500:
        return TryAgain(f"status_{answer.status}", after, uncertain=True)
    return answer


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _seconds(text: str) -> float | None:
    """Retry-After in its form of seconds; the form with a date is rare enough to be left to our own
    backoff.
    """
    return float(text) if text.isdecimal() else None
