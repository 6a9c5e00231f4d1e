"""The body of a mail: its text and its attachments, within limits (proof.md: depth 20, 200 parts, 10 MB of
text).

The Rust parser walks the structure (55 times faster than the standard one, and it stops at hostile
nesting); what it refuses, such as broken base64, the standard library's lenient parser tries, but only when
the structure is small.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from hashlib import sha256

import fast_mail_parser as fast

from services.intake.adapters.channels.charsets import decode_bytes
from services.intake.adapters.channels.headers import decode_words, parameters_of
from services.intake.adapters.channels.markup import html_to_text
from services.intake.domain.errors import Malformed, TooLarge
from services.intake.domain.records import Attachment
from services.intake.domain.text import NAME_LIMIT, clean_line

MAIL_LIMIT = 30 * 1024 * 1024
DEPTH_LIMIT = 20
PARTS_LIMIT = 200
TEXT_LIMIT = 10 * 1024 * 1024
# More boundary lines than this and the lenient parser would be slow: then a mail the Rust parser refuses is
# refused.
_LENIENT_BOUNDARIES = 2_000
_LENIENT_MULTIPARTS = 40
_MULTIPART = re.compile(rb"content-type:\s*multipart/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part without parts of its own; `report` parts are the machine-readable halves of a delivery
    report.
    """

    media_type: str
    charset: str
    name: str
    is_attachment: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What a person wrote, what came along, and the parts a delivery report consists of."""

    text: str
    attachments: tuple[Attachment, ...]
    report: str  # of message/delivery-status parts
    original_headers: str  # of the mail a report is about


def read_body(mail: bytes) -> Body:
    """Text and attachments. Raises TooLarge for a limit, Malformed for what no parser can read."""
    try:
        leaves = list(_fast_leaves(mail))
    except fast.ParseError as refused:
        if "nesting" in str(refused):
            raise TooLarge("too_deep", f"parts are nested deeper than {DEPTH_LIMIT}") from refused
        leaves = _lenient(mail)
    plain = "\n".join(_texts(leaves, "text/plain"))
    text = plain if plain.strip() else html_to_text("\n".join(_texts(leaves, "text/html")))
    return Body(
        text,
        tuple(_attachment(leaf) for leaf in leaves if leaf.is_attachment),
        "\n".join(_texts(leaves, "message/delivery-status")),
        "\n".join(_texts(leaves, "text/rfc822-headers")),
    )


def _texts(leaves: list[Leaf], media_type: str) -> Iterator[str]:
    total = 0
    for leaf in leaves:
        if leaf.media_type == media_type and not (leaf.is_attachment and media_type.startswith("text/p")):
            total += len(leaf.content)
            if total > TEXT_LIMIT:
                raise TooLarge("text_too_large", f"more than {TEXT_LIMIT} bytes of text")
            yield decode_bytes(leaf.content, leaf.charset)


def _attachment(leaf: Leaf) -> Attachment:
    digest = sha256(leaf.content).hexdigest()
    return Attachment(leaf.name or "attachment", leaf.media_type, len(leaf.content), digest, leaf.content)


def _is_attachment(media_type: str, disposition: str, name: str) -> bool:
    if disposition.strip().lower().startswith("attachment"):
        return True
    if media_type in ("text/plain", "text/html"):
        return bool(name) and not disposition
    return media_type not in ("message/delivery-status", "text/rfc822-headers")


def _leaf(media_type: str, type_header: str, disposition: str, name: str, content: bytes) -> Leaf:
    shown = clean_line(decode_words(name), NAME_LIMIT).replace("/", "_").replace("\\", "_")
    kind = clean_line(media_type.lower(), 100)
    charset = parameters_of(type_header).get("charset", "")
    return Leaf(kind, charset, shown, _is_attachment(kind, disposition, shown), content)


# ------------------------------------------------------------------------------------------ the fast way


def _fast_leaves(mail: bytes) -> Iterator[Leaf]:
    pending = [(fast.parse_email_tree(mail, mode="lazy"), 0)]
    seen = 0
    while pending:
        part, depth = pending.pop()
        seen += 1
        if depth > DEPTH_LIMIT:
            raise TooLarge("too_deep", f"parts are nested deeper than {DEPTH_LIMIT}")
        if seen > PARTS_LIMIT:
            raise TooLarge("too_many_parts", f"more than {PARTS_LIMIT} parts")
        if part.is_message:
            yield from _embedded(part)
        elif part.children:
            pending.extend((child, depth + 1) for child in reversed(part.children))
        else:
            type_header = next(iter(_values(part, "content-type")), "")
            disposition = next(iter(_values(part, "content-disposition")), "")
            yield _leaf(part.content_type, type_header, disposition, part.filename, part.content or b"")


def _embedded(part: fast.PyLazyMimePart) -> Iterator[Leaf]:
    """A forwarded or returned mail: its headers as text for reports, itself as a file."""
    inner = part.children[0] if part.children else None
    headers = {} if inner is None else inner.headers
    ids = [value for name, values in headers.items() if name.lower() == "message-id" for value in values[:1]]
    if ids:
        yield Leaf("text/rfc822-headers", "utf-8", "", False, f"Message-ID: {ids[0]}".encode())
    if part.content:
        yield Leaf("message/rfc822", "", "message.eml", True, part.content)


def _values(part: fast.PyLazyMimePart, name: str) -> list[str]:
    return [value for key, values in part.headers.items() if key.lower() == name for value in values]


# ------------------------------------------------------------------------------------------ the lenient way


def _lenient(mail: bytes) -> list[Leaf]:
    if mail.count(b"\n--") > _LENIENT_BOUNDARIES or len(_MULTIPART.findall(mail)) > _LENIENT_MULTIPARTS:
        raise Malformed("malformed", "the structure cannot be read")
    try:
        return list(_lenient_leaves(email.message_from_bytes(mail, policy=compat32)))
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError) as failure:
        # What the standard parser throws at hostile input, as far as is known.
        raise Malformed("malformed", "the structure cannot be read") from failure


def _lenient_leaves(root: Message) -> Iterator[Leaf]:
    pending: list[tuple[Message, int]] = [(root, 0)]
    seen = 0
    while pending:
        part, depth = pending.pop()
        seen += 1
        if depth > DEPTH_LIMIT or seen > PARTS_LIMIT:
            raise TooLarge("too_many_parts", f"more than {PARTS_LIMIT} parts or {DEPTH_LIMIT} levels")
        children = part.get_payload()
        if isinstance(children, list):
            pending.extend((child, depth + 1) for child in reversed(children) if isinstance(child, Message))
            continue
        content = part.get_payload(decode=True)
        yield _leaf(
            part.get_content_type(),
            str(part.get("content-type", "")),
            str(part.get("content-disposition", "")),
            _file_name(part),
            content if isinstance(content, bytes) else b"",
        )


def _file_name(part: Message) -> str:
    found = parameters_of(str(part.get("content-disposition", ""))).get("filename")
    return found or parameters_of(str(part.get("content-type", ""))).get("name", "")
