"""Every verdict in every status, alternatives asked for and offered, and the yes that says no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import closing, solution
from services.resolution.domain.decide.closing import Feedback, Solved
from services.resolution.domain.errors import NotNow
from services.resolution.domain.state import Case
from services.resolution.domain.words import Closing, Status, Verdict, Word
from tests.unit.resolution.world import FIRST_REPLY, World

POSSIBLE = {
    (Status.PROPOSED, Verdict.BELOW): Status.OPEN,
    (Status.PROPOSED, Verdict.MEETS): Status.FIXING,
    (Status.PROPOSED, Verdict.EXCEEDS): Status.FIXING,
    (Status.RESOLVED, Verdict.SOLVED): Status.RESOLVED,
    (Status.RESOLVED, Verdict.NOT_SOLVED): Status.OPEN,
}


def in_status(world: World, status: Status) -> Case:
    case = world.open()
    ways: dict[Status, Callable[[], Case]] = {
        Status.OPEN: lambda: case,
        Status.PROPOSED: world.proposed,
        Status.FIXING: world.fixing,
        Status.RESOLVED: world.resolved,
        Status.CLOSED: lambda: world.apply(e.CaseClosed(Closing.UNREACHABLE, "", "", world.tick())),
    }
    return ways[status]()


def judge(world: World, verdict: Verdict, word: Word) -> list[e.Event]:
    assert world.case is not None
    command = c.RecordVerdict(world.ana, verdict, word.message_id, word)
    return solution.record_verdict(world.case, command, world.tick())


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_counts_where_there_is_something_to_judge_and_nowhere_else(
    world: World, status: Status, verdict: Verdict
) -> None:
    in_status(world, status)
    word = world.heard("m-verdict")
    if (status, verdict) in POSSIBLE:
        assert world.apply(*judge(world, verdict, word)).status is POSSIBLE[status, verdict]
        return
    with pytest.raises(NotNow) as refused:
        judge(world, verdict, word)
    assert refused.value.rule == "not_in_this_status"


def propose(world: World) -> str:
    assert world.case is not None
    command = c.ProposeSolution(world.ana, world.new_id(), "r", "Miles", FIRST_REPLY)
    events = solution.propose(world.case, command, world.tick(), world.rules.pack_of(world.case))
    proposal = world.apply(*events).proposal
    assert proposal is not None
    return proposal.alternative_to


def test_an_alternative_names_the_proposal_that_was_below(world: World) -> None:
    world.open()
    assert propose(world) == ""
    assert world.case is not None
    assert world.case.proposal is not None
    first = world.case.proposal.proposal_id
    given, asked = judge(world, Verdict.BELOW, world.heard("m-no"))
    assert asked == e.AlternativesAskedFor(first)
    world.apply(given, asked)
    assert propose(world) == first
    assert propose(world) == first  # a better one before the answer still answers the same
    assert world.refold() == world.case


def held_back(world: World) -> None:
    world.open()
    world.resolved()
    assert world.case is not None
    said = Feedback(world.heard("m-yes-no").message_id, Solved.CONTRADICTORY, "Yes, but it leaks", world.now)
    world.apply(*closing.hear_feedback(world.case, said, world.now, timedelta(days=30)))


def confirm(world: World, word: Word) -> list[e.Event]:
    assert world.case is not None
    command = c.CloseCase(world.ana, Closing.CONFIRMED, word.message_id, "", word)
    return closing.close(world.case, command, world.now, world.rules.playbook)


@pytest.mark.parametrize("how", ["close", "verdict"])
def test_a_held_back_yes_is_settled_by_a_new_word_of_the_customer_alone(world: World, how: str) -> None:
    held_back(world)
    settle = confirm if how == "close" else lambda world, word: judge(world, Verdict.SOLVED, word)
    assert world.case is not None
    same = world.case.last_word
    earlier = Word("m-earlier", same.received_at - timedelta.resolution)
    for word in (same, earlier):
        with pytest.raises(NotNow) as refused:
            settle(world, word)
        assert refused.value.rule == "confirmation_held_back"
    assert settle(world, world.heard("m-new"))


def test_a_no_needs_no_settling(world: World) -> None:
    held_back(world)
    assert world.case is not None
    given, reopened = judge(world, Verdict.NOT_SOLVED, world.case.last_word)
    assert world.apply(given, reopened).status is Status.OPEN
