"""Words from outside, made harmless: no control characters, no line break in a line, bounded length.

A decoded header may hide CR LF in an encoded word; a body may hold NUL, which PostgreSQL refuses; neither may
reach an outgoing header, a log line or a row.
"""

from __future__ import annotations

import re

# The event travels through Kafka (1 MB): what is longer stays whole in the raw bytes.
TEXT_LIMIT = 64_000
LINE_LIMIT = 500
NAME_LIMIT = 120

# C0 without tab and newline, DEL, C1, the line and paragraph separators, and halves of surrogate pairs.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|\x85|\u2028|\u2029|\x0c")
_SPACES = re.compile(r"\s+")
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "herr", "frau", "hr", "fr", "mme"}
    | {"mlle", "sr", "sra", "srta", "sig", "dott", "ing", "dipl"}
)
_NAME = re.compile(r"[^\W\d_][\w'’.\-]*")


def clean_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Several lines: newlines are LF, other control characters are gone, at most `limit` characters."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text))[:limit].strip()


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """One line: every run of white space and control characters is one space."""
    spaced = _SPACES.sub(" ", _CONTROLS.sub(" ", _BREAKS.sub(" ", text)))
    return _SPACES.sub(" ", spaced).strip()[:limit].strip()


def clean_name(text: str) -> str:
    """A person's name as a line; an address or a number in place of a name is no name."""
    name = clean_line(text, NAME_LIMIT).strip("\"'<> ")
    return "" if "@" in name or not _NAME.search(name) else name


def first_name(full_name: str) -> str:
    """The name to say to the customer (P5.2: by first name); empty rather than wrong.

    "Lovelace, Ada" and "Dr. Ada Lovelace" are Ada; a single initial is nobody's name.
    """
    family, comma, rest = full_name.partition(",")
    ordered = rest if comma and rest.strip() else family
    for word in ordered.split():
        bare = word.strip(".,'\"()")
        if bare.lower() not in _TITLES and len(bare) > 1 and _NAME.fullmatch(bare):
            return bare
    return ""
