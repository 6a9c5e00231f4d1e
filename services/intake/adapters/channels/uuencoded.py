"""Files that old programs wrote into the text itself (`begin 644 photo.jpg`): they become files again."""

from __future__ import annotations

import re
from binascii import Error as NotEncoded
from binascii import a2b_uu
from dataclasses import replace

from services.intake.adapters.channels.mime import PARTS_LIMIT, Part
from services.intake.domain.text import clean_file_name

_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,200})")


def unpacked(part: Part) -> Part:
    """The part with each uuencoded block of a text as a file behind the text; what does not decode stays."""
    if part.children:
        return replace(part, children=tuple(map(unpacked, part.children)))
    if part.media_type != "text/plain" or part.disposition == "attachment" or b"begin " not in part.content:
        return part
    words, files = _split(part.content.splitlines())
    if not files:
        return part
    text = replace(part, content=b"\n".join(words))
    return replace(part, media_type="multipart/mixed", content=b"", children=(text, *files))


def _split(lines: list[bytes]) -> tuple[list[bytes], list[Part]]:
    words: list[bytes] = []
    files: list[Part] = []
    at = 0
    while at < len(lines):
        begin = _BEGIN.fullmatch(lines[at])
        content, after = _block(lines, at + 1) if begin and len(files) < PARTS_LIMIT else (None, at)
        if begin is None or content is None:
            words.append(lines[at])
            at += 1
        else:
            name = clean_file_name(begin[1].decode("utf-8", "replace"))
            files.append(Part("application/octet-stream", {}, "attachment", name, "", content))
            at = after
    return words, files


def _block(lines: list[bytes], start: int) -> tuple[bytes | None, int]:
    """The decoded block and where the text goes on; None where it has no end or is none."""
    pieces: list[bytes] = []
    for at in range(start, len(lines)):
        if lines[at] == b"end":
            return b"".join(pieces), at + 1
        if not lines[at]:
            continue  # a line of nothing, which the decoder would take for zeros
        try:
            pieces.append(a2b_uu(lines[at]))
        except NotEncoded:
            break
    return None, start
