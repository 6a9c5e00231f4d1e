"""Thin classification: what the words say about kind and weight. Words are data, this is the engine.

Every human word that begins a conversation is a complaint ("channel_default"): a complaint taken for a query
would be lost in a list nobody promises to answer; a query taken for a complaint is answered too well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.intake.domain.records import Severity

CHANNEL_DEFAULT = "channel_default"
# Enough to judge by; keeps a mail of a megabyte from holding up the others.
_READ_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the words say. `category` is empty when no word is known."""

    severity: Severity
    category: str


class Classifier:
    """Whole words or phrases to severities and categories, matched without regard to case."""

    def __init__(
        self, severities: Mapping[Severity, Sequence[str]], categories: Mapping[str, Sequence[str]]
    ) -> None:
        # Heaviest first: one critical word outweighs any number of small ones.
        self._severities = [(level, _any_of(severities[level])) for level in sorted(severities, reverse=True)]
        self._categories = [(name, _any_of(words)) for name, words in categories.items()]

    def judge(self, subject: str, text: str) -> Judgement:
        """Severity NORMAL unless a word says otherwise; the category with most hits, first on a tie."""
        words = f"{subject}\n{text[:_READ_LIMIT]}".casefold()
        severity = next(
            (level for level, pattern in self._severities if pattern.search(words)), Severity.NORMAL
        )
        best, most = "", 0
        for name, pattern in self._categories:
            hits = len(pattern.findall(words))
            if hits > most:
                best, most = name, hits
        return Judgement(severity, best)


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    if not words:
        return re.compile(r"(?!)")
    longest_first = sorted((word.casefold() for word in words), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(word) for word in longest_first) + r")(?!\w)")
