"""NPS, CSAT and CES out of counts, each with its n and an interval (domain.md, champions): a figure without
them says more than is known.

- Shares have the Wilson score interval at 95 % (Wilson, J. Am. Stat. Assoc. 22, 1927): right for few answers
  and near 0 and 1, where the usual one is not.
- NPS = % of 9-10 minus % of 0-6. A difference of two shares of the same answers: its interval joins the two
  Wilson intervals by their correlation (MOVER: Newcombe, Stat. Med. 17, 1998; Zou and Donner, Stat. Med. 27,
  2008).
- CSAT = share of 4-5 on 1 to 5; CES = mean and share of at least 5 on 1 to 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

METHOD = "wilson-95"
NPS_METHOD = "wilson-mover-95"
# Of the normal distribution, two-sided 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n`, from 0 to 1, between `low` and `high`; of nothing it is 0 between 0 and 1."""

    count: int
    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Nps:
    """From -100 to 100; of no answers it is 0 between these."""

    promoters: int
    passives: int
    detractors: int
    score: float
    low: float
    high: float

    @property
    def n(self) -> int:
        """How many answered."""
        return self.promoters + self.passives + self.detractors


def share(count: int, n: int) -> Share:
    """A share with its Wilson interval. `count` is from 0 to `n`."""
    if n == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    p, z2 = count / n, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # What rounding leaves beside the ends, where the interval begins or ends exactly.
    low = 0.0 if count == 0 else max(0.0, middle - reach)
    high = 1.0 if count == n else min(1.0, middle + reach)
    return Share(count, n, p, low, high)


def nps(promoters: int, passives: int, detractors: int) -> Nps:
    """The score with its interval."""
    n = promoters + passives + detractors
    if n == 0:
        return Nps(0, 0, 0, 0.0, -100.0, 100.0)
    good, bad = share(promoters, n), share(detractors, n)
    score = good.value - bad.value
    tied = _correlation(good.value, bad.value)
    low = score - _joined(good.value - good.low, bad.high - bad.value, tied)
    high = score + _joined(good.high - good.value, bad.value - bad.low, tied)
    return Nps(promoters, passives, detractors, 100 * score, max(-100.0, 100 * low), min(100.0, 100 * high))


def _correlation(first: float, second: float) -> float:
    """Of the counts of two answers that exclude each other."""
    spread = (1 - first) * (1 - second)
    return 0.0 if spread == 0 else -sqrt(first * second / spread)


def _joined(one: float, other: float, tied: float) -> float:
    return sqrt(max(0.0, one * one - 2 * tied * one * other + other * other))
