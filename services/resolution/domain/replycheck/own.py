"""Which words of a reply are ours, and are meant: the text as it is matched, and where each character of it
stands in the reply. What a mail program does to a text (curly quotes, wrapped lines, two spaces, invisible
characters) changes no finding and no offset."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.resolution.domain.replycheck.pack import Pack
from services.resolution.domain.replycheck.pattern import CLOSE, OPEN

_STRAIGHT = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u02bc": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\t": " ",
        OPEN: "_",
        CLOSE: "_",
    }
)
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\r"
_LOOSE = re.compile(rf"[{_INVISIBLE}]|  ")
_QUOTED_LINE = re.compile(r"^[ ]*>.*$", re.MULTILINE)
_QUOTATION = re.compile(r'"[^"\n]{1,600}"')
_WRAPPED = re.compile(r"(?<=[^\s.!?:])[ ]*\n[ ]*(?=[a-z\u00df-\u00f6\u00f8-\u00ff])")
_NOT_SPACE = re.compile(r"\S")
_ENDS = ".!?\n"
_SENTENCE_END = re.compile(r"[.!?\n]")
_NEAR = 300
"""How far around a stretch its sentence is looked for, in characters: the time a text takes must grow with
its length, not with its square, whatever somebody writes."""


@dataclass(frozen=True, slots=True)
class Own:
    """`text` is what patterns are matched on; `places[i]` is the offset of its i-th character in the reply
    (one more place than characters: the end). `spared` are stretches of `text` that are said, but not said by
    us or not claimed."""

    text: str
    places: Sequence[int]
    spared: tuple[tuple[int, int], ...] = ()

    def is_spared(self, at: int) -> bool:
        """Whether the word at this position is reported or refused, not claimed."""
        return any(start <= at < end for start, end in self.spared)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch as offsets into the reply."""
        return self.places[start], self.places[end - 1] + 1

    def sentence(self, start: int, end: int) -> str:
        """The sentence, or sentences, around a stretch; of a very long one, what is near."""
        stop = _SENTENCE_END.search(self.text, end, end + _NEAR)
        return self.text[_begin(self.text, start) : stop.end() if stop else end + _NEAR]


def own_words(reply: str, pack: Pack) -> Own:
    """The reply without what the customer wrote: quoted lines (">") always, a quotation in running text where
    the words beside it say whose it is (Pack.quoting)."""
    straight = _QUOTED_LINE.sub(_blank, reply.translate(_STRAIGHT))
    text, places = _collapse(_WRAPPED.sub(_blank, straight))
    text = _without_quotations(text, pack)
    return Own(text, places, tuple(_spared(text, pack)))


def _begin(text: str, at: int) -> int:
    """Where the sentence of this place begins, or what is near of it."""
    near = max(0, at - _NEAR)
    return max(near, *(text.rfind(mark, near, at) + 1 for mark in _ENDS))


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _collapse(text: str) -> tuple[str, Sequence[int]]:
    """One space for many and nothing for what cannot be seen, with the place of every character that is
    left."""
    if not _LOOSE.search(text):
        return text, range(len(text) + 1)
    kept = [
        at
        for at, character in enumerate(text)
        if character not in _INVISIBLE and not (character == " " and at and text[at - 1] == " ")
    ]
    return "".join(text[at] for at in kept), [*kept, len(text)]


def _without_quotations(text: str, pack: Pack) -> str:
    def told(found: re.Match[str]) -> str:
        before = text[_begin(text, found.start()) : found.start()]
        after = text[found.end() : found.end() + 40]
        theirs = any(each.regex.search(f"{before}\u2026{after}") for each in pack.quoting)
        return _NOT_SPACE.sub("_", found[0]) if theirs else found[0]

    return _QUOTATION.sub(told, text)


def _spared(text: str, pack: Pack) -> Iterator[tuple[int, int]]:
    for pattern in pack.spared:
        for found in pattern.regex.finditer(text):
            stop = pack.resumes.regex.search(text, found.end())
            yield found.start(), stop.start() if stop else len(text)


def apart(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that remain when, of two that overlap, only the longer is kept; in order of place."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(stretches), key=lambda each: (each[0] - each[1], each[0])):
        at = bisect_left(kept, (start, end))
        clear_before = at == 0 or kept[at - 1][1] <= start
        if clear_before and (at == len(kept) or end <= kept[at][0]):
            kept.insert(at, (start, end))
    return kept
