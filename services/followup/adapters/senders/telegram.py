"""Telegram's Bot API.

It has no idempotency key and cannot be asked what was sent: after an attempt whose answer nobody saw, the
message is sent again. It gives no receipts either, so the hand-over is the delivery (rule 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from services.chassis.clock import Clock
from services.followup.adapters.senders.api import part_of, post
from services.followup.adapters.senders.tokens import Tokens
from services.followup.domain.contact import Contact, HandedOver, Outcome, PartOut, Refused, Repeat, TryAgain
from services.followup.domain.splitting import utf16_units

# The customer has blocked the bot; a wrong token is 401 or 404 here.
_BLOCKED = 403
LIMIT = 4096  # UTF-16 units of one message


class TelegramSender:
    """Sender for Telegram; the account is a bot's id, the number before the colon of its token."""

    repeat = Repeat.POSSIBLE

    def __init__(self, session: aiohttp.ClientSession, base_url: str, tokens: Tokens, clock: Clock) -> None:
        self._session = session
        self._base_url = base_url
        self._tokens = tokens
        self._clock = clock

    async def send(self, contact: Contact) -> Outcome:
        """sendMessage, as an answer to the customer's message where that is known."""
        bot, token = self._tokens.of(contact.account)
        if not token:
            return TryAgain("no_token_for_the_account")
        url = f"{self._base_url}/bot{bot}:{token}/sendMessage"
        text, more = part_of(contact, LIMIT, utf16_units)
        answer = await post(self._session, url, final={_BLOCKED}, json=_body(contact, bot, text))
        if isinstance(answer, TryAgain):
            return answer
        result = answer.body.get("result")
        number = result.get("message_id") if isinstance(result, dict) else None
        if answer.ok and isinstance(number, int):
            if more:
                return PartOut()
            name = f"{bot}/{contact.party_value}/{number}"
            return HandedOver(name, self._clock.now(), final=True)
        reason = f"status_{answer.status}"
        if answer.status == 404:
            return TryAgain(reason)
        return Refused("blocked" if answer.status == _BLOCKED else "rejected", reason)

    async def find(self, contact: Contact) -> str | None:
        """Telegram cannot be asked."""
        return None


def _body(contact: Contact, bot: str, text: str) -> Mapping[str, Any]:
    """Intake names a message `BOT/CHAT/MESSAGE[/CONNECTION]`; a business account's customer is answered
    through its connection.
    """
    body: dict[str, Any] = {"chat_id": contact.party_value, "text": text}
    place = contact.in_reply_to.split("/", 3)
    if place[:2] != [bot, contact.party_value] or len(place) < 3:
        return body
    if place[2].isdecimal() and not contact.parts_out:
        body["reply_parameters"] = {"message_id": int(place[2]), "allow_sending_without_reply": True}
    if len(place) == 4:
        body["business_connection_id"] = place[3].partition(":")[0]
    return body
