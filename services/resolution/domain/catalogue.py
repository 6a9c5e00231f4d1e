"""The remedies a tenant offers (P1.4: best is what costs the company less than it is worth to the
customer)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.resolution.domain.errors import NotNow, NotYours, Unknown
from services.resolution.domain.limits import Gone, Limits, inside
from services.resolution.domain.words import Amount


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives: the owner's rank and team, and the remedies that a higher rank has opened to them by lending
    authority."""

    rank: int
    team: str = ""
    opened: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """One entry: what it costs us, what it is worth to the customer, the goods it hands over (15,000
    miles), and the kinds (category) and sizes (severity) of failure it fits; empty fits any. `stock` is how
    many there are in all, None without end. Ranks from `min_rank` up give it, of these teams (empty: any),
    from the day `since` on and before the day `until`. `fulfilled_outside` waits for another system to say
    that it arrived."""

    remedy_id: str
    title: str
    cost: Amount
    value: Amount
    goods: Amount | None = None
    fits: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    stock: int | None = None
    min_rank: int = 0
    teams: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    fulfilled_outside: bool = False

    def charges(self, quantity: int) -> tuple[Amount, ...]:
        """What `quantity` of it counts against the limits, one amount per unit."""
        amounts = [self.cost] if self.goods is None else [self.cost, self.goods]
        return tuple(Amount(each.unit, each.value * quantity) for each in amounts if each.value)

    def suits(self, category: str, severity: str) -> bool:
        return (not self.fits or category in self.fits) and (not self.sizes or severity in self.sizes)

    def active(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    def may_give(self, giver: Giver) -> bool:
        if self.remedy_id in giver.opened:
            return True
        return giver.rank >= self.min_rank and (not self.teams or giver.team in self.teams)

    def demand(self, giver: Giver, day: date) -> None:
        """Raises NotNow("remedy_not_active") and NotYours("remedy_not_for_you")."""
        if not self.active(day):
            since, until = (each.isoformat() if each else "" for each in (self.since, self.until))
            raise NotNow(
                "remedy_not_active", f"{self.title} is not given today.", {"since": since, "until": until}
            )
        if not self.may_give(giver):
            raise NotYours(
                "remedy_not_for_you",
                f"{self.title} is given by rank {self.min_rank} or above. Ask for authority by this remedy; "
                "the case stays with you.",
                {
                    "min_rank": str(self.min_rank),
                    "teams": ",".join(self.teams),
                    "instead": "ask_for_authority",
                },
            )

    @property
    def worth(self) -> float:
        """Value to the customer over cost to us."""
        return self.value.value / self.cost.value if self.cost.value else float("inf")


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a remedy is looked for: the failure, who gives, and on which day."""

    category: str
    severity: str
    giver: Giver
    day: date


@dataclass(frozen=True, slots=True)
class Room:
    """What is left to give: limits, what is gone of them, and of each stock."""

    limits: Limits
    gone: Gone
    stocks: Mapping[str, int] = field(default_factory=dict)

    def has(self, remedy: Remedy) -> bool:
        if remedy.stock is not None and self.stocks.get(remedy.remedy_id, 0) >= remedy.stock:
            return False
        return inside(remedy.charges(1), self.limits, self.gone)


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

    def suggest(self, wanted: Wanted, room: Room) -> Sequence[Remedy]:
        """What fits this failure and could be given now, the most worth for its cost first."""
        possible = [
            remedy
            for remedy in self.remedies.values()
            if remedy.suits(wanted.category, wanted.severity)
            and remedy.active(wanted.day)
            and remedy.may_give(wanted.giver)
            and room.has(remedy)
        ]
        return sorted(possible, key=lambda each: (-each.worth, -each.value.value, each.remedy_id))


def out_of_stock(remedy_id: str, remaining: int) -> NotNow:
    """The refusal of a grant that its stock does not cover."""
    return NotNow(
        "out_of_stock",
        f"Of {remedy_id} there are {remaining} left. Give another remedy.",
        {"remedy_id": remedy_id, "remaining": str(remaining), "instead": "suggest_remedies"},
    )
