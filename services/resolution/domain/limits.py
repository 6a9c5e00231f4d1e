"""What an employee may give away alone, and what is left of it (domain.md, Authority). Amounts are minor
units of the tenant's currency or whole units of goods (miles, passes); a unit without a limit may not be
given at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.resolution.domain.errors import NotNow
from services.resolution.domain.words import Amount

PER_GRANT, PER_CASE, PER_DAY = "per_grant", "per_case", "per_day"
Spent = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one rank: the most of each unit in one grant, on one case, on one day (UTC) of one
    employee."""

    per_grant: Mapping[str, int]
    per_case: Mapping[str, int]
    per_day: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Authority:
    """Limits by rank; a rank above the highest one named has the limits of the highest."""

    by_rank: Mapping[int, Limits]

    def of(self, rank: int) -> Limits:
        return self.by_rank[
            max((named for named in self.by_rank if named <= rank), default=min(self.by_rank))
        ]


def total(charges: Iterable[Amount]) -> dict[str, int]:
    """Sum by unit."""
    sums: dict[str, int] = {}
    for charge in charges:
        sums[charge.unit] = sums.get(charge.unit, 0) + charge.value
    return sums


def inside(charges: Iterable[Amount], limits: Limits, spent_case: Spent, spent_day: Spent) -> bool:
    """Whether these charges stay inside all three limits."""
    return all(
        charge.value <= _remaining(charge.unit, limits, spent_case, spent_day)[1] for charge in charges
    )


def demand(charges: Iterable[Amount], limits: Limits, spent_case: Spent, spent_day: Spent) -> None:
    """Raises NotNow("limit_exceeded") with the limit that binds and what remains of it."""
    for charge in charges:
        limit, remaining = _remaining(charge.unit, limits, spent_case, spent_day)
        if charge.value > remaining:
            raise exceeded(charge, limit, remaining)


def exceeded(charge: Amount, limit: str, remaining: int) -> NotNow:
    """The refusal: the case stays with its owner, and authority is asked for rather than the case passed
    up."""
    return NotNow(
        "limit_exceeded",
        f"{charge.value} {charge.unit} is above what remains {limit.replace('_', ' ')}: {remaining}. "
        "Grant what remains, or ask for authority; the case stays with you.",
        {"limit": limit, "unit": charge.unit, "remaining": str(remaining), "instead": "ask_for_authority"},
    )


def _remaining(unit: str, limits: Limits, spent_case: Spent, spent_day: Spent) -> tuple[str, int]:
    """The limit that binds for this unit, and what it leaves."""
    left = {
        PER_GRANT: limits.per_grant.get(unit, 0),
        PER_CASE: limits.per_case.get(unit, 0) - spent_case.get(unit, 0),
        PER_DAY: limits.per_day.get(unit, 0) - spent_day.get(unit, 0),
    }
    binding = min(left, key=lambda name: left[name])
    return binding, max(left[binding], 0)
