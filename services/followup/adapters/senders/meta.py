"""WhatsApp Cloud API, and the Send API of Messenger and Instagram.

None has an idempotency key, and none can be asked afterwards what was sent. After an attempt whose
answer nobody saw, the message is sent again: said twice is better than never. Each such attempt is counted
(`uncertain`). WhatsApp returns `biz_opaque_callback_data` in its statuses, so an operator can tell the two
apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from services.chassis.clock import Clock
from services.followup.adapters.senders.api import Answer, part_of, post
from services.followup.adapters.senders.tokens import Tokens
from services.followup.domain.contact import (
    Contact,
    HandedOver,
    Outcome,
    PartOut,
    Refused,
    Repeat,
    Throttled,
    TryAgain,
)
from services.followup.domain.reach import OUTSIDE_THE_WINDOW, Window
from services.followup.domain.splitting import utf8_bytes

# Meta's error codes: pace limits pass; the window and block codes do not.
_BUSY = {4, 613, 80007, 130429, 131048, 131056}
_BLOCKED = {10, 200, 551, 131047, 131049, 131050}
TEMPLATE_LIMIT = 900  # characters of ours in the 1,024 of a template's body
INSTAGRAM_LIMIT = 1000  # bytes of one message
_BOUNCED = {100, 131026, 131030}


@dataclass(frozen=True, slots=True)
class MetaAccount:
    """Where and as whom to send; the sender's number or page id comes with each message."""

    base_url: str
    version: str
    access_token: str
    default_account: str = ""
    template: str = ""  # NAME/LANGUAGE of what WhatsApp lets out when its window is closed


@dataclass(frozen=True, slots=True)
class InstagramAccounts:
    """Where to send, and as whom: a token for each professional account."""

    base_url: str
    version: str
    tokens: Tokens


class _Graph:
    """What the two APIs have in common."""

    repeat = Repeat.POSSIBLE

    def __init__(self, session: aiohttp.ClientSession, account: MetaAccount, clock: Clock) -> None:
        self._session = session
        self._account = account
        self._clock = clock

    async def find(self, contact: Contact) -> str | None:
        """Meta cannot be asked."""
        return None

    async def _post(self, contact: Contact, body: Mapping[str, Any]) -> Answer | TryAgain:
        account = contact.account or self._account.default_account
        url = f"{self._account.base_url}/{self._account.version}/{account}/messages"
        headers = {"Authorization": f"Bearer {self._account.access_token}"}
        return await post(self._session, url, json=body, headers=headers)

    def _outcome(self, answer: Answer | TryAgain, message_id: object) -> Outcome:
        return _outcome(answer, message_id, self._clock.now(), final=False)


class WhatsAppSender(_Graph):
    """Sender for WhatsApp; the account is a phone number id."""

    async def send(self, contact: Contact) -> Outcome:
        """POST a text message, as an answer to the customer's where that is known; outside of the window the
        approved template with the words in it, if there is one and they fit.
        """
        content: dict[str, Any] = {"type": "text", "text": {"body": contact.text, "preview_url": False}}
        if contact.window is Window.TEMPLATE:
            words = " ".join(contact.text.split())  # a template's words are one line
            if not self._account.template or len(words) > TEMPLATE_LIMIT:
                return Refused("blocked", OUTSIDE_THE_WINDOW)
            content = {"type": "template", "template": _template(self._account.template, words)}
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": contact.party_value.lstrip("+"),
            **content,
            "biz_opaque_callback_data": contact.contact_id,
        }
        if contact.in_reply_to.startswith("wamid."):
            body["context"] = {"message_id": contact.in_reply_to}
        answer = await self._post(contact, body)
        return self._outcome(answer, _first_id(answer))


class MessengerSender(_Graph):
    """Sender for Messenger; the account is a page id."""

    async def send(self, contact: Contact) -> Outcome:
        """POST a text message inside the window that the customer's own message opened."""
        body = {
            "recipient": {"id": contact.party_value},
            "messaging_type": "RESPONSE",
            "message": {"text": contact.text},
            **_tag(contact),
        }
        answer = await self._post(contact, body)
        return self._outcome(answer, None if isinstance(answer, TryAgain) else answer.body.get("message_id"))


class InstagramSender:
    """Sender for Instagram; the account is a professional account's id. Meta reports no deliveries there."""

    repeat = Repeat.POSSIBLE

    def __init__(self, session: aiohttp.ClientSession, accounts: InstagramAccounts, clock: Clock) -> None:
        self._session = session
        self._accounts = accounts
        self._clock = clock

    async def send(self, contact: Contact) -> Outcome:
        """POST a text message inside the window that the customer's own message opened."""
        account, token = self._accounts.tokens.of(contact.account)
        if not token:
            return TryAgain("no_token_for_the_account")
        text, more = part_of(contact, INSTAGRAM_LIMIT, utf8_bytes)
        answer = await post(
            self._session,
            f"{self._accounts.base_url}/{self._accounts.version}/{account}/messages",
            json={"recipient": {"id": contact.party_value}, "message": {"text": text}, **_tag(contact)},
            headers={"Authorization": f"Bearer {token}"},
        )
        message_id = None if isinstance(answer, TryAgain) else answer.body.get("message_id")
        outcome = _outcome(answer, message_id, self._clock.now(), final=True)
        return PartOut() if more and isinstance(outcome, HandedOver) else outcome

    async def find(self, contact: Contact) -> str | None:
        """Meta cannot be asked."""
        return None


def _tag(contact: Contact) -> dict[str, str]:
    """What marks a person's answer between 24 hours and seven days after the customer's last message."""
    if contact.window is not Window.AGENT:
        return {}
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def _template(name: str, words: str) -> Mapping[str, Any]:
    name, _, language = name.partition("/")
    parameters = [{"type": "text", "text": words}]
    return {
        "name": name,
        "language": {"code": language or "en"},
        "components": [{"type": "body", "parameters": parameters}],
    }


def _outcome(answer: Answer | TryAgain, message_id: object, now: datetime, *, final: bool) -> Outcome:
    if isinstance(answer, TryAgain):
        return answer
    if answer.ok and isinstance(message_id, str) and message_id:
        return HandedOver(message_id, now, final)
    error = answer.body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    reason = f"status_{answer.status} code_{code}"
    return Throttled(reason) if code in _BUSY else Refused(_error_class(code), reason)


def _first_id(answer: Answer | TryAgain) -> object:
    messages = None if isinstance(answer, TryAgain) else answer.body.get("messages")
    return messages[0].get("id") if isinstance(messages, list) and messages else None


def _error_class(code: object) -> str:
    if code in _BLOCKED:
        return "blocked"
    return "bounced" if code in _BOUNCED else "rejected"
