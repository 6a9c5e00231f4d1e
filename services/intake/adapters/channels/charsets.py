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
# What senders write for charsets that have another name, and the supersets that they mean by the old names
# (encoding.spec.whatwg.org, "names and labels").
_ALIASES = {
    "ansi": "cp1252",
    "default": "utf-8",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-8mb4": "utf-8",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "dos-874": "cp874",
    "iso-8859-11": "cp874",
    "iso-2022-jp-ms": "iso2022_jp_ext",
}
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "cp950",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "iso2022_jp": "iso2022_jp_ext",
}
_MULTIBYTE = re.compile(r"utf|gb|big5|euc|shift|iso2022|cp(932|949|950)|johab|hz")
_LABEL = re.compile(r"[\w.:+-]{1,40}")


def decode_bytes(data: bytes, label: str | None, fallback: str | None = None) -> str:
    """`data` in the charset of `label`; undecodable bytes become U+FFFD.

    Without a usable label: UTF-8 if it fits, else the charset of `fallback`, else Windows-1252, which is what
    unlabelled mail mostly is. A label that the bytes contradict is not believed.
    """
    name = _codec(label)
    if name is None or name == "ascii":
        return _unlabelled(data, _codec(fallback))
    utf8 = _strict(data, "utf-8")
    if utf8 is not None and (name == "utf-8" or _is_utf8_rather(utf8, name)):
        return utf8
    text = _strict(data, name)
    return _mislabelled(data, name) if text is None else text


def _is_utf8_rather(utf8: str, name: str) -> bool:
    """Text of a single-byte charset hardly ever reads as UTF-8 by chance, nor that of a Chinese one as
    three-byte UTF-8, nor UTF-16 as words in ASCII.
    """
    if name.startswith(("utf-16", "utf-32")):
        return utf8.isascii() and "\0" not in utf8 and (" " in utf8 or "\n" in utf8)
    rare = "\u0800" if _MULTIBYTE.match(name) else "\x80"
    return any(char >= rare for char in utf8)


def _unlabelled(data: bytes, fallback: str | None) -> str:
    if b"\x1b$" in data or b"\x1b(" in data:
        japanese = _strict(data, "iso2022_jp_ext")
        if japanese is not None:
            return japanese
    for name in ("utf-8", fallback):
        text = None if name is None else _strict(data, name)
        if text is not None:
            return text
    return data.decode("cp1252", "replace")


def _mislabelled(data: bytes, name: str) -> str:
    """The reading with the fewest holes: as labelled, as UTF-8, or, labelled UTF-8, as Windows-1252."""
    labelled, utf8 = data.decode(name, "replace"), data.decode("utf-8", "replace")
    if name.startswith("iso2022_jp"):
        # Seven-bit by name, eight-bit in fact: the other two codings of Japanese.
        japanese = _strict(data, "euc_jp") or _strict(data, "cp932")
        if japanese is not None:
            return japanese
    best = utf8 if utf8.count("\ufffd") < labelled.count("\ufffd") else labelled
    holes = best.count("\ufffd")
    if name == "utf-8" and holes > sum(1 for char in best if char > "\x7f") - holes:
        return data.decode("cp1252", "replace")
    return best


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeError:
        return None


def _codec(label: str | None) -> str | None:
    found = _LABEL.search((label or "").strip(" \t\"'")[:80].lower())
    if found is None:
        return None
    try:
        name = codecs.lookup(_ALIASES.get(found[0], found[0])).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if _CHARSETS.fullmatch(name) else None
