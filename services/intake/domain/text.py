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

# Marks that turn the direction of writing: "exe.gpj" shown as a picture.
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Those of them that hold until something ends them: in a line they would turn what is shown behind it too.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_PATH = re.compile(r"[/\\]")
_RESERVED = re.compile(r'[<>:"|?*]')
_EXTENSION = re.compile(r"\.\w{1,10}\Z")
# C0 without tab and newline, DEL, C1, the line and paragraph separators, and halves of surrogate pairs.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|\x85|\u2028|\u2029|\x0c")
_SPACES = re.compile(r"\s+")
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "herr", "frau", "hr", "fr", "mme"}
    | {"lord", "lady", "rev", "mlle", "sr", "sra", "srta", "sig", "dott", "ing", "dipl"}
)
# A name with one of these in it is a company's or a machine's.
_NOBODY = frozenset(
    {
        "inc",
        "ltd",
        "llc",
        "llp",
        "plc",
        "corp",
        "gmbh",
        "ag",
        "kg",
        "sa",
        "sarl",
        "srl",
        "bv",
        "nv",
        "oy",
        "ab",
        "aps",
    }
    | {"newsletter", "noreply", "no-reply", "mailer-daemon", "postmaster", "webmaster", "administrator"}
    | {
        "support",
        "team",
        "service",
        "services",
        "kundenservice",
        "notification",
        "notifications",
        "subsystem",
    }
    | {"delivery", "digest", "mailing", "list"}
)
_NAME = re.compile(r"[^\W\d_][\w'’.\-]*")


def clean_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Several lines: newlines are LF, other control characters are gone, at most `limit` characters."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text.replace("\ufeff", "")))[:limit].strip()


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """One line: every run of white space and control characters is one space, and nothing turns the direction
    of writing for what stands behind it.
    """
    spaced = _SPACES.sub(" ", _CONTROLS.sub(" ", _BREAKS.sub(" ", _TURNS.sub("", text))))
    return _SPACES.sub(" ", spaced).strip()[:limit].strip()


def clean_name(text: str) -> str:
    """A person's name as a line; an address or a number in place of a name is no name."""
    name = clean_line(text, NAME_LIMIT).strip("\"'<> ")
    return "" if "@" in name or not _NAME.search(name) else name


def clean_file_name(name: str) -> str:
    """A file's name without its path, control characters and what turns the writing round; "" when nothing
    is left. A long name keeps its extension.
    """
    line = clean_line(_DIRECTION.sub("", name), 4 * LINE_LIMIT)
    bare = _RESERVED.sub("_", _PATH.split(line)[-1]).strip(" .")
    extension = _EXTENSION.search(bare)
    if len(bare) <= NAME_LIMIT or extension is None:
        return bare[:NAME_LIMIT].strip()
    return bare[: NAME_LIMIT - len(extension[0])].strip() + extension[0]


def first_name(full_name: str) -> str:
    """The name to say to the customer (P5.2: by first name); empty rather than wrong.

    "Lovelace, Ada" and "Dr. Ada Lovelace" are Ada; a single initial is nobody's name, "Harbour Inc." and
    "The Support Team" are nobody's either.
    """
    words = full_name.lower().replace(",", " ").split()
    if words[:1] == ["the"] or any(word.strip(".()") in _NOBODY for word in words):
        return ""
    family, comma, rest = full_name.partition(",")
    ordered = rest if comma and rest.strip() else family
    for word in ordered.split():
        bare = word.strip(".,'\"()")
        if bare.lower() not in _TITLES and len(bare) > 1 and _NAME.fullmatch(bare):
            return bare
    return ""
