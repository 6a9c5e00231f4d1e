"""A pattern of a pack, and the named lists that its text may stand for: `words`, which are filled in, and
`things` (somebody of ours, somebody else), which are found once in a sentence for all patterns together.

A pack has hundreds of patterns of thousands of characters, and few of them ever meet a sentence in which they
can match (sieve.py). So a pattern is filled in and compiled when a text first needs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from services.resolution.domain.errors import BadData
from services.resolution.domain.replycheck.needs import NOTHING, Needs, needs

Lists: TypeAlias = Mapping[str, Iterable[object]]
OPEN, CLOSE = "\U00013000", "\U00013001"
"""Around a thing that was found in a text. Letters, so that a word begins and ends there; of no language that
anybody writes to a contact centre in."""
_FOUND = f"{OPEN}[^{CLOSE}]*{CLOSE}"
_NAMED = re.compile(r"\{([a-z_]+)\}")


class Words:
    """Named lists of alternatives; a later list may name an earlier one. Raises BadData("bad_reply_pack")."""

    def __init__(self, words: Lists, things: Lists, common: Mapping[str, int] = NOTHING) -> None:
        self.common = common
        self._filled: dict[str, str] = {}
        for name, alternatives in (*words.items(), *things.items()):
            filled = "|".join(self.fill(self.known(each)) for each in alternatives)
            self._filled[name] = f"(?:{filled})"
        self.things = {name: Thing(self._filled[name], common) for name in things}

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

    def thing_in(self, pattern: str) -> str:
        """The name of the thing that a pattern is about; "" is none."""
        named = {name for name in _NAMED.findall(pattern) if name in self.things}
        if len(named) > 1:
            raise BadData("bad_reply_pack", f"{pattern!r} names two things; one is found at a time.")
        return next(iter(named), "")

    def fill(self, pattern: str, thing: str = "", found: str = "") -> str:
        """The pattern with the alternatives in place of the names, and `found` in place of the thing."""
        return _NAMED.sub(lambda name: found if name[1] == thing else self._filled[name[1]], pattern)


class Thing:
    """Something that patterns are about, by its alternatives; a whole number of words."""

    def __init__(self, alternatives: str, common: Mapping[str, int]) -> None:
        self._common = common
        self._written = f"(?<!\\w){alternatives}(?!\\w)"

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled at the first use."""
        return _compiled(self._written, self._written)

    @cached_property
    def needs(self) -> Needs:
        """What a text must have for the thing to be in it."""
        return needs(self._written, self._common)


class Pattern:
    """One regular expression, matched without regard to case. `written` is its text in the file; `thing`
    names what has to be found in a text before, "" when nothing has."""

    def __init__(self, written: object, words: Words, *, tagged: bool = False) -> None:
        self.written = words.known(written)
        self.thing = words.thing_in(self.written) if tagged else ""
        self._words = words

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled at the first use. Raises BadData("bad_reply_pack") naming the pattern."""
        return _compiled(self._words.fill(self.written, self.thing, _FOUND), self.written)

    @cached_property
    def needs(self) -> Needs:
        """What a text must have for a match."""
        tags = {ord(OPEN): self._words.things[self.thing].needs} if self.thing else {}
        return needs(self._words.fill(self.written, self.thing, OPEN), self._words.common, tags)


Patterns: TypeAlias = tuple[Pattern, ...]


def _compiled(filled: str, written: str) -> re.Pattern[str]:
    try:
        return re.compile(filled, re.IGNORECASE)
    except re.error as error:
        raise BadData("bad_reply_pack", f"{written!r} is no regular expression: {error}.") from error
