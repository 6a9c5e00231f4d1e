"""A pattern of a pack, and the named lists of words that its text may stand for.

A pack has hundreds of patterns of thousands of characters, and few of them ever meet a sentence in which they
can match (sieve.py). So a pattern is filled in and compiled when a text first needs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from services.resolution.domain.errors import BadData
from services.resolution.domain.replycheck.sieve import Need, needs

_NAMED = re.compile(r"\{([a-z_]+)\}")


class Words:
    """Named lists of alternatives; a later list may name an earlier one. Raises BadData("bad_reply_pack")."""

    def __init__(self, lists: Mapping[str, Iterable[object]]) -> None:
        self._filled: dict[str, str] = {}
        for name, alternatives in lists.items():
            filled = "|".join(self.fill(self.known(each)) for each in alternatives)
            self._filled[name] = f"(?:{filled})"

    def known(self, pattern: object) -> str:
        """The pattern, when it is text and every list it names is known."""
        if not isinstance(pattern, str):
            raise BadData("bad_reply_pack", f"{pattern!r} is no text; quote it.")
        for name in _NAMED.findall(pattern):
            if name not in self._filled:
                raise BadData(
                    "bad_reply_pack", f"{pattern!r} names {{{name}}}, which no word list before it is."
                )
        return pattern

    def fill(self, pattern: str) -> str:
        """The pattern with the alternatives in place of the names."""
        return _NAMED.sub(lambda name: self._filled[name[1]], pattern)


class Pattern:
    """One regular expression, matched without regard to case. `written` is its text in the file."""

    def __init__(self, written: object, words: Words) -> None:
        self.written = words.known(written)
        self._words = words

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled at the first use. Raises BadData("bad_reply_pack") naming the pattern."""
        try:
            return re.compile(self._words.fill(self.written), re.IGNORECASE)
        except re.error as error:
            raise BadData("bad_reply_pack", f"{self.written!r} is no regular expression: {error}.") from error

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What a sentence must have for a match (sieve.py)."""
        return needs(self._words.fill(self.written))


Patterns: TypeAlias = tuple[Pattern, ...]
