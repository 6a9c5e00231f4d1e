"""A tenant's own policies and calendars: kept by version and never changed, followed once a second person has
chosen them. Cases under way keep what they began with (domain.md, ledger, rule 5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.followup.domain.errors import NotChosen, OwnWriting


class Kind(StrEnum):
    """What a text is."""

    POLICY = "policy"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class RuleText:
    """One version of a tenant's policy or calendar, as its author wrote it."""

    kind: Kind
    rule_id: str
    version: int
    text: str
    author_id: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """A policy rules the complaints of a category; of category "" all of them. With a team it rules the cases
    that one of them owns, from then on."""

    policy_id: str
    category: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What new cases of a tenant follow: the service's policy ("" is that of the settings), those of
    regulators, and which versions of its own texts, by kind and id. The last choice counts; `number` counts
    them."""

    number: int
    service_policy: str
    rulings: tuple[Ruling, ...]
    versions: Mapping[Kind, Mapping[str, int]]
    chosen_by: str
    reason: str
    chosen_at: datetime


def demand_next(kind: Kind, rule_id: str, version: int | None, last: int, shipped: Collection[str]) -> int:
    """The version to keep; a policy says its own, a calendar has none. Raises NotChosen("rule_ships",
    "version_not_next")."""
    if rule_id in shipped:
        raise NotChosen(
            "rule_ships",
            f"a {kind} {rule_id!r} ships with us; give yours an id of its own",
            {"shipped": ",".join(sorted(shipped))},
        )
    if version is not None and version != last + 1:
        raise NotChosen(
            "version_not_next",
            f"the next version of {rule_id} is {last + 1}, not {version}",
            {"version": str(last + 1)},
        )
    return last + 1


def demand_second_person(texts: Iterable[RuleText], employee_id: str) -> None:
    """Raises OwnWriting: nobody puts into force what they wrote."""
    own = sorted(f"{one.kind}:{one.rule_id}" for one in texts if one.author_id == employee_id)
    if own:
        raise OwnWriting(
            "own_writing", "a second person chooses what somebody wrote", {"written_by_you": ",".join(own)}
        )
