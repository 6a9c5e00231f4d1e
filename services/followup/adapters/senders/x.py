"""X, beta: direct messages by API v2, signed by OAuth 1.0a (RFC 5849), whose tokens do not run out.

X has no idempotency key and cannot be asked what was sent: after an attempt whose answer nobody saw, the
message is sent again. It reports that a message was read, not that it arrived, so the hand-over is the
delivery (rule 7).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import aiohttp

from services.chassis.clock import Clock
from services.followup.adapters.senders.api import post
from services.followup.domain.contact import Contact, HandedOver, Outcome, Refused, Repeat, TryAgain

_FORBIDDEN = 403
# Problems of the app or its plan have an address of their own; that the customer takes no messages has none.
_NO_PROBLEM_TYPE = ("", "about:blank")


@dataclass(frozen=True, slots=True)
class XAccount:
    """Where and as whom to send. The token of an account begins with its user id: `<user id>-...`."""

    base_url: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_secret: str = field(repr=False)


class XSender:
    """Sender for X; the account is a user id."""

    repeat = Repeat.POSSIBLE

    def __init__(self, session: aiohttp.ClientSession, account: XAccount, clock: Clock) -> None:
        self._session = session
        self._account = account
        self._clock = clock

    async def send(self, contact: Contact) -> Outcome:
        """POST a direct message to the user; a mention is answered in private too."""
        ours = self._account.access_token.partition("-")[0]
        if not ours or contact.account not in ("", ours):
            return TryAgain("no_token_for_the_account")
        url = (
            f"{self._account.base_url}/2/dm_conversations/with/{quote(contact.party_value, safe='')}/messages"
        )
        stamp, nonce = int(self._clock.now().timestamp()), secrets.token_hex(16)
        headers = {"Authorization": authorization(self._account, "POST", url, {}, stamp, nonce)}
        body = {"text": contact.text}
        answer = await post(self._session, url, final={_FORBIDDEN}, json=body, headers=headers)
        if isinstance(answer, TryAgain):
            return answer
        data = answer.body.get("data")
        message_id = data.get("dm_event_id") if isinstance(data, dict) else None
        if answer.ok and isinstance(message_id, str) and message_id:
            return HandedOver(message_id, self._clock.now(), final=True)
        reason = f"status_{answer.status}"
        if answer.status != _FORBIDDEN:
            return Refused("rejected", reason)
        about = answer.body.get("type", "")
        return Refused("blocked", reason) if about in _NO_PROBLEM_TYPE else TryAgain(reason)

    async def find(self, contact: Contact) -> str | None:
        """X cannot be asked."""
        return None


def authorization(
    account: XAccount, method: str, url: str, parameters: Mapping[str, str], stamp: int, nonce: str
) -> str:
    """The OAuth 1.0a header of a request; `parameters` are those of query and form, a JSON body is not
    signed.
    """
    oauth = {
        "oauth_consumer_key": account.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(stamp),
        "oauth_token": account.access_token,
        "oauth_version": "1.0",
    }
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in {**parameters, **oauth}.items())
    base = "&".join((method, _escaped(url), _escaped("&".join(f"{name}={value}" for name, value in pairs))))
    key = f"{_escaped(account.consumer_secret)}&{_escaped(account.access_secret)}"
    # SHA-1 is the only digest that X takes here.
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
    oauth["oauth_signature"] = base64.b64encode(digest).decode()
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in sorted(oauth.items()))


def _escaped(text: str) -> str:
    return quote(text, safe="~")
