"""The structure of a mail: its parts, within limits (proof.md: depth 20, 200 parts).

The Rust parser walks the structure (55 times faster than the standard one, and it stops at hostile
nesting); what it refuses, such as broken base64, the standard library's lenient parser tries, but only when
the structure is small.
"""

from __future__ import annotations

import email
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from email.policy import compat32

import fast_mail_parser as fast

from services.intake.adapters.channels.headers import decode_words, parameters_of
from services.intake.domain.errors import Malformed, TooLarge
from services.intake.domain.text import clean_file_name, clean_line

MAIL_LIMIT = 30 * 1024 * 1024
DEPTH_LIMIT = 20
PARTS_LIMIT = 200
# More boundary lines than this and the lenient parser would be slow: then a mail the Rust parser refuses is
# refused.
_LENIENT_BOUNDARIES = 2_000
_LENIENT_MULTIPARTS = 40
_MULTIPART = re.compile(rb"content-type:\s*multipart/", re.IGNORECASE)
_BOUNDARY = re.compile(rb"^--([^\s\"](?:[^\r\n\"]{0,98}[^\s\"-])?)[ \t]*\r?$", re.MULTILINE)
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+*-]{1,80}")


@dataclass(frozen=True, slots=True)
class Part:
    """A node of the structure. A mail within the mail is a leaf: a file, whose words are not the sender's."""

    media_type: str
    parameters: Mapping[str, str]
    disposition: str  # attachment, inline or ""
    name: str
    content_id: str
    content: bytes = field(repr=False)
    children: tuple[Part, ...] = ()


def read_parts(mail: bytes) -> Part:
    """The root. Raises TooLarge for a limit, Malformed for what no parser can read."""
    try:
        root = _fast_part(fast.parse_email_tree(mail, mode="lazy"), 0, _Count())
    except fast.ParseError as refused:
        if "nesting" in str(refused):
            raise TooLarge("too_deep", f"parts are nested deeper than {DEPTH_LIMIT}") from refused
        return _mended(_lenient(mail))
    return _mended(_second_look(root, mail))


class _Count:
    """How many parts were seen; raises TooLarge where a limit is passed."""

    def __init__(self) -> None:
        self._seen = 0

    def one_at(self, depth: int) -> None:
        self._seen += 1
        if depth > DEPTH_LIMIT:
            raise TooLarge("too_deep", f"parts are nested deeper than {DEPTH_LIMIT}")
        if self._seen > PARTS_LIMIT:
            raise TooLarge("too_many_parts", f"more than {PARTS_LIMIT} parts")


def _part(declared: str, headers: Mapping[str, str], name: str, content: bytes, content_id: str = "") -> Part:
    parameters = parameters_of(headers.get("content-type", ""))
    disposition = headers.get("content-disposition", "").partition(";")[0].strip().lower()
    shown = clean_file_name(decode_words(name or parameters.get("name", "")))
    # RFC 2045 5.2: what is no type is plain text, and with a name it is a file of an unknown type.
    kind = clean_line(declared.partition(";")[0].lower(), 100)
    if kind.startswith("multipart/"):
        kind = kind.split()[0]
    elif not _MEDIA_TYPE.fullmatch(kind):
        kind = "application/octet-stream" if shown or disposition == "attachment" else "text/plain"
    # An unknown disposition is an attachment's (RFC 2183 2.8).
    known = disposition if disposition in ("", "inline") else "attachment"
    return Part(kind, parameters, known, shown, content_id.strip("<> "), content)


# ------------------------------------------------------------------------------------------ the fast way


def _fast_part(node: fast.PyLazyMimePart, depth: int, count: _Count) -> Part:
    count.one_at(depth)
    headers = {key.lower(): values[0] for key, values in reversed(node.headers.items()) if values}
    inner = not node.is_message and bool(node.children)
    content = b"" if inner else node.content or b""
    part = _part(node.content_type, headers, node.filename or "", content, node.content_id or "")
    if not inner:
        return part
    children = tuple(_fast_part(child, depth + 1, count) for child in node.children)
    return replace(part, children=children)


def _second_look(root: Part, mail: bytes) -> Part:
    """The lenient parser's reading where a multipart came out empty: it keeps what stands in it."""
    if not _has_hollow(root):
        return root
    try:
        return _lenient(mail)
    except (Malformed, TooLarge):
        return root


def _has_hollow(part: Part) -> bool:
    if part.children:
        return any(map(_has_hollow, part.children))
    return part.media_type.startswith("multipart/") and not part.content


def _mended(part: Part) -> Part:
    """A multipart whose boundary is missing or mistyped, cut at the boundary that stands in it; else text."""
    if part.children:
        return replace(part, children=tuple(map(_mended, part.children)))
    if not part.media_type.startswith("multipart/"):
        return part
    found = _BOUNDARY.search(part.content[:100_000])
    if found is not None and b"multipart/" not in part.content.lower():
        head = b'Content-Type: multipart/mixed; boundary="' + found[1] + b'"\r\n\r\n'
        try:
            again = _fast_part(fast.parse_email_tree(head + part.content, mode="lazy"), 0, _Count())
        except fast.ParseError:
            again = part
        if again.children:
            return replace(again, media_type=part.media_type)
    return replace(part, media_type="text/plain")


# ------------------------------------------------------------------------------------------ the lenient way


def _lenient(mail: bytes) -> Part:
    if mail.count(b"\n--") > _LENIENT_BOUNDARIES or len(_MULTIPART.findall(mail)) > _LENIENT_MULTIPARTS:
        raise Malformed("malformed", "the structure cannot be read")
    try:
        return _lenient_part(email.message_from_bytes(mail, policy=compat32), 0, _Count())
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError) as failure:
        # What the standard parser throws at hostile input, as far as is known.
        raise Malformed("malformed", "the structure cannot be read") from failure


def _lenient_part(message: Message, depth: int, count: _Count) -> Part:
    count.one_at(depth)
    headers = {name: str(message.get(name, "")) for name in ("content-type", "content-disposition")}
    inner = [child for child in _payload_list(message) if isinstance(child, Message)]
    embedded = message.get_content_maintype() == "message"
    if inner and embedded:
        content = b"\n".join(child.as_bytes() for child in inner)
    else:
        payload = message.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
    declared = headers["content-type"] or message.get_content_type()
    content_id = str(message.get("content-id", ""))
    part = _part(declared, headers, _file_name(headers), content, content_id)
    if not inner or embedded:
        return part
    return replace(part, children=tuple(_lenient_part(child, depth + 1, count) for child in inner))


def _payload_list(message: Message) -> list[object]:
    payload = message.get_payload()
    return list(payload) if isinstance(payload, list) else []


def _file_name(headers: Mapping[str, str]) -> str:
    found = parameters_of(headers["content-disposition"]).get("filename")
    return found or parameters_of(headers["content-type"]).get("name", "")
