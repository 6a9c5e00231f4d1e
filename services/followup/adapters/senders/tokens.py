"""Access tokens of the accounts we send from, where each account has its own."""

from __future__ import annotations

from collections.abc import Iterable

from services.chassis.errors import ConfigError


class Tokens:
    """Tokens by account; each entry is `ACCOUNT:TOKEN`. Raises ConfigError for one without a colon."""

    def __init__(self, setting: str, entries: Iterable[str]) -> None:
        self._by_account: dict[str, str] = {}
        for entry in entries:
            account, colon, token = entry.partition(":")
            if not colon or not account or not token:
                raise ConfigError("bad_configuration", f"{setting} holds something that is not ACCOUNT:TOKEN")
            self._by_account[account] = token

    def of(self, account: str) -> tuple[str, str]:
        """The account to send from and its token; the first one listed where the case names none. The token
        is empty when the account has none.
        """
        if not account:
            return next(iter(self._by_account.items()), ("", ""))
        return account, self._by_account.get(account, "")
