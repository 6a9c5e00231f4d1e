"""Which patterns can match in a text at all: a pack has hundreds, and of a sentence a handful can be true.

The pieces of text that patterns need (needs.py) are kept by a word that is in them. A text is read word by
word, each word known after its first time, and the needs that it meets are the bits of one number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Generic, TypeVar

from services.resolution.domain.replycheck.needs import Need, plain

T = TypeVar("T")
Stretch = tuple[int, int]
_SENTENCE_END = re.compile(r"(?:[.!?;]+(?=[ \n])|\n)")
_KNOWN = 20_000
"""Words of texts that are kept with the pieces in them, before they are forgotten all at once."""


def sentences(text: str) -> list[Stretch]:
    """Stretches of the text, each with the mark that ends it; together the whole text."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return [
        stretch for stretch in zip([0, *ends], [*ends, len(text)], strict=True) if stretch[0] < stretch[1]
    ]


class Sieve(Generic[T]):
    """Things to look for, each with the needs without which it is not there, the rarest first."""

    def __init__(self, things: Iterable[tuple[T, Sequence[Need]]]) -> None:
        bits: dict[Need, int] = {}
        self._by_first: dict[int, list[tuple[int, T, int]]] = defaultdict(list)
        for order, (thing, wanted) in enumerate(things):
            masks = [1 << bits.setdefault(need, len(bits)) for need in wanted]
            self._by_first[masks[0] if masks else 0].append((order, thing, sum(set(masks))))
        self._firsts = sum(self._by_first)
        pieces: dict[str, int] = defaultdict(int)
        for need, bit in bits.items():
            for piece in need:
                pieces[piece] |= 1 << bit
        self._by_word: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for piece, mask in pieces.items():
            self._by_word[_word_of(piece)].append((piece, mask))
        self._longest = max(map(len, self._by_word), default=0)
        self._known: dict[str, tuple[int, list[tuple[str, int]]]] = {}

    def may_have(self, text: str) -> list[T]:
        """What could be in the text, in the order given; anything that is there is among them."""
        met = self._met(plain(text))
        could, left = list(self._by_first.get(0, ())), met & self._firsts
        while left:
            bit = left & -left
            left ^= bit
            could += [each for each in self._by_first[bit] if each[2] & met == each[2]]
        return [thing for _, thing, _ in sorted(could, key=itemgetter(0))]

    def _met(self, words: str) -> int:
        met = 0
        for word in set(words.split()):
            whole, parts = self._known.get(word) or self._learn(word)
            met |= whole
            for piece, mask in parts:
                if mask & ~met and piece in words:
                    met |= mask
        return met

    def _learn(self, word: str) -> tuple[int, list[tuple[str, int]]]:
        """The needs that a word meets by itself, and the pieces of which it is only a part."""
        if len(self._known) >= _KNOWN:
            self._known.clear()
        text, whole, parts = f" {word} ", 0, []
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                for piece, mask in self._by_word.get(text[start:end], ()):
                    if piece == text[start:end]:
                        whole |= mask
                    else:
                        parts.append((piece, mask))
        self._known[word] = whole, parts
        return whole, parts


def _word_of(piece: str) -> str:
    """The longest word of a piece, with the edges that are known."""
    words = piece.split()
    longest = max(range(len(words)), key=lambda at: len(words[at]))
    left = longest > 0 or piece.startswith(" ")
    right = longest < len(words) - 1 or piece.endswith(" ")
    return f"{' ' * left}{words[longest]}{' ' * right}"
