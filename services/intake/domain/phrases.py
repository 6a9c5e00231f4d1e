"""Words and phrases found in a text, with their places: what the rules and the model look at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# The word in the form it is compared in, where it begins and ends; "!" "?" and emoji are words of their own.
Token = tuple[str, int, int]
_TOKEN = re.compile(r"\w+(?:'\w+)*|[!?]|[\u2600-\u27bf\U0001f300-\U0001faff]")
# Addresses of pages and other people's handles say nothing about the matter.
_ASIDE = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)@\w+")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


class Meaning(NamedTuple):
    """What a phrase stands for: a `name` in one of the lists, and how much it weighs there."""

    aspect: str  # the list: "severity", "topic", "emotion", "cue"
    name: str  # empty: here it means nothing
    level: int = 1
    group: str = ""  # the feature of the model that stands for it


# A phrase met in a text: its meaning, how the list writes it, the index of its first word, the one behind it.
Met = tuple[Meaning, str, int, int]


def tokens(text: str) -> list[Token]:
    """Words in their order. Lines quoted from somebody else's mail are not the writer's."""
    if ">" in text:
        text = _QUOTED.sub(_blank, text)
    if "@" in text or "://" in text or "www." in text:
        text = _ASIDE.sub(_blank, text)
    if "’" in text:
        text = text.replace("’", "'")
    folded = text.casefold()
    if len(folded) != len(text):  # "ß" becomes two letters: then word by word, so that places hold
        return [(found[0].casefold(), *found.span()) for found in _TOKEN.finditer(text)]
    return [(found[0], *found.span()) for found in _TOKEN.finditer(folded)]


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


class Phrases:
    """Whole words and phrases to what they mean. In each list the longest that begins at a word counts, and
    alone; the lists do not get in each other's way. All in one table, for a text is gone through once.
    """

    def __init__(self, entries: Iterable[tuple[str, Meaning]]) -> None:
        phrases: dict[tuple[str, ...], tuple[str, list[Meaning]]] = {}
        for written, meaning in entries:
            words = tuple(word for word, _, _ in tokens(written))
            if words:
                phrases.setdefault(words, (written, []))[1].append(meaning)
        self._words: dict[str, tuple[str, list[Meaning]]] = {}
        # By the first word, then by the second: many begin alike and few go on alike. Longest first.
        self._phrases: dict[str, dict[str, list[tuple[tuple[str, ...], str, list[Meaning]]]]] = {}
        for words, (written, meanings) in sorted(phrases.items(), key=lambda each: -len(each[0])):
            if len(words) == 1:
                self._words[words[0]] = written, meanings
            else:
                begun = self._phrases.setdefault(words[0], {}).setdefault(words[1], [])
                begun.append((words, written, meanings))

    def find(self, read: Sequence[Token]) -> list[Met]:
        """Every phrase met, in the order of the words."""
        found: list[Met] = []
        behind: dict[str, int] = {}  # by list, where the last phrase of several words ended
        last = len(read) - 1
        for at, (word, _, _) in enumerate(read):
            if at < last and (seconds := self._phrases.get(word)) and read[at + 1][0] in seconds:
                self._find_long(read, at, seconds[read[at + 1][0]], behind, found)
            if (single := self._words.get(word)) is not None:
                written, meanings = single
                found += [(one, written, at, at + 1) for one in meanings if behind.get(one[0], 0) <= at]
        return found

    def _find_long(
        self,
        read: Sequence[Token],
        at: int,
        begun: Iterable[tuple[tuple[str, ...], str, list[Meaning]]],
        behind: dict[str, int],
        found: list[Met],
    ) -> None:
        for words, written, meanings in begun:
            end = at + len(words)
            if tuple([one[0] for one in read[at:end]]) == words:
                free = [one for one in meanings if behind.get(one[0], 0) <= at]
                found += [(one, written, at, end) for one in free]
                behind.update((one[0], end) for one in free)
