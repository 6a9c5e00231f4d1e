"""Bytes of a mail to text: any charset label, any bytes, never an exception, never a codec that is not a
charset.
"""

from __future__ import annotations

import codecs
import re

# Python also "decodes" zip, punycode, unicode_escape and the like: a label from outside may name none of
# them.
_CHARSETS = re.compile(
    r"utf-8|ascii|utf-16(-[bl]e)?|utf-32(-[bl]e)?|utf-7|iso8859-\d+|cp\d+|koi8-[rut]|gb\w+|hz|big5\w*|"
    r"euc_\w+|shift_jis\w*|iso2022_\w+|johab|tis-620|ptcp154|kz1048|mac-\w+|viscii"
)
# What senders write for charsets that have another name.
_ALIASES = {
    "ansi": "cp1252",
    "default": "utf-8",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "iso-8859-8-i": "iso8859-8",
}


def decode_bytes(data: bytes, label: str | None) -> str:
    """`data` in the charset of `label`; undecodable bytes become U+FFFD.

    Without a usable label: UTF-8 if it fits, else Windows-1252, which is what unlabelled mail mostly is.
    """
    name = _codec(label)
    if name is not None and name != "ascii":
        return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _codec(label: str | None) -> str | None:
    wanted = (label or "").strip(" \t\"'").lower()
    if not wanted or len(wanted) > 40:
        return None
    try:
        name = codecs.lookup(_ALIASES.get(wanted, wanted)).name
    except (LookupError, ValueError):
        return None
    return name if _CHARSETS.fullmatch(name) else None
