"""What an employee may give away alone, and what is left of it (domain.md, Authority). Amounts are minor
units of the tenant's currency or whole units of goods (miles, passes); a unit without a limit may not be
given at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from services.resolution.domain.errors import NotNow
from services.resolution.domain.words import Amount

PER_GRANT, PER_CASE, PER_DAY = "per_grant", "per_case", "per_day"
PER_CUSTOMER = "per_customer_90_days"
Spent = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one rank: the most of each unit in one grant, on one case, on one day (UTC) of one
    employee, and to one customer in 90 days from whoever it comes."""

    per_grant: Mapping[str, int]
    per_case: Mapping[str, int]
    per_day: Mapping[str, int]
    per_customer: Mapping[str, int]

    def and_lent_by(self, lenders: Iterable[Limits]) -> Limits:
        """With authority lent, the customer may have had what any of its lenders could give them."""
        highest = dict(self.per_customer)
        for lender in lenders:
            for unit, most in lender.per_customer.items():
                highest[unit] = max(most, highest.get(unit, 0))
        return replace(self, per_customer=highest)


@dataclass(frozen=True, slots=True)
class Authority:
    """Limits by rank; a rank above the highest one named has the limits of the highest. `answer_within` is
    how long a request for more waits for its answer, `fulfil_within` how long a grant waits to be
    fulfilled."""

    by_rank: Mapping[int, Limits]
    answer_within: timedelta = timedelta(seconds=60)
    fulfil_within: timedelta = timedelta(days=1)

    def of(self, rank: int) -> Limits:
        return self.by_rank[
            max((named for named in self.by_rank if named <= rank), default=min(self.by_rank))
        ]


@dataclass(frozen=True, slots=True)
class Gone:
    """What is used up already, by unit: on the case and on the employee's day out of their own authority,
    by the customer in 90 days out of anybody's; and what is still there of authority lent."""

    case: Spent = field(default_factory=dict)
    day: Spent = field(default_factory=dict)
    customer: Spent = field(default_factory=dict)
    lent: Spent = field(default_factory=dict)


def total(charges: Iterable[Amount]) -> dict[str, int]:
    """Sum by unit."""
    sums: dict[str, int] = {}
    for charge in charges:
        sums[charge.unit] = sums.get(charge.unit, 0) + charge.value
    return sums


def inside(charges: Iterable[Amount], limits: Limits, gone: Gone) -> bool:
    """Whether these charges stay inside all limits."""
    return all(charge.value <= _remaining(charge.unit, limits, gone)[1] for charge in charges)


def demand(charges: Iterable[Amount], limits: Limits, gone: Gone) -> None:
    """Raises NotNow("limit_exceeded") with the limit that binds and what remains of it."""
    for charge in charges:
        limit, remaining = _remaining(charge.unit, limits, gone)
        if charge.value > remaining:
            raise exceeded(charge, limit, remaining)


def beyond(charge: Amount, limits: Limits, gone: Gone) -> int:
    """The part of a charge that the employee's own authority does not cover, and lent authority must."""
    own = Gone(gone.case, gone.day)
    return max(charge.value - min(_left(charge.unit, limits, own).values()), 0)


def exceeded(charge: Amount, limit: str, remaining: int) -> NotNow:
    """The refusal: the case stays with its owner, and authority is asked for rather than the case passed
    up."""
    return NotNow(
        "limit_exceeded",
        f"{charge.value} {charge.unit} is above what remains {limit.replace('_', ' ')}: {remaining}. "
        "Grant what remains, or ask for authority; the case stays with you.",
        {"limit": limit, "unit": charge.unit, "remaining": str(remaining), "instead": "ask_for_authority"},
    )


def _remaining(unit: str, limits: Limits, gone: Gone) -> tuple[str, int]:
    """The limit that binds for this unit, and what it leaves."""
    left = {
        **_left(unit, limits, gone),
        PER_CUSTOMER: limits.per_customer.get(unit, 0) - gone.customer.get(unit, 0),
    }
    binding = min(left, key=lambda name: left[name])
    return binding, max(left[binding], 0)


def _left(unit: str, limits: Limits, gone: Gone) -> dict[str, int]:
    """What was lent raises each limit by exactly as much."""
    lent = gone.lent.get(unit, 0)
    return {
        PER_GRANT: limits.per_grant.get(unit, 0) + lent,
        PER_CASE: max(limits.per_case.get(unit, 0) - gone.case.get(unit, 0), 0) + lent,
        PER_DAY: max(limits.per_day.get(unit, 0) - gone.day.get(unit, 0), 0) + lent,
    }
