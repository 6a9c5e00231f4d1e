"""Mail that comes by a provider's POST: read by the same normaliser as mail by SMTP, so that threads,
bounces, automatic mail and files are judged alike.

Every provider is asked for the raw mail; where it sends only what it parsed, a mail is put together again.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Iterable, Sequence
from dataclasses import replace
from email.header import Header
from hashlib import sha256

from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.forms import Upload
from services.intake.adapters.channels.hooks import Reply, Request
from services.intake.adapters.channels.mail import Envelope, addressed
from services.intake.adapters.channels.mime import MAIL_LIMIT
from services.intake.domain.errors import TooLarge, UnknownAccount
from services.intake.domain.records import Answer, CustomerWord, Receipt
from services.intake.domain.text import clean_line
from services.intake.domain.threading import plain_address

# Base64, percent or JSON escapes and the fields beside the mail make a POST larger than the mail in it.
POST_LIMIT = 2 * MAIL_LIMIT
_FIELD = re.compile(r"[!-9;-~]{1,100}")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
# These described the parts of the mail as it was; the mail put together here has its own.
_STRUCTURE = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "mime-version"})


def received(request: Request, mail: bytes, envelope: Envelope, event_id: str = "") -> CustomerWord | Receipt:
    """What a mail says, for the first of its recipients that is a mailbox of the tenant.

    One mail to several of a tenant's addresses is one word, as by SMTP. `event_id` is the provider's id of
    what it posts, where it has one; else the mail is known again by its Message-ID and content.
    Raises UnknownAccount, TooLarge, Malformed.
    """
    account = _mailbox(request, envelope.recipients)
    if len(mail) > MAIL_LIMIT:
        raise TooLarge("mail_too_large", f"{len(mail)} bytes")
    told = replace(envelope, list_id=account.settings.get("list_id", ""))
    item = addressed(request.mail.read(mail, told), request.tenant_id, account.account)
    return replace(item, source=replace(item.source, event_id=event_id)) if event_id else item


def envelope_of(request: Request, provider: str, sender: str, recipients: Iterable[str]) -> Envelope:
    """The envelope as the provider tells it; `sender` is "" or "<>" for the null sender."""
    to = tuple(clean_line(one.strip(" <>").lower()) for one in recipients)
    return Envelope(clean_line(sender.strip(" <>")), to, provider, request.received_at)


def _mailbox(request: Request, recipients: Sequence[str]) -> ChannelAccount:
    for recipient in recipients:
        account = request.mailboxes.get(plain_address(recipient))
        if account is not None:
            return account
    raise UnknownAccount("unknown_account", "no such mailbox")


def taken(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """Exactly 200: some of these providers repeat what gets any other answer."""
    return Reply(200, b"OK")


def assembled(
    headers: Iterable[tuple[str, str]], text: str, html: str, files: Iterable[Upload] = ()
) -> bytes:
    """A mail out of what a provider parsed: its headers as they are, one text, and the files."""
    kind, body = ("text/plain", text) if text.strip() else ("text/html", html)
    parts = [_part(kind, "", body.encode("utf-8", "replace"))]
    parts += [_part(one.media_type, one.name or "attachment", one.content) for one in files]
    boundary = sha256(b"".join(parts)).hexdigest()
    lines = [
        f"{name}: {_line(value)}\r\n"
        for name, value in headers
        if _FIELD.fullmatch(name) and name.lower() not in _STRUCTURE
    ]
    head = "".join(lines) + f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n'
    opened = f"\r\n--{boundary}\r\n".encode()
    closed = f"\r\n--{boundary}--\r\n".encode()
    return head.encode("utf-8", "replace") + b"".join(opened + part for part in parts) + closed


def _part(media_type: str, name: str, content: bytes) -> bytes:
    kind = media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
    if name:
        shown = Header(clean_line(name, 120), "utf-8", maxlinelen=1000).encode()
        head += f'Content-Disposition: attachment; filename="{shown}"\r\n'
    return head.encode("ascii") + b"\r\n" + encodebytes(content)


def _line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")
