"""Postmark: mail by its inbound webhook, behind HTTP Basic (conventions 1.6).

Nothing is signed, so the address carries a user and a password. Postmark repeats ten times whatever is not
answered 200; a 403 would stop it for good, so none is ever given.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from typing import Any

from services.intake.adapters.channels.forms import Upload
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Request,
    json_of,
    objects_at,
    text_at,
)
from services.intake.adapters.channels.posted import POST_LIMIT, assembled, envelope_of, received, taken
from services.intake.adapters.signatures import check_basic
from services.intake.domain.errors import Malformed
from services.intake.domain.records import Channel
from services.intake.domain.text import clean_line

_PROVIDER = "postmark"
# What Postmark tells beside its list of headers.
_BESIDE = {
    "From": "From",
    "To": "To",
    "Cc": "Cc",
    "Reply-To": "ReplyTo",
    "Subject": "Subject",
    "Date": "Date",
}


def check(request: Request) -> None:
    """User and password of the webhook's address. Raises BadSignature."""
    check_basic(request.accounts, request.header("authorization"))


def read(request: Request) -> Reading:
    """The mail: `RawEmail` where the server includes it, else put together from the fields."""
    payload = json_of(request.body)
    message_id = clean_line(text_at(payload, "MessageID"), 100)
    if not message_id:
        raise Malformed("not_a_mail", "no MessageID: not an inbound mail")
    headers = [(text_at(one, "Name"), text_at(one, "Value")) for one in objects_at(payload, "Headers")]
    raw = text_at(payload, "RawEmail").encode("utf-8", "replace")
    mail = raw or assembled(
        [*headers, *_beside(payload, headers)],
        text_at(payload, "TextBody"),
        text_at(payload, "HtmlBody"),
        _files(payload),
    )
    returned = [value for name, value in headers if name.lower() == "return-path"]
    sender = returned[0] if returned else text_at(payload, "FromFull", "Email") or text_at(payload, "From")
    envelope = envelope_of(request, _PROVIDER, sender, _recipients(payload))
    return Reading((received(request, mail, envelope, message_id),))


def _recipients(payload: Any) -> Iterator[str]:
    """Whom SMTP named, then whom the mail names: a forwarded mail was sent to an address of Postmark's.

    The plus-part of the address, where Postmark tells it apart (MailboxHash), leads to the case again.
    """
    original, plus = text_at(payload, "OriginalRecipient"), text_at(payload, "MailboxHash")
    if original:
        yield original
    local, _, domain = original.partition("@")
    if plus and "+" not in local:
        yield f"{local}+{plus}@{domain}"
    for name in ("ToFull", "CcFull", "BccFull"):
        yield from (text_at(one, "Email") for one in objects_at(payload, name)[:100])


def _beside(payload: Any, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    listed = {name.lower() for name, _ in headers}
    found = [(name, text_at(payload, key)) for name, key in _BESIDE.items() if name.lower() not in listed]
    return [(name, value) for name, value in found if value]


def _files(payload: Any) -> Iterator[Upload]:
    for one in objects_at(payload, "Attachments"):
        try:
            # "Content" in its mails, "Data" in the payload its test button sends.
            content = b64decode(text_at(one, "Content") or text_at(one, "Data"))
        except (NotBase64, ValueError) as wrong:
            raise Malformed("malformed_attachment", "an attachment is not base64") from wrong
        yield Upload("", text_at(one, "Name"), text_at(one, "ContentType"), content)


INTEGRATION = Integration(
    _PROVIDER,
    Channel.EMAIL,
    ("basic",),
    (Hook("postmark", _PROVIDER, Channel.EMAIL, check, read, taken, body_limit=POST_LIMIT),),
)
