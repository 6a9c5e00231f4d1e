"""What a text must have for a pattern to match at all: pieces of text, read from the pattern itself.

A piece is written as `plain` writes a text: folded, with one space for everything that is no letter or digit.
So a space at its end is the edge of a word, and " till " is looked for where "until" is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from re import _parser  # type: ignore[attr-defined]  # the parser of patterns has no public name
from typing import Any, TypeAlias

from services.resolution.domain.replycheck.edges import after, before

Need: TypeAlias = frozenset[str]
"""Pieces of which a match has at least one."""
Needs: TypeAlias = tuple[Need, ...]
"""The rarest first."""
Node: TypeAlias = tuple[Any, Any]
_SHORTEST = 2
_NO_WORD = re.compile(r"\W+")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
NOTHING: Mapping[str, int] = {}
NO_TAGS: Mapping[int, Needs] = {}


def plain(text: str) -> str:
    """The words of a text, folded, with a space before and after each."""
    return _NO_WORD.sub(" ", f" {text.casefold()} ")


def needs(pattern: str, common: Mapping[str, int] = NOTHING, tags: Mapping[int, Needs] = NO_TAGS) -> Needs:
    """One piece of each need is in every match. `common`: how common words are, one that is not in it being
    rare; of several needs of an alternative the rarest is kept. `tags`: characters of the pattern that stand
    for a whole thing, by what that thing needs. Raises re.error."""
    reader = _Reader(common, tags)
    found = set(reader.needs(list(_parser.parse(pattern, re.IGNORECASE)), left=False, right=False))
    return tuple(sorted(found, key=lambda need: (reader.how_common(need), sorted(need))))


class _Reader:
    def __init__(self, common: Mapping[str, int], tags: Mapping[int, Needs]) -> None:
        self._common, self._tags = common, tags

    def needs(self, items: Sequence[Node], *, left: bool, right: bool) -> Iterator[Need]:
        """`left` and `right`: whether a word that begins, or ends, with the items is a whole one there."""
        run: list[Node] = []
        edge = left
        for index, (op, value) in enumerate(items):
            name, rest = str(op), items[index + 1 :]
            if name == "LITERAL" and value not in self._tags:
                edge = edge if run else left
                run.append((op, value))
            else:
                yield from _piece(run, edge, before(items[index:], right=right))
                ends = before(rest, right=right)
                yield from self._inner(name, value, run, left=edge if run else left, right=ends)
                run = []
            left = after((op, value), left=left) or (name == "LITERAL" and value in self._tags)
        yield from _piece(run, edge, right)

    def _inner(self, name: str, value: Any, run: list[Node], *, left: bool, right: bool) -> Iterator[Need]:
        """`run` are the letters right before, which are in every branch."""
        if name == "LITERAL":
            yield from self._tags[value]
        elif name == "SUBPATTERN":
            yield from self.needs([*run, *value[3]], left=left, right=right)
        elif name in _REPEATS and value[0] > 0:
            yield from self.needs(list(value[2]), left=left and not run and value[1] == 1, right=False)
        elif name == "BRANCH":
            branches = (self.needs([*run, *branch], left=left, right=right) for branch in value[1])
            best = [min(branch, key=self.how_common, default=None) for branch in branches]
            if all(need is not None for need in best):
                yield frozenset(piece for need in best if need for piece in need)

    def how_common(self, need: Need) -> tuple[int, int]:
        """How many texts have it, about: each piece by its rarest word; then by its length."""
        words = (min(self._common.get(word, 1) for word in piece.split()) for piece in need)
        return sum(words), -min(map(len, need))


def _piece(run: Sequence[Node], left: bool, right: bool) -> Iterator[Need]:
    letters = "".join(chr(value) for _, value in run).casefold()
    words = _NO_WORD.sub(" ", f"{' ' * left}{letters}{' ' * right}")
    core = words.strip()
    if len(core) >= _SHORTEST or (core and words == f" {core} "):
        yield frozenset([words])
