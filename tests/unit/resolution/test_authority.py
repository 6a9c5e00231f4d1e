"""Authority comes down: asked for by the owner, lent by a higher rank, for this owner and this case alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import authority, remedies
from services.resolution.domain.decide.authority import lent_left
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Refusal
from services.resolution.domain.state import Case
from services.resolution.domain.words import Amount, Because, Closing, Person
from tests.unit.resolution.world import World

EUR_500 = (Amount("EUR", 50_000),)


def request(
    world: World,
    amounts: tuple[Amount, ...] = EUR_500,
    of: Person | None = None,
    by: Person | None = None,
    remedy_id: str = "",
) -> list[e.Event]:
    assert world.case is not None
    command = c.RequestAuthority(
        by or world.ana,
        world.new_id(),
        of,
        amounts,
        remedy_id,
        "They missed a wedding",
        world.now + timedelta(seconds=60),
    )
    return authority.request(world.case, command, world.now)


def asked(world: World, amounts: tuple[Amount, ...] = EUR_500, of: Person | None = None) -> str:
    world.apply(*request(world, amounts, of))
    assert world.case is not None
    assert world.case.asked is not None
    return world.case.asked.request_id


def lend(
    world: World, by: Person, request_id: str, amounts: tuple[Amount, ...] = (), min_rank: int = 0
) -> list[e.Event]:
    assert world.case is not None
    limits = world.rules.authority.of(by.rank)
    command = c.LendAuthority(by, request_id, amounts, limits, min_rank)
    return authority.lend(world.case, command, world.now)


def lent(world: World, amounts: tuple[Amount, ...] = EUR_500) -> Case:
    return world.apply(*lend(world, world.vic, asked(world, amounts)))


def grant(world: World, remedy: str, key: str, spent_day: dict[str, int] | None = None) -> list[e.Event]:
    assert world.case is not None
    authority_of = world.rules.authority.of
    lenders = [authority_of(each.lender.rank) for each in world.case.lent]
    limits = authority_of(world.ana.rank).and_lent_by(lenders)
    entry = world.rules.catalogue.get(remedy)
    command = c.GrantRemedy(world.ana, world.new_id(), entry, 1, key, limits, spent_day=spent_day or {})
    return remedies.grant(world.case, command, world.now)


def rule(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.rule


def test_what_is_lent_lets_the_owner_grant_it_and_the_case_and_its_owner_stay(world: World) -> None:
    world.open()
    case = lent(world)
    assert (case.owner, case.asked) == (world.ana, None)
    case = world.apply(*grant(world, "refund-500", "k"))
    (given,) = case.grants
    assert given.employee_id == "ana"
    # 100 EUR are Ana's own, the rest was lent
    assert [part.amount for part in given.drawn] == [Amount("EUR", 40_000)]
    assert lent_left(case) == {"EUR": 10_000}


def test_the_limit_rises_by_exactly_what_was_lent(world: World) -> None:
    world.open()
    lent(world, (Amount("EUR", 39_999),))
    with pytest.raises(NotNow) as refused:
        grant(world, "refund-500", "k")
    assert (rule(refused), refused.value.allowed["remaining"]) == ("limit_exceeded", "49999")


def test_lent_authority_is_used_up_by_grants(world: World) -> None:
    world.open()
    lent(world, (Amount("EUR", 40_000),))
    world.apply(*grant(world, "refund-500", "k-1"))
    with pytest.raises(NotNow) as refused:
        grant(world, "refund-500", "k-2")
    assert refused.value.allowed["remaining"] == "10000"


def test_what_the_owner_has_themselves_is_used_before_what_was_lent(world: World) -> None:
    world.open()
    lent(world)
    case = world.apply(*grant(world, "refund-20", "k"))
    assert lent_left(case) == {"EUR": 50_000}


def test_when_the_day_is_used_up_the_lent_part_covers_what_the_day_does_not(world: World) -> None:
    world.open()
    lent(world)
    day = world.rules.authority.of(0).per_day["EUR"]
    case = world.apply(*grant(world, "refund-50", "k", {"EUR": day - 1_000}))
    assert lent_left(case) == {"EUR": 46_000}


def test_a_revoked_grant_gives_the_lent_part_back_to_the_owner(world: World) -> None:
    world.open()
    lent(world)
    (granted,) = grant(world, "refund-500", "k")
    assert isinstance(granted, e.RemedyGranted)
    case = world.apply(granted)
    revoke = c.RevokeRemedy(world.ana, granted.grant_id, "The flight went after all")
    case = world.apply(*remedies.revoke(case, revoke, world.now))
    assert lent_left(case) == {"EUR": 50_000}


@pytest.mark.parametrize("ends", ["owner", "closing"])
def test_authority_ends_with_the_owner_and_with_the_case(world: World, ends: str) -> None:
    world.open()
    lent(world)
    if ends == "owner":
        case = world.apply(e.OwnerAssigned(world.ben, world.now, world.now, Because.HAND_OFF))
    else:
        case = world.apply(e.CaseClosed(Closing.WITHDRAWN, "m-0", "", world.now))
    assert (case.asked, case.lent) == (None, ())


def test_a_request_ends_with_the_case_too(world: World) -> None:
    world.open()
    request_id = asked(world)
    case = world.apply(e.CaseClosed(Closing.WITHDRAWN, "m-0", "", world.now))
    assert case.asked is None
    assert authority.time_out(case, request_id, world.tick()) == []


def test_nobody_answered_in_time_and_the_owner_may_ask_again(world: World) -> None:
    world.open()
    request_id = asked(world)
    case = world.case
    assert case is not None
    assert authority.time_out(case, request_id, world.now) == []
    assert authority.time_out(case, "another", world.tick()) == []
    (denied,) = authority.time_out(case, request_id, world.now)
    assert denied == e.AuthorityDenied(request_id, "", "timed_out", "", world.now)
    world.apply(denied)
    assert asked(world) != request_id


def test_a_request_has_one_answer_and_one_time(world: World) -> None:
    world.open()
    request_id = asked(world)
    with pytest.raises(NotNow) as twice:
        request(world)
    assert rule(twice) == "authority_pending"
    assert twice.value.allowed["request_id"] == request_id
    world.apply(*lend(world, world.vic, request_id))
    with pytest.raises(NotNow) as again:
        lend(world, world.vic, request_id)
    assert rule(again) == "authority_already_lent"
    late = asked(world)
    world.tick()
    with pytest.raises(NotNow) as expired:
        lend(world, world.vic, late)
    assert rule(expired) == "authority_request_expired"
    with pytest.raises(NotNow) as unknown:
        lend(world, world.vic, "r-none")
    assert rule(unknown) == "no_such_request"


def test_only_a_strictly_higher_rank_is_asked(world: World) -> None:
    world.open()
    with pytest.raises(BadCommand) as refused:
        request(world, of=world.ben)
    assert rule(refused) == "rank_not_higher"
    assert refused.value.allowed["min_rank"] == "1"
    with pytest.raises(BadCommand) as oneself:
        request(world, of=world.ana)
    assert rule(oneself) == "lending_to_yourself"


def test_only_a_strictly_higher_rank_lends_or_refuses(world: World) -> None:
    world.open()
    request_id = asked(world)
    for person, why in ((world.ben, "rank_not_higher"), (world.ana, "lending_to_yourself")):
        with pytest.raises(NotYours) as refused:
            lend(world, person, request_id)
        assert rule(refused) == why
        with pytest.raises(NotYours):
            authority.deny(world.case, c.DenyAuthority(person, request_id, "no"), world.now)  # type: ignore[arg-type]


def test_only_the_owner_asks(world: World) -> None:
    world.open()
    with pytest.raises(NotYours) as refused:
        request(world, by=world.ben)
    assert rule(refused) == "not_the_owner"


def test_whom_was_asked_refuses_and_anybody_higher_may_lend(world: World) -> None:
    case = world.open()
    request_id = asked(world, (Amount("EUR", 20_000),), of=world.lea)
    case = world.case or case
    with pytest.raises(NotYours) as refused:
        authority.deny(case, c.DenyAuthority(world.vic, request_id, "no"), world.now)
    assert rule(refused) == "not_the_one_asked"
    (denied,) = authority.deny(case, c.DenyAuthority(world.lea, request_id, "Offer miles"), world.now)
    assert isinstance(denied, e.AuthorityDenied)
    assert (denied.because, denied.reason) == ("refused", "Offer miles")
    assert lend(world, world.vic, request_id)


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ((), "amounts_missing"),
        ((Amount("EUR", 0),), "bad_amount"),
        ((Amount("EUR", -5),), "bad_amount"),
        ((Amount("EUR", 10**13),), "bad_amount"),
        ((Amount(" ", 5),), "unit_missing"),
    ],
)
def test_authority_is_asked_for_in_amounts(world: World, amounts: tuple[Amount, ...], why: str) -> None:
    world.open()
    with pytest.raises(BadCommand) as refused:
        request(world, amounts)
    assert rule(refused) == why


def test_nobody_lends_more_than_was_asked(world: World) -> None:
    world.open()
    request_id = asked(world)
    with pytest.raises(BadCommand) as refused:
        lend(world, world.vic, request_id, (Amount("EUR", 50_001),))
    assert (rule(refused), refused.value.allowed["max"]) == ("more_than_asked", "50000")
    with pytest.raises(BadCommand):
        lend(world, world.vic, request_id, (Amount("miles", 1),))
    (given,) = lend(world, world.vic, request_id, (Amount("EUR", 30_000),))
    assert isinstance(given, e.AuthorityLent)
    assert given.amounts == (Amount("EUR", 30_000),)


def test_nobody_lends_more_than_they_could_give_on_this_case(world: World) -> None:
    world.open()
    request_id = asked(world)
    with pytest.raises(NotNow) as refused:
        lend(world, world.lea, request_id)  # 250 EUR a grant are Lea's
    assert refused.value.allowed["limit"] == "per_grant"
    world.apply(*lend(world, world.lea, request_id, (Amount("EUR", 25_000),)))
    world.apply(*lend(world, world.lea, asked(world), (Amount("EUR", 25_000),)))
    with pytest.raises(NotNow) as used_up:  # 500 EUR a case are lent already
        lend(world, world.lea, asked(world), (Amount("EUR", 1),))
    assert (used_up.value.allowed["limit"], used_up.value.allowed["remaining"]) == ("per_case", "0")


def test_a_remedy_above_ones_rank_is_opened_by_who_may_give_it(world: World) -> None:
    world.open()
    world.apply(*request(world, remedy_id="refund-500"))
    assert world.case is not None
    assert world.case.asked is not None
    request_id = world.case.asked.request_id
    with pytest.raises(NotYours) as refused:
        lend(world, world.lea, request_id, (Amount("EUR", 1_000),), min_rank=2)
    assert rule(refused) == "remedy_not_for_you"
    case = world.apply(*lend(world, world.vic, request_id, min_rank=2))
    assert remedies.giver(case, "").opened == ("refund-500",)
    entry = replace(world.rules.catalogue.get("refund-500"), min_rank=2)
    entry.demand(remedies.giver(case, ""), world.now.date())
