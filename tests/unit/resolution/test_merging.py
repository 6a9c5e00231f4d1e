"""Two cases that are one complaint, one that is two, and those that have to do with each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.resolution.app.rules import Rules
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import merging
from services.resolution.domain.decide.merging import Both
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.evolve import evolve
from services.resolution.domain.state import Case
from services.resolution.domain.words import Amount, Closing, Person, Status, Verdict, Word
from tests.unit.resolution.world import World

OTHER = "00000000-0000-7000-8000-000000000002"
STAGES = [Status.OPEN, Status.PROPOSED, Status.FIXING, Status.RESOLVED]


@pytest.fixture
def other(rules: Rules) -> World:
    """A second complaint of the same customer, made an hour before."""
    world = World(rules)
    world.now -= timedelta(hours=1)
    world.open(case_id=OTHER)
    return world


def at(world: World, status: Status) -> Case:
    steps = {
        Status.OPEN: lambda: world.case,
        Status.PROPOSED: world.proposed,
        Status.FIXING: world.fixing,
        Status.RESOLVED: world.resolved,
    }
    case = steps[status]()
    assert case is not None
    return case


def merge(world: World, other: World, actor: Person | None = None, reason: str = "The same delay") -> Both:
    assert world.case is not None
    assert other.case is not None
    command = c.MergeCases(actor or world.ana, other.case, reason)
    return merging.merge(world.case, command, world.tick())


def merged(world: World, other: World) -> Case:
    both = merge(world, other)
    other.apply(*both.there)
    return world.apply(*both.here)


def split(world: World, other: World | None, *words: Word, new_id: str = "new") -> Both:
    assert world.case is not None
    case = other.case if other else None
    command = c.SplitCase(world.ana, case, case.case_id if case else new_id, words, "A wrong merge")
    return merging.split(world.case, command, world.tick())


def granted(world: World, grant_id: str) -> e.RemedyGranted:
    cost = Amount("EUR", 1000)
    return e.RemedyGranted(grant_id, "lounge", "ana", cost, cost, (cost,), grant_id, world.tick(), "Lounge")


def test_the_survivor_keeps_the_earliest_receipt_and_all_that_counts(world: World, other: World) -> None:
    world.open()
    first = other.case
    assert first is not None
    other.apply(granted(other, "g-other"))
    other.replied()
    world.apply(granted(world, "g-own"))
    case = merged(world, other)
    assert case.complained_at == first.complained_at
    assert {given.grant_id for given in case.grants} == {"g-own", "g-other"}
    assert (case.said, case.replies) == (("apology",), 1)
    assert case.owner == world.ana
    assert [came.case_id for came in case.absorbed] == [OTHER]
    assert world.refold() == case


def test_the_other_is_closed_with_its_survivor_named_and_its_words_go_there(
    world: World, other: World
) -> None:
    world.open()
    merged(world, other)
    assert world.case is not None
    assert other.case is not None
    gone = other.case
    assert (gone.status, gone.closing) == (Status.CLOSED, Closing.MERGED)
    assert gone.successor_id == world.case.case_id
    assert other.refold() == gone


@pytest.mark.parametrize("theirs", STAGES)
@pytest.mark.parametrize("ours", STAGES)
def test_the_strictest_state_of_the_two_is_that_of_both(
    world: World, other: World, ours: Status, theirs: Status
) -> None:
    world.open()
    at(world, ours)
    at(other, theirs)
    case = merged(world, other)
    behind = STAGES.index(theirs) < STAGES.index(ours)
    assert case.status is (Status.OPEN if behind else ours)
    if behind:
        assert (case.proposal, case.resolved_at, case.fixes) == (None, None, 0)
    reopened = [event for event in world.log if isinstance(event, e.CaseReopened)]
    assert bool(reopened) == (behind and ours is Status.RESOLVED)  # who follows up must hear of it


def test_a_severe_complaint_stays_severe_in_a_mild_one(world: World, other: World) -> None:
    world.open(severity="low")
    assert merged(world, other).severity == "high"


def test_merging_again_changes_nothing(world: World, other: World) -> None:
    world.open()
    merged(world, other)
    assert merge(world, other) == merging.NOTHING


def test_cases_of_two_customers_are_not_merged(world: World, other: World) -> None:
    world.open(customer_id="cust-2")
    with pytest.raises(NotNow) as refused:
        merge(world, other)
    assert (refused.value.rule, refused.value.allowed["instead"]) == ("different_customers", "link_cases")
    world.apply(e.CustomerRenamed("cust-1"))  # the two turned out to be one person
    assert merge(world, other).here


def test_a_case_is_not_merged_into_itself_nor_a_closed_one_into_anything(world: World, other: World) -> None:
    world.open()
    with pytest.raises(BadCommand) as same:
        merge(world, world)
    assert same.value.rule == "same_case"
    other.apply(e.CaseClosed(Closing.NOT_A_COMPLAINT, "", "x", other.tick()))
    for one, two in ((world, other), (other, world)):
        with pytest.raises(NotNow) as refused:
            merge(one, two)
        assert refused.value.rule == "not_in_this_status"


def test_a_case_is_not_taken_from_its_owner_by_merging(world: World, other: World) -> None:
    world.open()
    other.apply(e.OwnerAssigned(world.ben, other.now, other.now, "best_match"))  # type: ignore[arg-type]
    with pytest.raises(NotYours) as refused:
        merge(world, other)
    assert (refused.value.rule, refused.value.allowed["owner_id"]) == ("not_yours_to_merge", "ben")
    with pytest.raises(NotYours) as refused:
        merge(world, other, world.ben)
    assert refused.value.rule == "not_the_owner"
    offered = e.HandOffOffered("h", world.ben, world.ana, "same", "same", False, other.now, other.now)
    other.apply(offered)
    assert merged(world, other).owner == world.ana


def test_a_complaint_does_not_go_up_by_merging(world: World, other: World) -> None:
    world.open(owner=world.lea)
    offered = e.HandOffOffered("h", world.ana, world.lea, "same", "same", False, other.now, other.now)
    other.apply(offered)
    with pytest.raises(NotNow) as refused:
        merge(world, other, world.lea)
    assert refused.value.rule == "rank_would_rise"
    assert refused.value.allowed["survivor_case_id"] == OTHER
    assert [type(event) for event in refused.value.events] == [e.HandOffRefused]


def test_undoing_a_merge_gives_back_all_that_came_with_it(world: World, other: World) -> None:
    before = world.open()
    world.apply(granted(world, "g-own"))
    other.apply(granted(other, "g-other"))
    other.replied()
    merged(world, other)
    both = split(world, other)
    case = world.apply(*both.here)
    back = other.apply(*both.there)
    assert (case.complained_at, case.said, case.absorbed) == (before.complained_at, (), ())
    assert [given.grant_id for given in case.grants] == ["g-own"]
    assert [given.grant_id for given in back.grants] == ["g-other"]
    assert (back.status, back.closing, back.successor_id) == (Status.OPEN, None, "")
    assert (case.related, back.related) == ((OTHER,), (case.case_id,))
    assert (world.refold(), other.refold()) == (case, back)


def test_what_became_of_a_grant_while_it_was_merged_stays_true_of_it(world: World, other: World) -> None:
    world.open()
    other.apply(granted(other, "g-other"))
    case = merged(world, other)
    parted = next(event for event in split(world, other).here if isinstance(event, e.CaseSplit))
    assert parted.grants == case.grants


def test_who_answered_for_both_answers_for_both_after_they_are_parted(world: World, other: World) -> None:
    world.open()
    merged(world, other)
    world.apply(e.OwnerAssigned(world.ben, world.now, world.now, "hand_off"))  # type: ignore[arg-type]
    assert world.case is not None
    assert other.case is not None
    command = c.SplitCase(world.ben, other.case, OTHER, (), "wrong")
    back = other.apply(*merging.split(world.case, command, world.tick()).there)
    assert (back.owner, back.first_contact) == (world.ben, world.ana)


def test_only_what_was_merged_here_is_given_back(world: World, other: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refused:
        split(world, other)
    assert refused.value.rule == "not_merged_here"


def test_a_case_that_is_part_of_another_is_not_split_there(world: World, other: World) -> None:
    world.open()
    merged(world, other)
    third = World(world.rules)
    third.now = other.now
    third.open(case_id="third")
    with pytest.raises(NotNow) as refused:
        split(other, None, Word("m-1", other.now))
    assert refused.value.rule == "merged_away"


def test_some_of_the_customers_words_become_a_case_of_their_own(world: World) -> None:
    world.open()
    late, early = Word("m-2", world.tick()), world.heard("m-1")
    both = split(world, None, early, late)
    case = world.apply(*both.here)
    new: Case | None = None
    for event in both.there:
        new = evolve(new, event)
    assert new is not None
    assert (new.case_id, new.owner, new.first_contact) == ("new", case.owner, case.first_contact)
    assert (new.complained_at, new.last_word) == (late.received_at, early)
    assert (new.linked_case_id, new.related, case.related) == (case.case_id, (case.case_id,), ("new",))


def test_a_word_that_proves_something_stays_with_its_case(world: World) -> None:
    world.open()
    world.fixing()
    assert world.case is not None
    assert world.case.proposal is not None
    assert world.case.proposal.verdict is Verdict.MEETS
    with pytest.raises(NotNow) as refused:
        split(world, None, Word("m-yes", world.now))
    assert refused.value.rule == "word_is_evidence"


def test_a_split_names_the_words_that_go(world: World) -> None:
    world.open()
    with pytest.raises(BadCommand) as refused:
        split(world, None)
    assert refused.value.rule == "message_ids_missing"


def test_linked_cases_know_of_each_other_and_stay_two(world: World, other: World) -> None:
    world.open(customer_id="somebody-else")
    assert world.case is not None
    assert other.case is not None
    command = c.LinkCases(world.ana, other.case, "The same flight")
    both = merging.link(world.case, command, world.tick())
    case, theirs = world.apply(*both.here), other.apply(*both.there)
    assert (case.related, theirs.related) == ((OTHER,), (case.case_id,))
    assert (case.status, theirs.status) == (Status.OPEN, Status.OPEN)
    assert merging.link(case, command, world.tick()) == merging.NOTHING


def test_merging_linking_and_splitting_ask_for_a_reason(world: World, other: World) -> None:
    world.open()
    assert world.case is not None
    assert other.case is not None
    with pytest.raises(BadCommand) as refused:
        merge(world, other, reason=" ")
    assert refused.value.rule == "reason_missing"
    with pytest.raises(BadCommand):
        merging.link(world.case, c.LinkCases(world.ana, other.case, ""), world.now)
    with pytest.raises(BadCommand):
        merging.split(world.case, c.SplitCase(world.ana, None, "new", (Word("m", world.now),), ""), world.now)


def test_a_remedy_that_is_still_on_its_way_is_waited_for(world: World, other: World) -> None:
    world.open()
    ordered = replace(granted(other, "g-1"), fulfil_by=other.now)
    other.apply(ordered)
    with pytest.raises(NotNow) as refused:
        merge(world, other)
    assert (refused.value.rule, refused.value.allowed["grant_ids"]) == ("fulfilment_pending", "g-1")
    other.apply(e.RemedyRevoked("g-1", "why", "ana", other.tick()))
    assert merge(world, other).here
