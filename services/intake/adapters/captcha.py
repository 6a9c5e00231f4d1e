"""Asking a captcha's provider whether a person sent a form: reCAPTCHA, hCaptcha and Turnstile are asked alike
(POST of secret, response and remoteip; the answer is JSON with `success`).
"""

from __future__ import annotations

import aiohttp
import msgspec

from services.chassis.errors import PermissionRefused, Retryable
from services.intake.adapters.accounts import ChannelAccount

VERIFIER = "captcha_secret"
_TIMEOUT = aiohttp.ClientTimeout(total=5.0)


class Captcha:
    """The `captcha_url` of an account, and its newest secret of kind `captcha_secret`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def check(self, account: ChannelAccount, token: str, address: str) -> None:
        """Nothing where the account has no `captcha_url`. Raises PermissionRefused when it was not solved,
        Retryable when the provider cannot be asked: the page sends again, and nothing was accepted unseen.
        """
        url = account.settings.get("captcha_url", "")
        if not url:
            return
        if not token:
            raise PermissionRefused("captcha_missing", "the form carries no answer of the captcha")
        secret = next((one.secret for one in account.secrets if one.kind == VERIFIER), "")
        asked = {"secret": secret, "response": token, "remoteip": address}
        try:
            async with self._session.post(url, data=asked, timeout=_TIMEOUT) as answer:
                told = msgspec.json.decode(await answer.read()) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as away:
            raise Retryable("captcha_away", type(away).__name__) from away
        if not isinstance(told, dict):
            raise Retryable("captcha_away", "its provider gave no answer")
        if told.get("success") is not True:
            raise PermissionRefused("captcha_refused", "the captcha was not solved; it has to be done again")
