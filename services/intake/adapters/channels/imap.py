"""Mailboxes collected by IMAP: what an account may say, and what a collected mail is.

The collecting itself is in services.intake.adapters.imap; here is nothing that touches a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from services.chassis.errors import InvalidArgument
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.headers import address_of, read_headers
from services.intake.adapters.channels.hooks import Integration
from services.intake.adapters.channels.mail import Envelope
from services.intake.domain.records import Channel

PROVIDER = "imap"
_SECRETS = ("password", "access_token", "refresh_token", "client_secret")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_NAMES = frozenset(
    {"host", "port", "security", "ca_file", "user", "folder", "after", "move_to", "begin", "gmail_threads",
     "token_url", "client_id", "scope", "list_id"}
)  # fmt: skip


class After(StrEnum):
    """What happens to a mail in its mailbox once its record is durable."""

    SEEN = "seen"
    MOVE = "move"
    KEEP = "keep"


class Begin(StrEnum):
    """Which mails of a mailbox that is collected for the first time count."""

    NEW = "new"
    UNSEEN = "unseen"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox to collect, checked."""

    account: ChannelAccount
    host: str
    port: int
    security: str  # tls, starttls, none
    user: str
    ca_file: str = ""
    folder: str = "INBOX"
    after: After = After.SEEN
    move_to: str = ""
    begin: Begin = Begin.NEW
    gmail_threads: bool = False
    token_url: str = ""
    client_id: str = field(default="", repr=False)
    scope: str = ""

    def secret(self, kind: str) -> str:
        """The newest secret of a kind, "" when there is none."""
        return next((one.secret for one in self.account.secrets if one.kind == kind), "")


def mailbox_of(account: ChannelAccount) -> Mailbox:
    """The account, checked. Raises InvalidArgument("bad_mailbox") naming the setting that cannot be."""
    settings = account.settings
    unknown = sorted(settings.keys() - _NAMES)
    security = settings.get("security", "tls")
    _demand(not unknown, f"unknown settings: {', '.join(unknown)}")
    _demand(bool(_ADDRESS.fullmatch(account.account)), "the account is the mail address customers write to")
    _demand(bool(_HOST.fullmatch(settings.get("host", ""))), "host: the name of the IMAP server")
    _demand(security in _PORTS, f"security: one of {', '.join(_PORTS)}")
    port = settings.get("port", str(_PORTS.get(security, 0)))
    _demand(port.isdecimal() and 0 < int(port) < 65536, "port: a number from 1 to 65535")
    _demand(settings.get("gmail_threads", "no") in ("yes", "no"), "gmail_threads: yes or no")
    found = Mailbox(
        account,
        settings["host"],
        int(port),
        security,
        settings.get("user", account.account),
        settings.get("ca_file", ""),
        settings.get("folder", "INBOX"),
        After(_one_of(After, settings.get("after", "seen"), "after")),
        settings.get("move_to", ""),
        Begin(_one_of(Begin, settings.get("begin", "new"), "begin")),
        settings.get("gmail_threads", "no") == "yes",
        settings.get("token_url", ""),
        settings.get("client_id", ""),
        settings.get("scope", ""),
    )
    _check_words(found)
    _check_login(found)
    return found


def _check_words(mailbox: Mailbox) -> None:
    for name in ("user", "folder", "move_to"):
        value: str = getattr(mailbox, name)
        _demand(not re.search(r"[\x00-\x1f\x7f]", value), f"{name}: no control characters")
    _demand((mailbox.after is After.MOVE) == bool(mailbox.move_to), "move_to: a folder, with after: move")
    _demand(mailbox.move_to != mailbox.folder, "move_to: another folder than the one that is collected")


def _check_login(mailbox: Mailbox) -> None:
    """One way to log in: a password, a token, or a place to get tokens from."""
    token = mailbox.secret("refresh_token") or mailbox.secret("client_secret")
    ways = [bool(mailbox.secret("password")), bool(mailbox.secret("access_token")), bool(token)]
    _demand(sum(ways) == 1, "secrets: a password, an access_token, or what gets one")
    _demand(not token or bool(mailbox.client_id), "client_id: needed to get tokens")
    url = urlsplit(mailbox.token_url)
    local = url.hostname in ("localhost", "127.0.0.1", "::1")
    secure = url.scheme == "https" or (url.scheme == "http" and local)
    _demand(not token or (secure and bool(url.hostname)), "token_url: https, where tokens are given out")
    for one in mailbox.account.secrets:
        _demand(not re.search(r"[\x00-\x1f\x7f]", one.secret), f"{one.kind}: no control characters")


def _one_of(kind: type[StrEnum], value: str, name: str) -> str:
    _demand(value in list(kind), f"{name}: one of {', '.join(kind)}")
    return value


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise InvalidArgument("bad_mailbox", what)


def check_settings(account: ChannelAccount) -> None:
    """What `accounts apply` asks of an account before it writes it down. Raises InvalidArgument."""
    mailbox_of(account)


def envelope_of(mailbox: Mailbox, mail: bytes, received_at: datetime) -> Envelope:
    """The envelope a mailbox has left of a mail: the last server wrote its sender into Return-Path.

    Raises TooLarge for headers past a limit.
    """
    raw = read_headers(mail).raw
    returned = raw.get("return-path")
    sender = address_of(raw.get("from", ""))[1] if returned is None else returned.strip(" <>")
    own = mailbox.account
    return Envelope(sender, (own.account,), PROVIDER, received_at, own.settings.get("list_id", ""))


INTEGRATION = Integration(PROVIDER, Channel.EMAIL, _SECRETS, check=check_settings)
