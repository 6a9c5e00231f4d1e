"""Being away and leaving the company: promises are kept, every case stays somebody's, and nothing goes up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolution.app.absence import _Desks
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.assignment import Employee, Need
from services.resolution.domain.covering import demand_cover
from services.resolution.domain.decide import leaving, ownership, replies
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.words import Because, Person, ReplyKind
from tests.unit.resolution.world import FIRST_REPLY, NOON, World


def say(world: World, actor: Person, kind: ReplyKind, *covers: str) -> list[e.Event]:
    assert world.case is not None
    command = c.SendReply(actor, "r-1", kind, FIRST_REPLY, covers=frozenset(covers))
    pack, playbook = world.rules.pack_of(world.case), world.rules.playbook_of(world.case)
    return replies.send(world.case, command, world.now, pack, playbook)


def test_a_cover_of_equal_rank_keeps_the_owners_promise_in_their_own_name_and_owns_nothing(
    world: World,
) -> None:
    case = world.open()
    checked, sent = say(world, world.ben, ReplyKind.PROGRESS, "ana")
    assert isinstance(sent, e.ReplySent)
    assert sent.author == world.ben
    assert world.apply(checked, sent).owner == case.owner == world.ana


def test_a_cover_says_nothing_but_what_was_promised(world: World) -> None:
    world.open()
    for kind in (ReplyKind.REPLY, ReplyKind.INTRODUCTION):
        with pytest.raises(NotYours) as refused:
            say(world, world.ben, kind, "ana")
        assert refused.value.rule == "not_the_owner"
    with pytest.raises(NotYours):
        say(world, world.ben, ReplyKind.PROGRESS, "eva")


def test_a_cover_of_higher_rank_than_the_cases_owner_keeps_no_promise(world: World) -> None:
    world.open()
    with pytest.raises(NotYours) as refused:
        say(world, world.lea, ReplyKind.PROGRESS, "ana")
    assert (refused.value.rule, refused.value.allowed) == ("cover_outranks", {"max_rank": "0"})


def test_a_cover_of_the_first_contact_circles_back(world: World) -> None:
    world.open()
    world.resolved()
    assert len(say(world, world.ben, ReplyKind.CIRCLE_BACK, "ana")) == 2


def test_a_cover_is_somebody_else_of_equal_or_lower_rank_for_a_time_to_come(world: World) -> None:
    day = timedelta(days=1)
    demand_cover(world.lea, world.ana, NOON, NOON + day, NOON)
    with pytest.raises(NotNow) as refused:
        demand_cover(world.ana, world.lea, NOON, NOON + day, NOON)
    assert refused.value.allowed == {"max_rank": "0", "instead": "invite_helper"}
    with pytest.raises(BadCommand, match="Somebody else"):
        demand_cover(world.ana, world.ana, NOON, NOON + day, NOON)
    for starts_at, ends_at in ((NOON, NOON), (NOON - day, NOON), (NOON + day, NOON)):
        with pytest.raises(BadCommand, match="future"):
            demand_cover(world.ana, world.ben, starts_at, ends_at, NOON)


def test_a_leavers_case_moves_with_its_duty_to_circle_back_and_their_offer_is_withdrawn(world: World) -> None:
    case = world.open()
    offer = c.OfferHandOff(world.ana, "h-1", world.ben, True, "why", "what", False, NOON + timedelta(1))
    case = world.apply(*ownership.offer(case, offer, world.now))
    case = world.apply(*leaving.move(case, "ana", world.ben, world.now))
    assert (case.owner, case.first_contact, case.hand_off) == (world.ben, world.ben, None)
    assigned = [each for each in world.log if isinstance(each, e.OwnerAssigned)][-1]
    assert assigned.because is Because.FORCED_LEAVER
    assert leaving.move(case, "ana", world.ben, world.now) == []
    assert leaving.move_first_contact(case, "ana") == []


def test_a_leavers_case_never_moves_up(world: World) -> None:
    case = world.open()
    with pytest.raises(NotNow) as refused:
        leaving.move(case, "ana", world.lea, world.now)
    assert refused.value.rule == "rank_would_rise"


def test_whoever_owns_a_case_that_began_with_the_leaver_circles_back(world: World) -> None:
    world.open()
    case = world.apply(e.OwnerAssigned(world.ben, NOON, NOON, Because.HAND_OFF))
    assert case.first_contact == world.ana
    case = world.apply(*leaving.move_first_contact(case, "ana"))
    assert (case.owner, case.first_contact) == (world.ben, world.ben)


@pytest.mark.parametrize(
    ("of_cases", "of_others", "rule"),
    [
        (0, None, "last_employee"),
        (None, None, "last_employee"),
        (0, 1, "nobody_of_equal_or_lower_rank"),
        (0, 0, ""),
        (2, 1, ""),
        (None, 3, ""),
    ],
)
def test_nobody_leaves_cases_behind_that_nobody_may_take(
    of_cases: int | None, of_others: int | None, rule: str
) -> None:
    if not rule:
        leaving.demand_successors(of_cases, of_others)
        return
    with pytest.raises(NotNow) as refused:
        leaving.demand_successors(of_cases, of_others)
    assert refused.value.rule == rule


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 20)), min_size=1, max_size=8),
    st.lists(st.integers(0, 3), max_size=60),
)
def test_a_leavers_cases_spread_over_those_of_equal_or_lower_rank(
    people: list[tuple[int, bool, int]], ranks: list[int]
) -> None:
    staff = [
        Employee(Person(f"e{index}", f"E{index}", rank), present, False, 1_000, load=load)
        for index, (rank, present, load) in enumerate(people)
    ]
    before = {each.person.employee_id: each.load for each in staff}
    desks = _Desks(staff)
    movable = [rank for rank in ranks if rank >= min(each.person.rank for each in staff)]
    for rank in movable:
        person, _ = desks.below(rank).choose(Need())
        assert person.rank <= rank
    after = {each.person.employee_id: each.load for each in staff}
    assert sum(after.values()) - sum(before.values()) == len(movable)
    front = [each for each in staff if each.present and each.person.rank == 0]
    got = [each for each in front if after[each.person.employee_id] > before[each.person.employee_id]]
    assert all(each.load <= min(one.load for one in front) + 1 for each in got)


def test_a_receiver_of_a_leavers_case_keeps_helping_no_longer(world: World) -> None:
    case = world.open()
    case = world.apply(*ownership.help_out(case, world.ben))
    assert world.apply(*leaving.move(case, "ana", replace(world.ben), world.now)).helpers == ()
