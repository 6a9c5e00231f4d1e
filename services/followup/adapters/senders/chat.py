"""Web chat of our own: intake holds the visitor's stream, so a line is handed to intake, signed.

A line handed over twice is one line, so an attempt whose answer nobody saw is simply made again. The receipt
comes when the visitor's browser has shown it.
"""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from urllib.parse import quote

import aiohttp

from services.chassis.clock import Clock
from services.followup.adapters.senders.api import post
from services.followup.domain.contact import Contact, HandedOver, Outcome, Refused, Repeat, TryAgain


class ChatSender:
    """Sender for web chat; the account is the chat's name, the party a visitor."""

    repeat = Repeat.HARMLESS

    def __init__(self, session: aiohttp.ClientSession, base_url: str, secret: str, clock: Clock) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._secret = secret
        self._clock = clock

    async def send(self, contact: Contact) -> Outcome:
        """Hand the line to intake; what a person wrote carries the person's name."""
        place = f"{contact.tenant_id}/{contact.account}"
        body = json.dumps(
            {
                "line_id": contact.contact_id,
                "visitor": contact.party_value,
                "author": contact.author if contact.human else "",
                "text": contact.text,
            }
        ).encode()
        signed = hmac.new(self._secret.encode(), f"chat-line\n{place}\n".encode() + body, sha256)
        headers = {"content-type": "application/json", "x-amends-signature": signed.hexdigest()}
        url = f"{self._base_url}/v1/chat/{quote(place)}/lines"
        answer = await post(self._session, url, data=body, headers=headers)
        if isinstance(answer, TryAgain):
            return answer
        if answer.ok:
            return HandedOver(contact.contact_id, self._clock.now())
        if answer.status == 404:  # the chat's account is away; the operator brings it back
            return TryAgain("status_404")
        return Refused("rejected", f"status_{answer.status}")

    async def find(self, contact: Contact) -> str | None:
        """Not asked: sending again is harmless."""
        return None
