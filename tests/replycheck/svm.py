"""A linear support vector machine, learned by dual coordinate descent (Hsieh and others, ICML 2008, squared
hinge loss): plain Python, no chance in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

EPOCHS = 12
BIAS = 1.0
"""The value of the feature that every sentence has."""


def learn(
    rows: Sequence[Sequence[int]],
    yes: Sequence[bool],
    size: int,
    cost: float,
    counts: Sequence[int] | None = None,
) -> tuple[list[float], float]:
    """Weights of `size` features and the bias, from rows of the features that are there. Each row is of
    length one, or, where `counts` says of how many features it is a part, of its share of that."""
    weights, bias = [0.0] * size, 0.0
    alphas = [0.0] * len(rows)
    loose = 0.5 / cost
    units = [1 / sqrt(max(1, count)) for count in counts or map(len, rows)]
    lengths = [unit * unit * len(row) + BIAS * BIAS for unit, row in zip(units, rows, strict=True)]
    resting = [0] * len(rows)
    for epoch in range(EPOCHS):
        for at, row in _order(rows, epoch):
            if resting[at] > 1 and epoch % 4:
                continue
            side = 1.0 if yes[at] else -1.0
            margin = units[at] * sum(map(weights.__getitem__, row)) + bias * BIAS
            gradient = side * margin - 1 + loose * alphas[at]
            alpha = max(0.0, alphas[at] - gradient / (lengths[at] + loose))
            if alpha == alphas[at]:
                resting[at] += 1
                continue
            step, alphas[at], resting[at] = side * (alpha - alphas[at]), alpha, 0
            change = step * units[at]
            for feature in row:
                weights[feature] += change
            bias += step * BIAS
    return weights, bias


def _order(rows: Sequence[Sequence[int]], epoch: int) -> Sequence[tuple[int, Sequence[int]]]:
    """Another order in every epoch, the same in every run: by strides that meet every row once."""
    count, stride = len(rows), (7919, 104729, 1299709, 15485863)[epoch % 4]
    return [(at, rows[at]) for at in sorted(range(count), key=lambda each: each * stride % 1000003)]
