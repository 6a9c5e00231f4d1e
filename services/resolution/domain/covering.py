"""Cover: while somebody is away, a colleague of equal or lower rank keeps their promises without owning their
cases (domain.md, Ownership: Absence)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.resolution.domain.errors import BadCommand, NotNow
from services.resolution.domain.words import Person


@dataclass(frozen=True, slots=True)
class Cover:
    """Who covers for `employee_id`, from and until when; one at a time for each."""

    employee_id: str
    cover: Person
    starts_at: datetime
    ends_at: datetime


def demand_cover(away: Person, cover: Person, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raises BadCommand("cover_is_self"), BadCommand("bad_times") and NotNow("cover_outranks")."""
    if away.employee_id == cover.employee_id:
        raise BadCommand("cover_is_self", "Somebody else covers.")
    if not starts_at < ends_at or ends_at <= now:
        raise BadCommand("bad_times", "A cover starts before it ends, and ends in the future.")
    if cover.rank > away.rank:
        raise NotNow(
            "cover_outranks",
            f"Nothing goes up: {cover.display_name} has rank {cover.rank}, {away.display_name} {away.rank}.",
            {"max_rank": str(away.rank), "instead": "invite_helper"},
        )
