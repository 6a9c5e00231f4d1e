"""Access tokens for XOAUTH2: got from the provider's token endpoint and used until shortly before they end.

With a refresh token the grant is `refresh_token` (Google); without one it is `client_credentials`
(Microsoft 365, an application that may read the mailbox).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from services.intake.adapters.channels.imap import Mailbox
from services.intake.adapters.imap.session import LoginRefused, MailboxAway

_TIMEOUT = aiohttp.ClientTimeout(total=15.0)
_EARLY_S = 120.0  # a token is not used in its last minutes
_ANSWER_LIMIT = 64 * 1024


@dataclass(slots=True)
class Tokens:
    """The token of one mailbox."""

    session: aiohttp.ClientSession
    mailbox: Mailbox
    _token: str = ""
    _ends_at: float = 0.0  # of the monotonic clock

    async def current(self) -> str:
        """A token that is good for some minutes; "" for a mailbox with a password.

        Raises LoginRefused when the endpoint will not give one, MailboxAway.
        """
        mailbox = self.mailbox
        if mailbox.secret("access_token"):
            return mailbox.secret("access_token")
        if not (mailbox.secret("refresh_token") or mailbox.secret("client_secret")):
            return ""
        if time.monotonic() >= self._ends_at - _EARLY_S:
            await self._renew()
        return self._token

    def forget(self) -> None:
        """The server refused the token: the next one is a new one."""
        self._ends_at = 0.0

    async def _renew(self) -> None:
        status, answer = await self._ask(_grant(self.mailbox))
        token, lasts = answer.get("access_token"), answer.get("expires_in", 0)
        if status in (400, 401, 403):
            rule = answer.get("error")
            raise LoginRefused("token_refused", rule[:100] if isinstance(rule, str) else f"answered {status}")
        if status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise MailboxAway("token_endpoint", f"answered {status} without a token")
        self._token = token
        self._ends_at = time.monotonic() + (float(lasts) if isinstance(lasts, int | float) else 0.0)

    async def _ask(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        try:
            async with self.session.post(
                self.mailbox.token_url, data=form, timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                body = json.loads(await answer.content.read(_ANSWER_LIMIT) or b"null")
                return answer.status, body if isinstance(body, dict) else {}
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as failure:
            raise MailboxAway("token_endpoint", f"no answer: {type(failure).__name__}") from failure


def _grant(mailbox: Mailbox) -> dict[str, str]:
    refresh = mailbox.secret("refresh_token")
    form = {
        "grant_type": "refresh_token" if refresh else "client_credentials",
        "client_id": mailbox.client_id,
        "client_secret": mailbox.secret("client_secret"),
        "refresh_token": refresh,
        "scope": mailbox.scope,
    }
    return {name: value for name, value in form.items() if value}
