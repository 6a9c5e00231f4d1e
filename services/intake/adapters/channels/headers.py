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
_BLANK = re.compile(rb"[ \t\r\n]{0,1000}(?:>?From [^\r\n:]{1,200} [^\r\n]{1,200}\r?\n)?")
_ONE_WORD = r"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,1000})\?="
_WORD = re.compile(_ONE_WORD)
_WORDS = re.compile(rf"{_ONE_WORD}(?:\s{{0,100}}{_ONE_WORD})*")
_ADDRESS = re.compile(r"<\s*([^<>\s]{1,320})\s*>|([^\s<>()\",;:]{1,64}@[^\s<>()\",;:]{1,255})")
_BEHIND_NAME = re.compile(r"[^,;<>]{0,300}<\s*([^<>\s]{1,320})\s*>")
_COMMENT = re.compile(r"\s*\(([^()]{1,120})\)")
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
    start = _preamble_end(mail)
    found = _END.search(mail, start, start + BLOCK_LIMIT + 4)
    if found is None and len(mail) - start > BLOCK_LIMIT:
        raise TooLarge("headers_too_large", f"the header block is over {BLOCK_LIMIT} bytes")
    # A mail may begin with its body: no header at all.
    block = mail[start : found.start()] if found else mail[start:]
    first: dict[str, bytes] = {}
    lines = _LINE.split(_FOLD.sub(b" ", block))
    if len(lines) > COUNT_LIMIT:
        raise TooLarge("too_many_headers", f"more than {COUNT_LIMIT} header fields")
    for line in lines:
        if len(line) > HEADER_LIMIT:
            raise TooLarge("header_too_long", f"one header field is over {HEADER_LIMIT} bytes")
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.strip()):
            first.setdefault(name.strip().decode("ascii").lower(), value)
    # Eight-bit headers carry no label of their own; their program wrote the body in the same charset.
    charset = parameters_of(decode_bytes(first.get("content-type", b""), None)).get("charset")
    raw = {name: decode_bytes(value, None, charset).strip() for name, value in first.items()}
    values = {name: clean_line(decode_words(value), HEADER_LIMIT) for name, value in raw.items()}
    return Headers(values, raw, found.end() if found else len(mail))


def _preamble_end(mail: bytes) -> int:
    """Where the headers begin: behind blank lines, and the "From " line that mail boxes put in front."""
    blank = _BLANK.match(mail)
    return blank.end() if blank else 0


def decode_words(text: str) -> str:
    """RFC 2047 encoded words to text; a word that cannot be decoded stays as it is.

    Neighbours of one charset are decoded together: programs cut them in the middle of a character.
    """
    return _WORDS.sub(_decode_run, text) if "=?" in text else text


def _decode_run(run: re.Match[str]) -> str:
    told: list[str] = []
    pending, charset = b"", ""
    for word in _WORD.finditer(run[0]):
        named = word[1].partition("*")[0].lower()
        data = _payload(word[2].lower(), named, word[3])
        if pending and (data is None or named != charset):
            told.append(decode_bytes(pending, charset))
            pending = b""
        if data is None:
            told.append(word[0])
        else:
            pending, charset = pending + data, named
    return "".join(told) + decode_bytes(pending, charset)


def _payload(encoding: str, charset: str, coded: str) -> bytes | None:
    """The bytes of an encoded word, also where its program left letters uncoded; None when there are none."""
    try:
        if encoding == "q":
            return decodestring(coded.encode("ascii" if coded.isascii() else charset), header=True)
        bare = re.sub(r"[^A-Za-z0-9+/]", "", coded).encode("ascii")
        whole = bare[: len(bare) - (len(bare) % 4 == 1)]
        return b64decode(whole + b"=" * (-len(whole) % 4))
    except (NotBase64, ValueError, LookupError):
        return None


def address_of(value: str) -> tuple[str, str]:
    """Display name and lower-case address of the first mailbox in a header; ("", "") when there is none.

    An address shown as the name (`"ada@shop.example" <noreply@shop.example>`) is not where mail goes.
    """
    found = _ADDRESS.search(value)
    if found is None:
        return "", ""
    behind = _BEHIND_NAME.match(value, found.end()) if found[2] else None
    bracketed = found[1] or (behind[1] if behind else "")
    if bracketed:
        name = value[: value.index("<")].strip(" \t\"'")
    else:
        comment = _COMMENT.match(value, found.end())  # "ada@example.org (Ada Lovelace)"
        name = comment[1].strip(" \t\"'") if comment else ""
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
