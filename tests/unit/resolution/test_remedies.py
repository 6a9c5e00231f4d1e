"""The front line pays on the spot, inside limits, once per key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import remedies
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Unknown
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


def given(world: World, remedy: str = "lounge-access", by_machine: bool = True) -> str:
    """A grant under way to the customer; its id."""
    assert world.case is not None
    entry = world.rules.catalogue.get(remedy)
    limits = world.rules.authority.of(0)
    by = world.now + timedelta(hours=1) if by_machine else None
    command = c.GrantRemedy(world.ana, world.new_id(), entry, 1, world.new_id(), limits, fulfil_by=by)
    world.apply(*remedies.grant(world.case, command, world.now))
    return command.grant_id


def confirm(world: World, grant_id: str, fulfilled: bool = True) -> list[e.Event]:
    assert world.case is not None
    reason = "" if fulfilled else "The account is closed"
    return remedies.confirm(world.case, c.ConfirmFulfilment(grant_id, fulfilled, "ref-7", reason), world.now)


def revoke(world: World, grant_id: str, by: Person | None = None, reason: str = "A mistake") -> list[e.Event]:
    assert world.case is not None
    return remedies.revoke(world.case, c.RevokeRemedy(by or world.ana, grant_id, reason), world.now)


def test_what_the_customer_has_cannot_be_taken_back(world: World) -> None:
    world.open()
    grant_id = given(world)
    world.apply(*confirm(world, grant_id))
    with pytest.raises(NotNow) as refused:
        revoke(world, grant_id)
    assert (refused.value.rule, refused.value.allowed) == ("already_fulfilled", {"reference": "ref-7"})


def test_what_is_taken_back_must_not_be_handed_over(world: World) -> None:
    world.open()
    grant_id = given(world)
    world.apply(*revoke(world, grant_id))
    with pytest.raises(NotNow) as refused:
        confirm(world, grant_id)
    assert refused.value.rule == "remedy_revoked"


def test_a_revocation_has_its_reason_is_the_owners_and_happens_once(world: World) -> None:
    world.open()
    grant_id = given(world, by_machine=False)
    with pytest.raises(BadCommand):
        revoke(world, grant_id, reason=" ")
    with pytest.raises(NotYours):
        revoke(world, grant_id, by=world.vic)
    with pytest.raises(Unknown) as unknown:
        revoke(world, "g-none")
    assert unknown.value.allowed == {"grants": grant_id}
    case = world.apply(*revoke(world, grant_id))
    assert remedies.spent_on(case) == {}
    assert revoke(world, grant_id) == []


def test_a_confirmation_counts_once_and_is_not_taken_back(world: World) -> None:
    world.open()
    grant_id = given(world)
    world.apply(*confirm(world, grant_id))
    assert confirm(world, grant_id) == []
    with pytest.raises(NotNow) as refused:
        confirm(world, grant_id, fulfilled=False)
    assert refused.value.rule == "already_fulfilled"


def test_a_failure_says_why_and_may_still_turn_out_well(world: World) -> None:
    world.open()
    grant_id = given(world)
    (failed,) = confirm(world, grant_id, fulfilled=False)
    assert isinstance(failed, e.RemedyFulfilmentFailed)
    assert (failed.because, failed.reason) == ("refused", "The account is closed")
    world.apply(failed)
    assert confirm(world, grant_id, fulfilled=False) == []
    (fulfilled,) = confirm(world, grant_id)
    assert isinstance(fulfilled, e.RemedyFulfilled)


def test_silence_of_the_system_that_fulfils_is_a_failure_at_its_time(world: World) -> None:
    case = world.open()
    grant_id = given(world)
    case = world.case or case
    assert remedies.time_out(case, grant_id, world.now) == []
    (failed,) = remedies.time_out(case, grant_id, world.tick(timedelta(hours=1)))
    assert isinstance(failed, e.RemedyFulfilmentFailed)
    assert failed.because == "timed_out"
    assert remedies.time_out(world.apply(failed), grant_id, world.tick()) == []


def test_what_the_owner_hands_over_waits_for_nobody(world: World) -> None:
    world.open()
    grant_id = given(world, by_machine=False)
    assert world.case is not None
    assert remedies.time_out(world.case, grant_id, world.tick(timedelta(days=99))) == []
