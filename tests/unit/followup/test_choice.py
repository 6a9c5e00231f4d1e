"""A tenant's own policies and calendars: by version, by two persons, beside those that ship."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.chassis.errors import ConfigError
from services.followup.adapters import policies
from services.followup.adapters.policies import Regulators
from services.followup.adapters.rules.choices import Followed, TenantPolicies, named, shipped
from services.followup.domain.choice import (
    Choice,
    Kind,
    RuleText,
    Ruling,
    demand_next,
    demand_second_person,
)
from services.followup.domain.errors import NotChosen, OwnWriting
from services.followup.domain.policy import ANY, due_at
from tests.unit.followup.test_checking import OWN, SHOP

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
SETTINGS = Followed(policies.terms("service-60s"), Regulators({}))


def written(kind: Kind, rule_id: str, version: int, text: str, author_id: str = "ana") -> RuleText:
    return RuleText(kind, rule_id, version, text, author_id, NOW)


def choice(
    *rulings: Ruling, service: str = "", policy: int = 3, calendar: int = 1, number: int = 1
) -> Choice:
    versions = {Kind.POLICY: {"own": policy}, Kind.CALENDAR: {"shop": calendar}}
    return Choice(number, service, rulings, versions, "ben", "the board says so", NOW)


TEXTS = [
    written(Kind.POLICY, "own", 3, OWN),
    written(
        Kind.POLICY, "own", 4, OWN.replace("2 business", "9 business").replace("version: 3", "version: 4")
    ),
    written(Kind.CALENDAR, "shop", 1, SHOP),
    written(Kind.CALENDAR, "shop", 2, SHOP.replace("2026-12-01", "2026-12-02")),
]


def followed(of: Choice) -> Followed:
    return TenantPolicies(SETTINGS, range(2025, 2029)).read("acme", of, named(of, TEXTS))


def test_a_tenants_own_policy_counts_by_its_own_calendar_beside_one_that_ships() -> None:
    """Received on Friday 27 November, closed on Tuesday 1 December: the second business day is Wednesday. In
    the calendar's second version Wednesday is the closed day: then it is Tuesday."""
    rulings = (Ruling("own"), Ruling("uk-ofcom", "billing"))
    received = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)
    found = followed(choice(*rulings)).regulators.rule("acme", "billing", received)
    assert [(one.policy.policy_id, one.because) for one in found] == [
        ("own@3", "tenant"),
        ("uk-ofcom@2", "category:billing"),
    ]
    for calendar, day in ((1, 2), (2, 1)):
        of = followed(choice(*rulings, calendar=calendar))
        (ruled, *_) = of.regulators.rule("acme", "", received)
        (target,) = ruled.policy.targets
        due = due_at(target, target.amount[ANY], received, ruled.policy.calendar(target))
        assert due == datetime(2026, 12, day, 16, 0, tzinfo=UTC)
    assert followed(choice(*rulings)).calendars() == {"shop", "uk-bank"}


def test_a_team_with_hours_of_its_own_has_a_policy_that_counts_by_them_on_what_it_owns() -> None:
    rulings = (Ruling("own", team="paris"), Ruling("service-60s", team="night"), Ruling("uk-ofcom"))
    found = followed(choice(*rulings))
    (paris,) = found.regulators.rule_team("acme", "paris", NOW)
    assert (paris.policy.policy_id, paris.because) == ("own@3", "team:paris")
    (night,) = found.regulators.rule_team("acme", "night", NOW)
    assert night.policy == SETTINGS.terms.policy
    for tenant, team in (("acme", ""), ("acme", "rome"), ("other", "paris")):
        assert found.regulators.rule_team(tenant, team, NOW) == []
    assert [one.policy.policy_id for one in found.regulators.rule("acme", "", NOW)] == ["uk-ofcom@2"]
    assert found.calendars() == {"shop", "uk-bank"}


@pytest.mark.parametrize("ruling", [Ruling("own", "billing", "paris"), Ruling("service-60s", "billing")])
def test_a_ruling_is_of_a_category_or_of_a_team_and_a_service_policy_only_of_a_team(ruling: Ruling) -> None:
    with pytest.raises(ConfigError):
        followed(choice(ruling))


def test_what_a_choice_does_not_say_is_what_the_settings_say() -> None:
    assert followed(choice()).terms == SETTINGS.terms
    assert followed(choice(service="service-60s")).terms.policy_id == "service-60s@2"


@pytest.mark.parametrize(
    ("of", "rule"),
    [
        (choice(Ruling("nowhere")), "unknown_policy"),
        (choice(Ruling("service-60s")), "no_regulator"),
        (choice(service="own"), "no_service_policy"),
        (choice(Ruling("own"), calendar=9), "bad_file"),
    ],
)
def test_a_choice_of_what_is_not_there_is_none(of: Choice, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        followed(of)


def test_versions_follow_each_other_and_no_id_that_ships_is_taken() -> None:
    ours = shipped(Kind.POLICY)
    assert demand_next(Kind.POLICY, "own", 1, 0, ours) == 1
    assert demand_next(Kind.CALENDAR, "shop", None, 4, shipped(Kind.CALENDAR)) == 5
    for rule_id, version, rule in (("uk-ofcom", 1, "rule_ships"), ("own", 3, "version_not_next")):
        with pytest.raises(NotChosen) as refused:
            demand_next(Kind.POLICY, rule_id, version, 1, ours)
        assert refused.value.rule == rule


def test_who_wrote_a_text_does_not_put_it_into_force() -> None:
    texts = named(choice(), TEXTS).values()
    demand_second_person(texts, "ben")
    with pytest.raises(OwnWriting) as refused:
        demand_second_person(texts, "ana")
    assert refused.value.allowed == {"written_by_you": "calendar:shop,policy:own"}
