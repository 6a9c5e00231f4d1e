"""Which rules can match at all: words without which a pattern matches nothing, looked for before it is run.

Most patterns of a pack have no chance in most sentences, and a plain search for a word costs a hundredth of a
regular expression. A pattern is run on the sentences that have one word of each of its needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from re import _parser  # type: ignore[attr-defined]  # the parser of patterns has no public name
from typing import Any, TypeAlias

Need: TypeAlias = frozenset[str]
"""Case-folded pieces of text of which a match has at least one."""
Stretch: TypeAlias = tuple[int, int]
_SHORTEST = 2
_SENTENCE_END = re.compile(r"(?:[.!?;]+(?=[ \n])|\n)")


def needs(pattern: str) -> tuple[Need, ...]:
    """What every match contains: one piece of each need. () when nothing can be said."""
    return tuple(sorted(set(_needs(_parser.parse(pattern, re.IGNORECASE))), key=_size))


def sentences(text: str) -> list[Stretch]:
    """Stretches of the text, each with the mark that ends it; together the whole text."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return [
        stretch for stretch in zip([0, *ends], [*ends, len(text)], strict=True) if stretch[0] < stretch[1]
    ]


class Sieve:
    """The words of one text, sentence by sentence; each word is looked for once in the text."""

    def __init__(self, text: str) -> None:
        self._stretches = sentences(text)
        self._folded = [text[start:end].casefold() for start, end in self._stretches]
        self._whole = "\n".join(self._folded)
        self._at: dict[str, frozenset[int]] = {}

    def where(self, wanted: Sequence[Need]) -> Iterator[Stretch]:
        """The sentences that have what is needed, in their order."""
        left: set[int] | None = None
        for need in wanted:
            have = self._having(need)
            left = have if left is None else left & have
            if not left:
                return
        for index in range(len(self._stretches)) if left is None else sorted(left):
            yield self._stretches[index]

    def _having(self, need: Need) -> set[int]:
        have: set[int] = set()
        for piece in need:
            have |= self._places(piece)
        return have

    def _places(self, piece: str) -> frozenset[int]:
        known = self._at.get(piece)
        if known is None:
            there = piece in self._whole
            found = (index for index, folded in enumerate(self._folded) if piece in folded) if there else ()
            known = self._at[piece] = frozenset(found)
        return known


def _size(need: Need) -> tuple[int, list[str]]:
    return len(need), sorted(need)


def _needs(items: Iterable[Any]) -> Iterator[Need]:
    run = ""
    for operation, value in items:
        name = str(operation)
        if name == "LITERAL":
            run += chr(value)
            continue
        yield from _piece(run)
        run = ""
        yield from _inner(name, value)
    yield from _piece(run)


def _piece(run: str) -> Iterator[Need]:
    if len(run) >= _SHORTEST:
        yield frozenset([run.casefold()])


def _inner(name: str, value: Any) -> Iterator[Need]:
    if name == "SUBPATTERN":
        yield from _needs(value[3])
    elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and value[0] > 0:
        yield from _needs(value[2])
    elif name == "BRANCH":
        best = [min(_needs(branch), key=_size, default=None) for branch in value[1]]
        if all(need is not None for need in best):
            yield frozenset(piece for need in best if need for piece in need)
