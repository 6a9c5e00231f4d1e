"""Viber's REST API for bots.

It answers 200 to everything and says in the body what came of it. It has no idempotency key and cannot be
asked what was sent: after an attempt whose answer nobody saw, the message is sent again.
"""

from __future__ import annotations

import aiohttp

from services.chassis.clock import Clock
from services.followup.adapters.senders.api import post
from services.followup.adapters.senders.tokens import Tokens
from services.followup.domain.contact import (
    Contact,
    HandedOver,
    Outcome,
    Refused,
    Repeat,
    Throttled,
    TryAgain,
)

# Viber's status words by number: what is ours to put right, what passes, and what the customer did.
_OURS = {2, 7, 15}  # invalid token, bot blocked, bot not authorised
_TOO_MANY = 12
_BLOCKED = {6}  # not subscribed
_BOUNCED = {5, 11}  # not registered, no suitable device
_NAME_LIMIT = 28


class ViberSender:
    """Sender for Viber; the account is the name that our accounts file gives the bot."""

    repeat = Repeat.POSSIBLE

    def __init__(self, session: aiohttp.ClientSession, base_url: str, tokens: Tokens, clock: Clock) -> None:
        self._session = session
        self._url = f"{base_url}/pa/send_message"
        self._tokens = tokens
        self._clock = clock

    async def send(self, contact: Contact) -> Outcome:
        """POST a text message in the name of the person who wrote it."""
        account, token = self._tokens.of(contact.account)
        if not token:
            return TryAgain("no_token_for_the_account")
        body = {
            "receiver": contact.party_value,
            "type": "text",
            "sender": {"name": (contact.author or account)[:_NAME_LIMIT]},
            "text": contact.text,
            "tracking_data": contact.contact_id,
        }
        answer = await post(self._session, self._url, json=body, headers={"X-Viber-Auth-Token": token})
        if isinstance(answer, TryAgain):
            return answer
        status, message_token = answer.body.get("status"), answer.body.get("message_token")
        if answer.ok and status == 0 and isinstance(message_token, int):
            return HandedOver(str(message_token), self._clock.now())
        reason = f"status_{answer.status} viber_{status}"
        if status == _TOO_MANY:
            return Throttled(reason)
        return TryAgain(reason) if status in _OURS else Refused(_error_class(status), reason)

    async def find(self, contact: Contact) -> str | None:
        """Viber cannot be asked."""
        return None


def _error_class(status: object) -> str:
    if status in _BLOCKED:
        return "blocked"
    return "bounced" if status in _BOUNCED else "rejected"
