"""The remedies a tenant offers (P1.4: best is what costs the company less than it is worth to the
customer)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.resolution.domain.errors import Unknown
from services.resolution.domain.limits import Limits, Spent, inside
from services.resolution.domain.words import Amount


@dataclass(frozen=True, slots=True)
class Remedy:
    """One entry: what it costs us, what it is worth to the customer, the goods it hands over (15,000 miles),
    and the kinds (category) and sizes (severity) of failure it fits; empty fits any."""

    remedy_id: str
    title: str
    cost: Amount
    value: Amount
    goods: Amount | None = None
    fits: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()

    def charges(self, quantity: int) -> tuple[Amount, ...]:
        """What `quantity` of it counts against the limits, one amount per unit."""
        amounts = [self.cost] if self.goods is None else [self.cost, self.goods]
        return tuple(Amount(each.unit, each.value * quantity) for each in amounts if each.value)

    def suits(self, category: str, severity: str) -> bool:
        return (not self.fits or category in self.fits) and (not self.sizes or severity in self.sizes)

    @property
    def worth(self) -> float:
        """Value to the customer over cost to us."""
        return self.value.value / self.cost.value if self.cost.value else float("inf")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All remedies by id."""

    remedies: Mapping[str, Remedy]

    def get(self, remedy_id: str) -> Remedy:
        """Raises Unknown("unknown_remedy")."""
        if remedy_id not in self.remedies:
            raise Unknown(
                "unknown_remedy",
                f"The catalogue has no remedy {remedy_id!r}.",
                {"remedies": ",".join(sorted(self.remedies))},
            )
        return self.remedies[remedy_id]

    def suggest(
        self, category: str, severity: str, limits: Limits, spent_case: Spent, spent_day: Spent
    ) -> Sequence[Remedy]:
        """What fits this failure and the owner's limits, the most worth for its cost first."""
        possible = [
            remedy
            for remedy in self.remedies.values()
            if remedy.suits(category, severity) and inside(remedy.charges(1), limits, spent_case, spent_day)
        ]
        return sorted(possible, key=lambda each: (-each.worth, -each.value.value, each.remedy_id))
