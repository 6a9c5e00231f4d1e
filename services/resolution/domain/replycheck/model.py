"""The second reader of a sentence: a linear model of one language, whose weights were learned from labelled
sentences (tests/replycheck/train.py). It decides, with what the rules found, whether a fault is there, and
points at the words that weighed most.

Whole numbers are added and compared, so that a sentence gets the same answer on every machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from math import sqrt
from typing import Any

from services.resolution.domain.errors import BadData
from services.resolution.domain.replycheck.features import Lexicon, Seen, Token, features, tokens
from services.resolution.domain.replycheck.marked import Span

ZERO = 79
"""The letter that stands for a weight of 0: one letter per category, those before it are below."""
DOUBT = -0.5
"""The margin below which not even a rule that stops is believed: of those rules' findings between it and the
border nine in ten are in sentences with a fault, below it four in five."""
RIVAL = 0.4
"""How much the strongest other category takes away, from half a margin below its border on: most sentences
have one fault."""
_NOT_WORDS = frozenset("<>^$-")
"""What marks a feature that would tell a reader nothing."""
_SHOWN = 3
"""How many of the features that weighed most are named."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A category that is in the sentence, and what it was judged by."""

    category: str
    words: Sequence[Token]
    seen: Collection[Seen]


@dataclass(frozen=True)
class Model:
    """`weights`: by feature, a letter per category. `steps` is what one unit of a letter is worth, `bias`
    what every sentence starts with, `narrow` and `wide` what a rule that stops, and one that warns, adds,
    `warns` the score from which on a category is there; each by category."""

    categories: tuple[str, ...]
    lexicon: Lexicon
    weights: Mapping[str, bytes]
    steps: tuple[float, ...]
    bias: tuple[float, ...]
    narrow: tuple[float, ...]
    wide: tuple[float, ...]
    warns: tuple[float, ...]

    def judge(self, text: str, sentence: Span, narrow: Set[str], wide: Set[str]) -> list[Judged]:
        """What is in a sentence, given the categories that rules found there. A rule that stops is believed
        unless the model is far on the other side."""
        words = tokens(text, *sentence)
        if not words:
            return []
        seen = {each[0]: each for each in features([word.word for word in words], self.lexicon)}
        margins = self.margins(seen)
        scores = rivals(
            [
                margin + (firm if category in narrow else mild if category in wide else 0.0)
                for category, margin, firm, mild in zip(
                    self.categories, margins, self.narrow, self.wide, strict=True
                )
            ]
        )
        return [
            Judged(category, words, seen.values())
            for category, margin, score, warn in zip(
                self.categories, margins, scores, self.warns, strict=True
            )
            if score >= warn or (category in narrow and margin >= DOUBT)
        ]

    def margins(self, seen: Mapping[str, object]) -> list[float]:
        """By category, how far a sentence with these features is on its side of the border."""
        rows = [row for each in seen if (row := self.weights.get(each))]
        sums = [sum(column) - ZERO * len(rows) for column in zip(*rows, strict=True)] or [0] * len(self.bias)
        size = sqrt(max(1, len(seen)))
        return [
            bias + step * total / size for bias, step, total in zip(self.bias, self.steps, sums, strict=True)
        ]

    def shown(self, judged: Judged) -> tuple[Span, tuple[str, ...]]:
        """The stretch of words with the greatest weight together, and the features that weighed most, the
        heaviest first."""
        at, words = self.categories.index(judged.category), judged.words
        shares = [0.0] * len(words)
        heavy = list[tuple[int, str]]()
        for feature, first, last in judged.seen:
            weight = self.weights[feature][at] - ZERO if feature in self.weights else 0
            for token in {first, last}:
                shares[token] += weight / (1 if first == last else 2)
            if weight > 0 and not _NOT_WORDS & {*feature}:
                heavy.append((-weight, feature))
        first, last = _heaviest(shares[1:-1])
        because = tuple(feature for _, feature in sorted(heavy)[:_SHOWN])
        return (words[first + 1].span[0], words[last + 1].span[1]), because


def rivals(scores: Sequence[float]) -> list[float]:
    """Each score without what the strongest other takes away."""
    first, second = sorted(scores, reverse=True)[:2]
    return [score - RIVAL * max(0.0, (second if score == first else first) + 0.5) for score in scores]


def _heaviest(shares: Sequence[float]) -> Span:
    """First and last of the neighbours with the greatest sum."""
    best, found, begin, total = float("-inf"), (0, len(shares) - 1), 0, 0.0
    for at, share in enumerate(shares):
        if total <= 0:
            begin, total = at, 0.0
        total += share
        if total > best:
            best, found = total, (begin, at)
    return found


def parse(document: Mapping[str, Any], lexicon: Lexicon, categories: Sequence[str]) -> Model:
    """Of a file of weights. Raises BadData("bad_reply_model")."""
    try:
        weights = {str(key): str(row).encode("ascii") for key, row in document["weights"].items()}
        numbers = {
            key: tuple(float(document[key][each]) for each in categories)
            for key in ("steps", "bias", "narrow", "wide", "warns")
        }
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadData("bad_reply_model", f"The weights cannot be read: {wrong!r}.") from wrong
    if any(len(row) != len(categories) for row in weights.values()):
        raise BadData("bad_reply_model", "A feature has not one weight per category.")
    return Model(tuple(categories), lexicon, weights, **numbers)
