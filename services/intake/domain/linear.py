"""The small linear model: each word and each pair of words has a weight, and the weights add up.

Trained by scripts/train_assessment.py from samples/assessment; what it weighs can be read and shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, sqrt

from services.intake.domain.phrases import Token

NUMBER = "#"
_STEM = 6
_WORTH_SAYING = 1.0  # lighter words are no reason that anybody would give


@dataclass(frozen=True, slots=True)
class Model:
    """What each feature says for a complaint (above zero) or against it, in log-odds."""

    version: str
    bias: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)


def features(read: Sequence[Token]) -> dict[str, int]:
    """The features of a text, each with the index of the word where it is first met.

    Words by their first letters, so that the endings of German and Spanish meet; numbers are one word.
    """
    found: dict[str, int] = {}
    before = "^"
    for at, (word, _, _) in enumerate(read):
        stem = NUMBER if word[0].isdigit() else word[:_STEM]
        if stem not in found:
            found[stem] = at
        pair = f"{before} {stem}"
        if pair not in found:
            found[pair] = at
        before = stem
    return found


def chance(model: Model, found: Mapping[str, int]) -> tuple[float, list[tuple[float, str, int]]]:
    """How likely a complaint (0 to 1), and what says so: weights in log-odds, the heaviest first."""
    scale = 1.0 / sqrt(len(found) or 1)
    weigh = model.weights.get
    total, heard = 0.0, []
    for one, at in found.items():
        weight = weigh(one)
        if weight is not None:
            total += weight
            if not -_WORTH_SAYING < weight < _WORTH_SAYING:
                heard.append((weight * scale, one, at))
    heard.sort(key=_heaviest)
    return 1.0 / (1.0 + exp(-model.bias - total * scale)), heard


def _heaviest(weighed: tuple[float, str, int]) -> float:
    return -abs(weighed[0])
