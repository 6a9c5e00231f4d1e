"""Closed means the customer said so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import closing, opening
from services.resolution.domain.decide.closing import Feedback, Solved
from services.resolution.domain.errors import NotNow
from services.resolution.domain.words import Because, Closing, Status, Verdict, Word
from tests.unit.resolution.world import World

WINDOW = timedelta(days=30)


def close(world: World, word: Word | None, kind: Closing = Closing.CONFIRMED) -> list[e.Event]:
    assert world.case is not None
    message_id = word.message_id if word else "m-nobody"
    command = c.CloseCase(world.ana, kind, message_id, "", word)
    return closing.close(world.case, command, world.now, world.rules.playbook)


def hear(world: World, solved: Solved, message_id: str = "m-fb", words: str = "...") -> list[e.Event]:
    assert world.case is not None
    feedback = Feedback(message_id, solved, words, world.now)
    return closing.hear_feedback(world.case, feedback, world.now, WINDOW)


def test_a_resolved_case_is_closed_on_a_word_that_came_after(world: World) -> None:
    world.open()
    early = world.heard("m-early")
    world.resolved()
    with pytest.raises(NotNow) as refused:
        close(world, early)
    assert refused.value.rule == "evidence_too_old"
    assert world.apply(*close(world, world.heard("m-solved"))).status is Status.CLOSED


def test_no_word_no_closing(world: World) -> None:
    world.open()
    world.resolved()
    with pytest.raises(NotNow) as refused:
        close(world, None)
    assert refused.value.rule == "evidence_missing"


def test_a_customer_can_withdraw_at_any_time_but_only_in_their_own_words(world: World) -> None:
    world.open()
    with pytest.raises(NotNow):
        close(world, None, Closing.WITHDRAWN)
    closed = world.apply(*close(world, world.heard("m-drop"), Closing.WITHDRAWN))
    assert (closed.status, closed.closing) == (Status.CLOSED, Closing.WITHDRAWN)


def test_closing_twice_on_the_same_word_changes_nothing(world: World) -> None:
    world.open()
    world.resolved()
    word = world.heard("m-solved")
    world.apply(*close(world, word))
    assert close(world, word) == []


def test_the_customers_yes_closes_and_their_no_reopens(world: World) -> None:
    world.open()
    world.resolved()
    world.tick()
    given, closed = hear(world, Solved.YES)
    assert isinstance(given, e.VerdictGiven)
    assert given.verdict is Verdict.SOLVED
    assert isinstance(closed, e.CaseClosed)
    assert closed.message_id == "m-fb"
    given, reopened = hear(world, Solved.NO)
    assert isinstance(reopened, e.CaseReopened)
    case = world.apply(given, reopened)
    assert (case.status, case.reopened, case.proposal) == (Status.OPEN, 1, None)


def test_a_yes_that_says_no_is_held_back_and_never_evidence(world: World) -> None:
    world.open()
    world.resolved()
    word = world.heard("m-fb")
    (held,) = hear(world, Solved.CONTRADICTORY, words="Yes, but it still leaks")
    assert isinstance(held, e.ConfirmationHeldBack)
    assert world.apply(held).status is Status.RESOLVED
    with pytest.raises(NotNow) as refused:
        close(world, word)
    assert refused.value.rule == "confirmation_held_back"
    assert hear(world, Solved.CONTRADICTORY) == []
    assert hear(world, Solved.YES) == []  # the same message, read another way


def test_an_unclear_answer_waits_for_the_owner(world: World) -> None:
    world.open()
    world.resolved()
    world.tick()
    assert hear(world, Solved.UNCLEAR) == []


def test_a_word_that_was_on_its_way_when_the_owner_said_fixed_closes_nothing(world: World) -> None:
    world.open()
    case = world.resolved()
    assert case.resolved_at is not None
    assert case.last_word.received_at < case.resolved_at
    assert hear(world, Solved.YES, case.last_word.message_id) == []


def test_a_customer_whose_clock_is_slow_is_heard_all_the_same(world: World) -> None:
    world.open()
    case = world.resolved()
    assert case.resolved_at is not None
    rounded = Feedback("m-fb", Solved.YES, "Solved", case.resolved_at - timedelta(minutes=5))
    assert len(closing.hear_feedback(case, rounded, world.now, WINDOW)) == 2


@pytest.mark.parametrize("status", ["open", "proposed", "fixing"])
def test_while_the_case_is_under_way_an_answer_is_just_another_word(world: World, status: str) -> None:
    world.open()
    {"open": lambda: None, "proposed": world.proposed, "fixing": world.fixing}[status]()
    assert hear(world, Solved.YES) == []


def closed(world: World) -> None:
    world.open()
    world.resolved()
    world.apply(*close(world, world.heard("m-solved")))


@pytest.mark.parametrize("solved", [Solved.NO, Solved.UNCLEAR, Solved.CONTRADICTORY])
def test_a_word_after_closure_reopens_the_same_case_inside_the_window(world: World, solved: Solved) -> None:
    closed(world)
    world.tick(WINDOW - timedelta(hours=1))
    (reopened,) = hear(world, solved)
    case = world.apply(reopened)
    assert (case.status, case.owner, case.closing) == (Status.OPEN, world.ana, None)


def test_a_yes_after_closure_changes_nothing(world: World) -> None:
    closed(world)
    world.tick(timedelta(days=7))
    assert hear(world, Solved.YES) == []


def test_the_word_a_person_closed_on_reopens_only_when_it_says_no(world: World) -> None:
    closed(world)
    assert hear(world, Solved.UNCLEAR, "m-solved") == []
    (reopened,) = hear(world, Solved.NO, "m-solved")
    assert isinstance(reopened, e.CaseReopened)


def test_a_word_after_the_window_begins_a_new_case_linked_to_the_old_one(world: World) -> None:
    closed(world)
    assert world.case is not None
    world.tick(WINDOW + timedelta(days=1))
    late = Feedback("m-late", Solved.NO, "It is back", world.now)
    assert closing.begins_new_case(world.case, late, world.now, WINDOW)
    assert closing.hear_feedback(world.case, late, world.now, WINDOW) == []
    word = Word("m-late", world.now)
    opened, assigned = opening.follow_up_case(
        world.case, word, "new", (world.ben, Because.BEST_MATCH), world.now, world.rules.playbook
    )
    assert isinstance(opened, e.CaseOpened)
    assert (opened.linked_case_id, opened.customer_id) == (world.case.case_id, "cust-1")
    assert isinstance(assigned, e.OwnerAssigned)
    assert assigned.owner == world.ben
