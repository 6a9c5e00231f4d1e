"""When who complains: from a seed and before anything is sent, so that no slow answer moves an arrival."""

from __future__ import annotations

import math
import random
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from services.chassis.errors import ConfigError
from services.standalone.demo.scenario import Way

# How the ways are called on a command line.
WAYS: Mapping[str, Way] = {
    "mail": Way.EMAIL,
    "sms": Way.SMS,
    "voice": Way.PHONE,
    "whatsapp": Way.WHATSAPP,
    "messenger": Way.MESSENGER,
    "rest": Way.REST,
}
NAMES: Mapping[Way, str] = {way: name for name, way in WAYS.items()}
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Pattern(StrEnum):
    """How the rate goes over the time: its mean is the rate asked for in each of them."""

    STEADY = "steady"
    MONDAY = "monday"  # quiet, then everybody at once reads what happened at the weekend, then slowly less
    STORM = "storm"  # an outage: the same failure for very many in a moment, and they ask again


# Share of the time gone by, and the rate there in any unit; straight lines between.
_SHAPES: Mapping[Pattern, Sequence[tuple[float, float]]] = {
    Pattern.STEADY: ((0.0, 1.0), (1.0, 1.0)),
    Pattern.MONDAY: ((0.0, 0.2), (0.1, 0.4), (0.35, 2.0), (0.55, 1.6), (1.0, 0.5)),
    Pattern.STORM: ((0.0, 0.4), (0.3, 0.4), (0.32, 6.0), (0.45, 3.0), (0.6, 0.6), (1.0, 0.4)),
}
# Between these shares of the time it is the storm's own failure that is complained of.
_STORM_FROM, _STORM_UNTIL = 0.3, 0.6
# How many customers ask again when nobody has answered them.
_IMPATIENT: Mapping[Pattern, float] = {Pattern.STEADY: 0.05, Pattern.MONDAY: 0.1, Pattern.STORM: 0.4}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: `rate` complaints per second on average over `duration_s`; shares by way."""

    rate: float
    duration_s: float
    mix: Mapping[Way, float]
    pattern: Pattern = Pattern.STEADY
    seed: int = 1

    def rate_at(self, at: float) -> float:
        """Complaints per second due around the moment `at`."""
        return self.rate * _height(self.pattern, at / self.duration_s) / _mean(self.pattern)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One complaint: due `at` seconds after the start; `chance` seeds all else about this customer."""

    number: int
    at: float
    way: Way
    of_the_storm: bool
    asks_again: bool
    chance: int


def arrivals(plan: Plan) -> Iterator[Arrival]:
    """All of them in order of time: a Poisson process (Lewis and Shedler's thinning where the rate moves)."""
    chance = random.Random(plan.seed)  # noqa: S311 - repeatable on purpose
    highest = plan.rate * max(height for _, height in _SHAPES[plan.pattern]) / _mean(plan.pattern)
    ways, shares = list(plan.mix), list(plan.mix.values())
    number, at = 0, 0.0
    while (at := at + chance.expovariate(highest)) < plan.duration_s:
        if chance.random() * highest > plan.rate_at(at):
            continue
        number += 1
        in_it = plan.pattern is Pattern.STORM and _STORM_FROM <= at / plan.duration_s < _STORM_UNTIL
        impatient = chance.random() < _IMPATIENT[plan.pattern]
        (way,) = chance.choices(ways, shares)
        yield Arrival(number, at, way, in_it, impatient, chance.getrandbits(32))


def read_mix(text: str) -> dict[Way, float]:
    """`mail=5,sms=3,voice=2`: parts of any size. Raises ConfigError."""
    mix: dict[Way, float] = {}
    for part in text.split(","):
        name, _, share = part.strip().partition("=")
        try:
            mix[WAYS[name]] = float(share)
        except (KeyError, ValueError):
            raise ConfigError("bad_mix", f"{part!r}: NAME=PARTS with one of {', '.join(WAYS)}") from None
    if not all(math.isfinite(share) and share >= 0 for share in mix.values()) or not sum(mix.values()):
        raise ConfigError("bad_mix", f"{text!r}: parts are numbers, none below 0, not all 0")
    return mix


def read_duration(text: str) -> float:
    """`90`, `90s`, `15m`, `2h` in seconds. Raises ConfigError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if not found or not float(found[1]):
        raise ConfigError("bad_duration", f"{text!r}: a number above 0 with s, m or h")
    return float(found[1]) * _UNITS[found[2] or "s"]


def _height(pattern: Pattern, share: float) -> float:
    shape = _SHAPES[pattern]
    place = min(bisect_right(shape, share, key=lambda point: point[0]), len(shape) - 1)
    (left, low), (right, high) = shape[place - 1], shape[place]
    return low + (high - low) * (share - left) / (right - left)


def _mean(pattern: Pattern) -> float:
    shape = _SHAPES[pattern]
    return sum((b - a) * (low + high) / 2 for (a, low), (b, high) in pairwise(shape))
