"""The front line pays on the spot, inside limits, once per key."""

from __future__ import annotations

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import remedies
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.words import Amount, Person
from tests.unit.resolution.world import World


def grant(
    world: World, remedy: str, key: str = "k-1", quantity: int = 1, by: Person | None = None
) -> list[e.Event]:
    assert world.case is not None
    actor = by or world.ana
    limits = world.rules.authority.of(actor.rank)
    entry = world.rules.catalogue.get(remedy)
    command = c.GrantRemedy(actor, world.new_id(), entry, quantity, key, limits)
    return remedies.grant(world.case, command, world.now)


def test_a_grant_says_what_it_costs_us_and_what_it_is_worth_to_the_customer(world: World) -> None:
    world.open()
    (granted,) = grant(world, "miles-15000")
    assert isinstance(granted, e.RemedyGranted)
    assert granted.cost == Amount("EUR", 4_500)
    assert granted.value == Amount("EUR", 22_500)
    assert granted.charges == (Amount("EUR", 4_500), Amount("miles", 15_000))
    assert granted.description == "15,000 miles"


def test_a_case_cannot_cost_more_than_its_limit_in_any_unit(world: World) -> None:
    world.open()
    world.apply(*grant(world, "miles-15000", "k-1"), *grant(world, "miles-15000", "k-2"))
    with pytest.raises(NotNow) as refused:
        grant(world, "miles-5000", "k-3")
    assert refused.value.allowed["unit"] == "miles"
    assert refused.value.allowed["remaining"] == "0"


def test_two_of_one_remedy_count_twice(world: World) -> None:
    world.open()
    (granted,) = grant(world, "lounge-access", quantity=2)
    assert isinstance(granted, e.RemedyGranted)
    assert granted.charges[1] == Amount("passes", 2)
    with pytest.raises(NotNow):
        grant(world, "lounge-access", quantity=3)
    with pytest.raises(BadCommand):
        grant(world, "lounge-access", quantity=-1)


def test_the_same_key_pays_once(world: World) -> None:
    world.open()
    world.apply(*grant(world, "refund-20"))
    assert grant(world, "refund-20") == []


def test_above_the_limit_the_case_stays_and_authority_is_asked_for(world: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refused:
        grant(world, "refund-500")
    assert refused.value.allowed["instead"] == "ask_for_authority"


def test_only_the_owner_pays_not_even_a_higher_rank(world: World) -> None:
    world.open()
    with pytest.raises(NotYours):
        grant(world, "refund-500", by=world.vic)
