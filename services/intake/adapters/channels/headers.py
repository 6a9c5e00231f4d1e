"""The header block of a mail, read by hand within limits set before any parsing (proof.md, limits).

Python's structured header parser takes seconds on hostile addresses and loses mails to unknown charsets; a
complaint needs a dozen headers, so they are split, unfolded and decoded here.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from quopri import decodestring

from services.intake.adapters.channels.charsets import decode_bytes
from services.intake.domain.errors import TooLarge
from services.intake.domain.text import clean_line

BLOCK_LIMIT = 64 * 1024
HEADER_LIMIT = 8 * 1024
COUNT_LIMIT = 200
# A Date header is the sender's word: trusted as t0 within these bounds, else absent.
FUTURE_LIMIT = timedelta(minutes=2)
PAST_LIMIT = timedelta(days=7)

_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_LINE = re.compile(rb"\r\n|\n|\r")
_NAME = re.compile(rb"[!-9;-~]{1,100}")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,1000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
_ADDRESS = re.compile(r"<\s*([^<>\s]{1,320})\s*>|([^\s<>()\",;:]{1,64}@[^\s<>()\",;:]{1,255})")
_BEHIND_NAME = re.compile(r"[^,;<>]{0,300}<\s*([^<>\s]{1,320})\s*>")
_PARAMETER = re.compile(r";\s*([\w*.-]{1,60})\s*=\s*(?:\"([^\"]{0,300})\"|([^\s;\"]{1,300}))")


@dataclass(frozen=True, slots=True)
class Headers:
    """Decoded values by lower-case name, the first of each name; `raw` before RFC 2047, for ids and dates."""

    values: Mapping[str, str]
    raw: Mapping[str, str]
    body_at: int  # where the body begins

    def get(self, name: str) -> str:
        """The decoded value as one line, "" when absent."""
        return self.values.get(name, "")


def read_headers(mail: bytes) -> Headers:
    """Split the header block. Raises TooLarge when the block, one header or their number passes its limit."""
    found = _END.search(mail, 0, BLOCK_LIMIT + 4)
    if found is None and len(mail) > BLOCK_LIMIT:
        raise TooLarge("headers_too_large", f"the header block is over {BLOCK_LIMIT} bytes")
    # A mail may begin with its body: no header at all.
    block = mail[: found.start()] if found else mail
    values: dict[str, str] = {}
    raw: dict[str, str] = {}
    lines = _LINE.split(_FOLD.sub(b" ", block))
    if len(lines) > COUNT_LIMIT:
        raise TooLarge("too_many_headers", f"more than {COUNT_LIMIT} header fields")
    for line in lines:
        if len(line) > HEADER_LIMIT:
            raise TooLarge("header_too_long", f"one header field is over {HEADER_LIMIT} bytes")
        name_bytes, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name_bytes.strip()):
            continue
        name = name_bytes.strip().decode("ascii").lower()
        if name not in raw:
            raw[name] = decode_bytes(value, None).strip()
            values[name] = clean_line(decode_words(raw[name]), HEADER_LIMIT)
    return Headers(values, raw, found.end() if found else len(mail))


def decode_words(text: str) -> str:
    """RFC 2047 encoded words to text; a word that cannot be decoded stays as it is."""
    return _WORD.sub(_decode_word, _BETWEEN_WORDS.sub(r"\1\2", text)) if "=?" in text else text


def _decode_word(found: re.Match[str]) -> str:
    charset, encoding, payload = found[1].partition("*")[0], found[2].lower(), found[3]
    try:
        coded = payload.encode("ascii")
        data = (
            b64decode(coded + b"=" * (-len(coded) % 4))
            if encoding == "b"
            else decodestring(coded, header=True)
        )
    except (NotBase64, ValueError):
        return found[0]
    return decode_bytes(data, charset)


def address_of(value: str) -> tuple[str, str]:
    """Display name and lower-case address of the first mailbox in a header; ("", "") when there is none.

    An address shown as the name (`"ada@shop.example" <noreply@shop.example>`) is not where mail goes.
    """
    found = _ADDRESS.search(value)
    if found is None:
        return "", ""
    behind = _BEHIND_NAME.match(value, found.end()) if found[2] else None
    bracketed = found[1] or (behind[1] if behind else "")
    name = value[: value.index("<")].strip(" \t\"'") if bracketed else ""
    address = (bracketed or found[2]).strip().lower()
    return name, address if "@" in address else ""


def addresses_of(value: str) -> list[str]:
    """Every address in a header, lower case, at most a hundred."""
    found = (match[1] or match[2] for match in _ADDRESS.finditer(value))
    return [one.lower() for one, _ in zip(found, range(100), strict=False) if "@" in one]


def parameters_of(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition, by lower-case name."""
    return {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(value)}


def origin_time(date: str, received_at: datetime) -> datetime | None:
    """t0 of a mail: its Date header, when it lies within 7 days before and 2 minutes after our receipt.

    Date is when the customer pressed "send". The Received lines say when each host passed it on: the first
    can be forged like Date, the last is our own receipt under another name. Out of bounds or unreadable
    means absent, and the clocks start at receipt.
    """
    try:
        sent = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    sent = sent.replace(tzinfo=UTC) if sent.tzinfo is None else sent.astimezone(UTC)
    return sent if received_at - PAST_LIMIT <= sent <= received_at + FUTURE_LIMIT else None
