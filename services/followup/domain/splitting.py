"""Long answers in parts, for channels that take only so much at once."""

from __future__ import annotations

from collections.abc import Callable

_BREAKS = ("\n\n", "\n", ". ", " ")


def utf8_bytes(text: str) -> int:
    """How Instagram counts."""
    return len(text.encode("utf-8", "surrogatepass"))


def utf16_units(text: str) -> int:
    """How Telegram counts: what lies beyond the first 65,536 characters, as most emojis, counts twice."""
    return len(text) + sum(one > "\uffff" for one in text)


def parts_of(text: str, limit: int, size: Callable[[str], int]) -> list[str]:
    """The text in parts of at most `limit` each, in order, broken behind a paragraph, else a line, else a
    sentence, else a word; inside a word only where that is longer than a part. Only white space at breaks is
    left out.

    `limit` is at least 4, the size of the largest character.
    """
    rest, found = text.strip(), []
    while size(rest) > limit:
        fitting = _fitting(rest, limit, size)
        at = _break(rest, fitting)
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*found, rest]


def _fitting(text: str, limit: int, size: Callable[[str], int]) -> int:
    """How many characters of the beginning fit: a character is never more than four units of any measure."""
    low, high = limit // 4, min(limit, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return low


def _break(text: str, fitting: int) -> int:
    """Where to break: in the second half of what fits, so that no part is one short line; but never inside a
    word that fits.
    """
    for separator in _BREAKS:
        at = text.rfind(separator, 1 if separator == " " else fitting // 2, fitting + 1)
        if at > 0:
            return min(at + len(separator.rstrip() if separator == ". " else separator), fitting)
    return fitting
