"""The body of a mail: what a person wrote, what came along, and what a delivery report consists of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.intake.adapters.channels.charsets import decode_bytes
from services.intake.adapters.channels.flowed import unflow
from services.intake.adapters.channels.invitations import invitation_line
from services.intake.adapters.channels.markup import html_to_text
from services.intake.adapters.channels.mime import Part, read_parts
from services.intake.adapters.channels.protection import protection_of
from services.intake.adapters.channels.sniff import sniffed_type
from services.intake.adapters.channels.tnef import OPENED, opened
from services.intake.adapters.channels.uuencoded import unpacked
from services.intake.domain.errors import TooLarge
from services.intake.domain.records import Attachment

TEXT_LIMIT = 10 * 1024 * 1024
_PLAIN = frozenset({"text/plain", "text/markdown", "text"})
_HTML = frozenset({"text/html", "text/enriched", "text/richtext", "application/xhtml+xml"})
_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HEADERS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_MAILS = frozenset({"message/rfc822", "message/global", "message/news"})
_HEADERS_READ = 64 * 1024
# "This mail is in HTML, your program cannot show it": a plain part that stands for nothing.
_NOTICE = re.compile(r"\bhtml\b|view (?:it|this)|web ?browser|im browser|navigateur", re.IGNORECASE)
_NOTICE_LENGTH = 300
_NAMES = {
    "message/rfc822": "message.eml",
    "message/global": "message.eml",
    "application/ms-tnef": "winmail.dat",
}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Body:
    """What a person wrote, what came along, and the parts a delivery report consists of."""

    text: str
    attachments: tuple[Attachment, ...]
    report: str  # of message/delivery-status parts
    original_headers: str  # of the mail a report is about
    protection: str  # whether it came signed or encrypted


def read_body(mail: bytes) -> Body:
    """Text and attachments. Raises TooLarge for a limit, Malformed for what no parser can read."""
    root = opened(unpacked(read_parts(mail)))
    leaves = list(_leaves(root))
    if sum(len(leaf.content) for leaf in leaves if leaf.media_type in _PLAIN | _HTML) > TEXT_LIMIT:
        raise TooLarge("text_too_large", f"more than {TEXT_LIMIT} bytes of text")
    text = _text(root)
    if not text.strip():
        # Some programs name the only text there is.
        text = "\n".join(_words(leaf) for leaf in leaves if leaf.disposition != "attachment")
    invitations = (invitation_line(_decoded(leaf)) for leaf in leaves if leaf.media_type == "text/calendar")
    return Body(
        "\n\n".join(filter(None, (text.strip("\n"), *dict.fromkeys(invitations)))),
        _attachments(leaves),
        "\n".join(_decoded(leaf) for leaf in leaves if leaf.media_type in _REPORTS),
        "\n".join(_original_headers(leaves)),
        protection_of(root, text),
    )


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _original_headers(leaves: Sequence[Part]) -> Iterator[str]:
    for leaf in leaves:
        if leaf.media_type in _HEADERS | _MAILS:
            head = re.split(rb"\r?\n\r?\n", leaf.content[:_HEADERS_READ].lstrip(), maxsplit=1)[0]
            yield decode_bytes(head, None)


# ------------------------------------------------------------------------------------------ the words


def _text(part: Part) -> str:
    if not part.children:
        return "" if _is_file(part) else _words(part)
    if part.media_type == OPENED:
        return ""  # the same words again, for whom the mail around it is not enough
    if part.media_type == "multipart/alternative":
        return _best([(child, _text(child)) for child in part.children])
    if part.media_type == "multipart/related":
        # The others are what the first one shows: frames and pictures.
        return next((text for child in part.children if (text := _text(child)).strip()), "")
    pieces: list[tuple[bool, str]] = []
    for child in part.children:
        text, is_html = _text(child), child.media_type in _HTML
        # "mixed" where "alternative" was meant: the same words in both forms.
        twice = any(is_html != other and _says_the_same(text, told) for other, told in pieces)
        if text.strip() and not twice:
            pieces.append((is_html, text))
    return "\n".join(text for _, text in pieces)


def _best(told: Sequence[tuple[Part, str]]) -> str:
    """Of the same words in several forms the plain ones, unless they only say that there are others."""
    spoken = [(child, text) for child, text in told if text.strip()]
    plain = next((text for child, text in spoken if child.media_type in _PLAIN), "")
    other = next((text for child, text in spoken if child.media_type not in _PLAIN), "")
    is_notice = len(plain) < _NOTICE_LENGTH and len(other) > 2 * len(plain) and _NOTICE.search(plain)
    return other if other and (not plain or is_notice) else plain


def _says_the_same(text: str, told: str) -> bool:
    return _WORD.findall(text[:5_000]) == _WORD.findall(told[:5_000])


def _words(part: Part) -> str:
    if part.media_type in _HTML:
        return html_to_text(_decoded(part))
    if part.media_type not in _PLAIN:
        return ""
    text = _decoded(part)
    if part.parameters.get("format", "").lower() != "flowed":
        return text
    return unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")


def _decoded(part: Part) -> str:
    return decode_bytes(part.content, part.parameters.get("charset"))


# ------------------------------------------------------------------------------------------ the files


def _is_file(part: Part) -> bool:
    if part.disposition == "attachment":
        return True
    if part.media_type in _PLAIN | _HTML:
        return bool(part.name)
    return part.media_type not in _REPORTS | _HEADERS


def _attachments(leaves: Sequence[Part]) -> tuple[Attachment, ...]:
    """Every file once, evidence first: a picture shown in the text and attached again is one."""
    files: dict[tuple[str, str], Attachment] = {}
    digests: set[str] = set()
    for leaf in sorted(filter(_is_file, leaves), key=_is_shown):
        digest = sha256(leaf.content).hexdigest()
        name = leaf.name or _NAMES.get(leaf.media_type, "attachment")
        kind = "application/ms-tnef" if name.lower() == "winmail.dat" else leaf.media_type
        if not (digest in digests and _is_shown(leaf)):
            size, shows = len(leaf.content), sniffed_type(leaf.content)
            file = Attachment(name, kind, size, digest, leaf.content, shows, _is_shown(leaf))
            files.setdefault((digest, name), file)
        digests.add(digest)
    return tuple(files.values())


def _is_shown(part: Part) -> bool:
    """Whether the text shows it: a logo in a signature, a picture pasted between the words."""
    placed = part.disposition == "inline" or bool(part.content_id)
    return part.media_type.startswith("image/") and part.disposition != "attachment" and placed
