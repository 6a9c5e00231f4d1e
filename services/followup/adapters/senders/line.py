"""LINE's Messaging API.

A push carries a retry key, ours is the message's own id: said again after an answer nobody saw, it is still
one message. LINE gives no receipts, so the hand-over is the delivery (rule 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from services.chassis.clock import Clock
from services.followup.adapters.senders.api import post
from services.followup.adapters.senders.tokens import Tokens
from services.followup.domain.contact import Contact, HandedOver, Outcome, Refused, Repeat, TryAgain

# The retry key was accepted before: the message is out.
_ACCEPTED_BEFORE = 409


class LineSender:
    """Sender for LINE; the account is the official account's own user id."""

    repeat = Repeat.HARMLESS

    def __init__(self, session: aiohttp.ClientSession, base_url: str, tokens: Tokens, clock: Clock) -> None:
        self._session = session
        self._url = f"{base_url}/v2/bot/message/push"
        self._tokens = tokens
        self._clock = clock

    async def send(self, contact: Contact) -> Outcome:
        """Push a text message."""
        _, token = self._tokens.of(contact.account)
        if not token:
            return TryAgain("no_token_for_the_account")
        body = {"to": contact.party_value, "messages": [{"type": "text", "text": contact.text}]}
        headers = {"Authorization": f"Bearer {token}", "X-Line-Retry-Key": contact.contact_id}
        answer = await post(self._session, self._url, json=body, headers=headers)
        if isinstance(answer, TryAgain):
            return answer
        if answer.ok or answer.status == _ACCEPTED_BEFORE:
            # An answer without the id is still a message that went out: it keeps ours.
            message_id = _first_id(answer.body) or contact.contact_id
            return HandedOver(message_id, self._clock.now(), final=True)
        return Refused("rejected", f"status_{answer.status}")

    async def find(self, contact: Contact) -> str | None:
        """Not needed: the retry key makes a second attempt harmless."""
        return None


def _first_id(body: Mapping[str, Any]) -> str:
    sent = body.get("sentMessages")
    first = sent[0] if isinstance(sent, list) and sent else None
    return str(first.get("id", "")) if isinstance(first, dict) else ""
