"""One sentence with the things in it marked: each kind is looked for once, however many patterns are about
it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from services.resolution.domain.replycheck.pattern import CLOSE, OPEN, Pattern, Thing

Span: TypeAlias = tuple[int, int]


class Marked:
    """The stretch of a text from `start` to `end`."""

    def __init__(self, text: str, start: int, end: int, things: Mapping[str, Thing]) -> None:
        self._text, self._start, self._end, self._things = text, start, end, things
        self._found: dict[str, tuple[str, Sequence[int]]] = {}

    def spans(self, pattern: Pattern) -> list[Span]:
        """Where in the text the pattern matches; nowhere for a match of nothing."""
        if not pattern.thing:
            matches = pattern.regex.finditer(self._text, self._start, self._end)
            return [match.span() for match in matches if match[0]]
        known = self._found.get(pattern.thing)
        if known is None:
            known = self._found[pattern.thing] = self._mark(self._things[pattern.thing])
        text, places = known
        return [
            (places[match.start()], places[match.end() - 1] + 1)
            for match in (pattern.regex.finditer(text) if text else ())
            if match[0]
        ]

    def _mark(self, thing: Thing) -> tuple[str, Sequence[int]]:
        """The sentence with marks around each thing, and where each of its characters stands in the text;
        "" when there is none."""
        text, places, at = "", list[int](), self._start
        for found in thing.regex.finditer(self._text, self._start, self._end):
            start, end = found.span()
            text += f"{self._text[at:start]}{OPEN}{found[0]}{CLOSE}"
            places += [*range(at, start), start, *range(start, end), end - 1]
            at = end
        if not text:
            return "", ()
        return text + self._text[at : self._end], [*places, *range(at, self._end)]
