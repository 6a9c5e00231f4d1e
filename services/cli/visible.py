"""Text from outside on an operator's terminal: nothing in it may move the cursor, hide or turn around."""

from __future__ import annotations

import unicodedata

# Control, format (bidi, zero width), private, surrogate, unassigned; line and paragraph separators.
_HARMFUL = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def visible(raw: bytes) -> str:
    r"""Bytes as lines of text: what is not UTF-8 as \xNN, what a terminal would obey as \uNNNN."""
    text = raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return "".join(one if one in "\n\t" else _shown(one) for one in text)


def visible_line(text: str) -> str:
    r"""The same in one line."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character == " " or unicodedata.category(character) not in _HARMFUL:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
