"""What a sentence is weighed by: its words, pairs of words that stand near each other, beginnings and ends of
words, and the families that words belong to ("courier" is somebody else, "tonight" is a time), alone and in
pairs.

Each feature comes with the tokens it was seen in, so that what weighed most can be pointed at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from services.resolution.domain.replycheck.marked import Span

_TOKEN = re.compile(r"n't\b|'(?:s|re|ve|ll|d|m)\b|[^\W_]+?(?=n't\b)|[^\W_]+|[?!,;:\"]", re.IGNORECASE)
_BEGIN, _END = "^", "$"
_AFFIXES = (4, 5)
"""Lengths of the beginnings and ends of words, in characters: what stays when a word is bent."""
_BESIDE, _APART = 3, 7
"""How many tokens apart a word and a family (or another word), and two families, are still a pair."""
_LONG = 36
"""Tokens of the longest sentence that is weighed as one."""
_KNOWN = 20_000
"""Words of texts whose families are kept."""
_STEM = 4
"""From so many characters on, a word of the lexicon is also found inside another ("paketdienst")."""


Seen: TypeAlias = tuple[str, int, int]
"""A feature with its first and its last token."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word in small letters, and where it stands in the text."""

    word: str
    span: Span


def tokens(text: str, start: int, end: int) -> list[Token]:
    """The words of a sentence between marks for its begin and its end."""
    found = [Token(each[0].lower(), each.span()) for each in _TOKEN.finditer(text, start, end)]
    return [Token(_BEGIN, (start, start)), *found, Token(_END, (end, end))] if found else []


def windows(text: str, start: int, end: int) -> list[Span]:
    """A sentence, or the overlapping stretches of one that is so long that a fault would drown in it, as live
    speech without stops is."""
    places = [found.start() for found in _TOKEN.finditer(text, start, end)]
    if len(places) <= _LONG:
        return [(start, end)]
    half = _LONG // 2
    begins = range(0, len(places) - half, half)
    return [
        (places[at] if at else start, places[at + _LONG] if at + _LONG < len(places) else end)
        for at in begins
    ]


class Lexicon:
    """Families of words by name. `stems`: a word belongs where it contains one that is listed, as compounds
    do in German; else where it is one, or its plural."""

    def __init__(self, families: Mapping[str, Sequence[str]], *, stems: bool) -> None:
        self.names = tuple(families)
        self._families: dict[str, tuple[str, ...]] = {}
        for family, words in families.items():
            for word in words:
                self._families[word] = (*self._families.get(word, ()), family)
        self._stems = [word for word in self._families if stems and len(word) >= _STEM]
        self.of = lru_cache(maxsize=_KNOWN)(self._of)

    def _of(self, word: str) -> tuple[str, ...]:
        own = self._families.get(word) or (self._families.get(word[:-1]) if word.endswith("s") else None)
        inside = [each for stem in self._stems if stem in word for each in self._families[stem]]
        return tuple(sorted({*(own or ()), *inside}))


def features(words: Sequence[str], lexicon: Lexicon) -> Iterator[Seen]:
    """Every feature of a sentence; the same one may come more than once."""
    families = [lexicon.of(word) for word in words]
    last = len(words) - 1
    for at, word in enumerate(words):
        yield word, at, at
        if at < last:
            yield f"{word} {words[at + 1]}", at, at + 1
        yield from ((f"{word} .. {words[to]}", at, to) for to in range(at + 2, min(last, at + _BESIDE) + 1))
        for length in _AFFIXES:
            if len(word) > length:
                yield f"{word[:length]}-", at, at
                yield f"-{word[-length:]}", at, at
        for family in families[at]:
            yield f"<{family}>", at, at
            yield from (
                (f"<{family}>{words[to]}", at, to) for to in range(at + 1, min(last, at + _BESIDE) + 1)
            )
            yield from ((f"{words[to]}<{family}>", to, at) for to in range(max(0, at - _BESIDE), at))
            for to in range(at + 1, min(last, at + _APART) + 1):
                yield from ((f"<{family}><{other}>", at, to) for other in families[to])
