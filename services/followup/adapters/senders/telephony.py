"""SMS and WhatsApp by Twilio's Messages API.

Creating a message has no idempotency key there. After an attempt whose answer nobody saw, the message list
is searched for the same sender, receiver and text before anything is sent again; so a crash between
hand-over and commit sends nothing twice as long as the list can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from services.chassis.clock import Clock
from services.followup.adapters.senders.api import TIMEOUT_S, post
from services.followup.domain.contact import Contact, HandedOver, Outcome, Refused, Repeat, TryAgain
from services.followup.domain.words import TWILIO_WHATSAPP

# Twilio's error codes that say why this message will never arrive.
_BLOCKED = {21610, 30004, 30007}
_BOUNCED = {21211, 21214, 21407, 21612, 21614, 30003, 30005, 30006}
# Their clock and ours may differ by this when a message is recognised by its time.
_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Where and as whom to send; `status_callback` is intake's public URL for receipts with
    `{tenant}` in it, empty for none."""

    base_url: str
    account_sid: str
    auth_token: str
    status_callback: str
    default_from: str


class TwilioSender:
    """Sender for SMS, and for WhatsApp from an account that begins with `whatsapp:`."""

    repeat = Repeat.FOUND

    def __init__(self, session: aiohttp.ClientSession, account: TwilioAccount, clock: Clock) -> None:
        self._session = session
        self._account = account
        self._clock = clock
        self._url = f"{account.base_url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account.account_sid, account.auth_token)}

    async def send(self, contact: Contact) -> Outcome:
        """POST the message; 201 carries its SID."""
        form = {"To": _to(contact), "From": self._from(contact), "Body": contact.text}
        if self._account.status_callback:
            form["StatusCallback"] = self._account.status_callback.replace("{tenant}", contact.tenant_id)
        answer = await post(self._session, self._url, data=form, headers=self._headers)
        if isinstance(answer, TryAgain):
            return answer
        sid = answer.body.get("sid")
        if answer.ok and isinstance(sid, str):
            return HandedOver(sid, self._clock.now())
        code = answer.body.get("code")
        return Refused(_error_class(code), f"status_{answer.status} code_{code}")

    async def find(self, contact: Contact) -> str | None:
        """Search the account's messages of that day for this one."""
        query = {
            "To": _to(contact),
            "From": self._from(contact),
            "DateSent>": contact.queued_at.astimezone(UTC).date().isoformat(),
        }
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with self._session.get(
            self._url, params=query, headers=self._headers, timeout=timeout
        ) as response:
            response.raise_for_status()
            listed = (await response.json()).get("messages", [])
        return next((str(one["sid"]) for one in listed if _is(one, contact)), None)

    def _from(self, contact: Contact) -> str:
        ours = contact.account.startswith(("+", TWILIO_WHATSAPP))
        return contact.account if ours else self._account.default_from


def _to(contact: Contact) -> str:
    by_whatsapp = contact.account.startswith(TWILIO_WHATSAPP)
    return f"{TWILIO_WHATSAPP}{contact.party_value}" if by_whatsapp else contact.party_value


def _is(listed: Mapping[str, Any], contact: Contact) -> bool:
    """Whether a listed message is this one: the same text, not from before it was queued."""
    if listed.get("body") != contact.text:
        return False
    created: datetime = parsedate_to_datetime(str(listed.get("date_created", "")))
    return created >= contact.queued_at - _SKEW


def _error_class(code: object) -> str:
    if code in _BLOCKED:
        return "blocked"
    return "bounced" if code in _BOUNCED else "rejected"
