"""What is learnt of a case and what it says of the customer's loyalty: prevention asked for with a clock,
debrief, repeats, defection and win-back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.causes import MOST, demand_known, demand_list
from services.resolution.domain.decide import learning, loyalty
from services.resolution.domain.decide.learning import REPEAT_WITHIN, Earlier
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.words import Closing, Verdict
from tests.unit.resolution.world import NOON, World

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


def debrief(world: World, *participants: str, by: str = "ana") -> list[e.Event]:
    assert world.case is not None
    people = {"ana": world.ana, "ben": world.ben, "lea": world.lea}
    command = c.HoldDebrief(people[by], tuple(people[each] for each in participants), "We missed the call")
    return learning.hold_debrief(world.case, command, world.now)


def earlier(days_before: float, **changes: object) -> Earlier:
    found = Earlier("c-earlier", "delay", "no-owner", NOON - timedelta(days=days_before))
    return replace(found, **changes)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------ prevention and debrief
def test_once_resolved_the_owner_is_asked_for_what_is_missing_by_a_time(world: World) -> None:
    world.open()
    world.apply(e.CauseRecorded("ana", "Nobody owned it"))
    (asked,) = learning.ask_for_prevention(world.resolved(), world.now, WEEK)
    assert asked == e.PreventionAskedFor("ana", ("prevention", "debrief"), world.now + WEEK)
    assert world.apply(asked).prevention_due_at == world.now + WEEK


def test_what_is_on_record_already_is_not_asked_for(world: World) -> None:
    world.open()
    world.resolved()
    world.apply(e.CauseRecorded("ana", "Why"), e.PreventionRecorded("ana", "How"))
    case = world.apply(*debrief(world, "ana"))
    assert learning.ask_for_prevention(case, world.now, WEEK) == []


def test_prevention_is_overdue_once_when_the_time_is_up(world: World) -> None:
    world.open()
    case = world.apply(*learning.ask_for_prevention(world.resolved(), world.now, WEEK))
    due = case.prevention_due_at
    assert due is not None
    assert learning.prevention_time_out(case, due - timedelta.resolution) == []
    (overdue,) = learning.prevention_time_out(case, due)
    assert overdue == e.PreventionOverdue("ana", ("cause", "prevention", "debrief"), due)
    assert learning.prevention_time_out(world.apply(overdue), due + DAY) == []


def test_nothing_is_overdue_when_everything_came_in_or_the_case_was_reopened(world: World) -> None:
    world.open()
    case = world.apply(*learning.ask_for_prevention(world.resolved(), world.now, WEEK))
    late = world.now + WEEK + DAY
    reopened = e.CaseReopened("m-1", "not_solved", world.now)
    no = e.VerdictGiven(Verdict.NOT_SOLVED, "m-1", "", None, world.now)
    learnt = [e.CauseRecorded("ana", "Why"), e.PreventionRecorded("ana", "How"), *debrief(world, "ana")]
    world.apply(*learnt)
    assert world.case is not None
    assert learning.prevention_time_out(world.case, late) == []
    again = World(world.rules)
    again.open()
    again.apply(*learning.ask_for_prevention(again.resolved(), again.now, WEEK))
    assert learning.prevention_time_out(again.apply(no, reopened), late) == []
    assert case.prevention_due_at is not None


def test_a_debrief_is_held_by_the_owner_once_the_case_is_resolved(world: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refusal:
        debrief(world, "ana")
    assert refusal.value.rule == "not_resolved"
    world.resolved()
    with pytest.raises(NotYours):
        debrief(world, "ana", by="ben")
    (held,) = debrief(world, "ana", "ben")
    assert isinstance(held, e.DebriefHeld)
    assert [person.employee_id for person in held.participants] == ["ana", "ben"]
    assert world.apply(held).debriefs == 1


def test_a_debrief_is_held_with_staff_who_were_involved_and_names_those_who_were_not_there(
    world: World,
) -> None:
    world.open()
    world.apply(e.HelperJoined(world.lea))
    world.resolved()
    with pytest.raises(BadCommand) as refusal:
        debrief(world, "ben")
    assert (refusal.value.rule, refusal.value.allowed) == ("nobody_involved", {"involved": "ana,lea"})
    (held,) = debrief(world, "ana")
    assert isinstance(held, e.DebriefHeld)
    assert held.absent_employee_ids == ("lea",)


# ------------------------------------------------------------------------------------------------- repeats
@given(days=st.floats(-10, 200))
def test_the_same_category_of_the_same_customer_is_a_repeat_within_ninety_days(
    rules: Rules, days: float
) -> None:
    case = World(rules).open()
    before = earlier(days)
    found = learning.repeats_by_category(case, [before])
    if timedelta() <= NOON - before.opened_at <= REPEAT_WITHIN:
        assert found == [
            e.RepeatFailureFound("c-earlier", e.SameAs.CATEGORY, "delay", before.opened_at),
        ]
    else:
        assert found == []


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "billing"},
        {"closing": Closing.MERGED},
        {"closing": Closing.NOT_A_COMPLAINT},
        {"case_id": "00000000-0000-7000-8000-000000000001"},
    ],
)
def test_another_category_or_no_failure_at_all_is_no_repeat(world: World, changes: dict[str, object]) -> None:
    assert learning.repeats_by_category(world.open(), [earlier(5, **changes)]) == []


def test_a_case_without_category_or_cause_code_repeats_nothing(world: World) -> None:
    case = world.open(category="")
    assert learning.repeats_by_category(case, [earlier(5, category="")]) == []
    assert learning.repeats_by_cause(case, [earlier(5, cause_code="")]) == []


def test_the_latest_of_several_is_named_and_each_is_counted_once(world: World) -> None:
    case = world.open()
    older, later = earlier(20, case_id="c-older"), earlier(5, case_id="c-later")
    (found,) = learning.repeats_by_category(case, [older, later])
    assert isinstance(found, e.RepeatFailureFound)
    assert found.earlier_case_id == "c-later"
    world.apply(found)
    case = world.apply(e.CauseRecorded("ana", "Nobody owned it", "no-owner"))
    assert learning.repeats_by_cause(case, [later]) == []
    (by_cause,) = learning.repeats_by_cause(case, [older, later])
    assert by_cause == e.RepeatFailureFound("c-older", e.SameAs.CAUSE, "no-owner", older.opened_at)
    assert world.apply(by_cause).repeats_of == ("c-later", "c-older")


def test_asking_again_while_nobody_has_answered_is_counted(world: World) -> None:
    case = world.open()
    (first,) = learning.repeat_contact(case, world.heard("m-1"))
    assert first == e.RepeatContactCounted("m-1", 1, world.now)
    case = world.apply(first)
    (second,) = learning.repeat_contact(case, world.heard("m-2"))
    assert world.apply(second).repeat_contacts == 2
    answered = world.replied()
    assert learning.repeat_contact(answered, world.heard("m-3")) == []
    assert world.case is not None
    assert world.case.waiting
    assert len(learning.repeat_contact(world.case, world.heard("m-4"))) == 1


def test_words_after_the_fix_are_no_repeat_contact(world: World) -> None:
    world.open()
    world.resolved()
    world.heard("m-1")
    assert world.case is not None
    assert learning.repeat_contact(world.case, world.heard("m-2")) == []


# ------------------------------------------------------------------------------------- defection and win-back
def defected(world: World) -> World:
    world.open()
    command = c.RecordDefection(world.lea, "The price", "Cancelled by letter")
    assert world.case is not None
    world.apply(*loyalty.record_defection(world.case, command, world.now))
    return world


def won_over(world: World, due_in: timedelta = DAY) -> list[e.Event]:
    assert world.case is not None
    command = c.StartWinBack(world.lea, world.ben, world.now + due_in)
    return loyalty.start_win_back(world.case, command, world.now)


def test_a_customer_leaves_once_until_they_are_won_back(world: World) -> None:
    case = defected(world).case
    assert case is not None
    again = c.RecordDefection(world.ana, "Again", "A letter")
    with pytest.raises(NotNow) as refusal:
        loyalty.record_defection(case, again, world.now)
    assert (refusal.value.rule, refusal.value.allowed) == ("already_defected", {"case_id": case.case_id})
    (back,) = loyalty.record_win_back(case, c.RecordWinBack(world.ben, "Ordered again"), world.now)
    assert back == e.CustomerWonBack("cust-1", "Ordered again", "ben", world.now)
    returned = world.apply(back)
    assert (returned.defection, returned.won_back) == (None, 1)
    assert len(loyalty.record_defection(returned, again, world.now)) == 1


def test_that_a_customer_left_is_counted_on_one_case_only(world: World) -> None:
    elsewhere = c.RecordDefection(world.ana, "The price", "Cancelled", "c-other")
    with pytest.raises(NotNow) as refusal:
        loyalty.record_defection(world.open(), elsewhere, world.now)
    assert refusal.value.allowed == {"case_id": "c-other"}


@pytest.mark.parametrize(("reason", "evidence"), [("", "A letter"), ("The price", " ")])
def test_that_a_customer_left_needs_a_reason_and_evidence(world: World, reason: str, evidence: str) -> None:
    with pytest.raises(BadCommand):
        loyalty.record_defection(world.open(), c.RecordDefection(world.ana, reason, evidence), world.now)


def test_an_attempt_is_given_up_with_a_reason_once_somebody_has_spoken_to_the_customer(world: World) -> None:
    defected(world)
    assert world.case is not None
    giving_up = c.GiveUpWinBack(world.ana, "She has moved abroad")
    with pytest.raises(NotNow) as refusal:
        loyalty.give_up(world.case, giving_up, world.now)
    assert refusal.value.rule == "no_win_back"
    case = world.apply(*won_over(world))
    with pytest.raises(NotNow) as refusal:
        loyalty.give_up(case, giving_up, world.now)
    assert (refusal.value.rule, refusal.value.allowed["employee_id"]) == ("nobody_spoke", "ben")
    case = world.apply(e.EmployeeSpoke("ben", "s-1", world.now))
    with pytest.raises(BadCommand):
        loyalty.give_up(case, c.GiveUpWinBack(world.ana, " "), world.now)
    (ended,) = loyalty.give_up(case, giving_up, world.now)
    assert ended == e.WinBackGivenUp("cust-1", "ben", "She has moved abroad", "ana", world.now)
    left = world.apply(ended)
    assert (left.win_back, left.won_back) == (None, 0)
    assert left.defection is not None  # who is given up has still left
    assert len(won_over(world)) == 1  # and may be asked back again


def test_only_who_left_is_won_back(world: World) -> None:
    case = world.open()
    with pytest.raises(NotNow) as refusal:
        loyalty.start_win_back(case, c.StartWinBack(world.ana, world.ben, world.now + DAY), world.now)
    assert refusal.value.rule == "not_defected"
    with pytest.raises(NotNow) as refusal:
        loyalty.record_win_back(case, c.RecordWinBack(world.ana, "Ordered"), world.now)
    assert refusal.value.rule == "not_defected"


def test_one_person_at_a_time_is_asked_by_a_time_to_come(world: World) -> None:
    defected(world)
    with pytest.raises(BadCommand) as bad:
        won_over(world, timedelta())
    assert bad.value.rule == "due_in_the_past"
    world.apply(*won_over(world))
    with pytest.raises(NotNow) as refusal:
        won_over(world)
    assert refusal.value.rule == "win_back_under_way"
    assert refusal.value.allowed["employee_id"] == "ben"


def test_a_win_back_is_due_when_nobody_has_spoken_to_the_customer_in_time(world: World) -> None:
    defected(world)
    case = world.apply(*won_over(world))
    due = world.now + DAY
    assert loyalty.win_back_time_out(case, due - timedelta.resolution) == []
    (fired,) = loyalty.win_back_time_out(case, due)
    assert fired == e.WinBackDue("ben", due)
    assert loyalty.win_back_time_out(world.apply(fired), due + DAY) == []
    assert len(won_over(world)) == 1  # somebody else can be asked now


def test_a_word_to_the_customer_is_an_act_of_winning_back(world: World) -> None:
    defected(world)
    world.apply(*won_over(world))
    case = world.replied()
    assert case.win_back is not None
    assert case.win_back.acted
    assert loyalty.win_back_time_out(case, world.now + DAY + DAY) == []


# -------------------------------------------------------------------------------------------------- causes
def test_a_code_that_is_not_in_the_list_is_refused_with_the_list() -> None:
    demand_known("", {})
    demand_known("no-owner", {"no-owner": "Nobody"})
    with pytest.raises(BadCommand) as refusal:
        demand_known("bad-luck", {"no-owner": "Nobody", "late": "Late"})
    assert refusal.value.allowed == {"codes": "late,no-owner"}


@pytest.mark.parametrize(
    ("causes", "rule"),
    [
        ([("No Owner", "Nobody")], "bad_cause_code"),
        ([("late", " ")], "cause_title_missing"),
        ([("late", "Late"), ("late", "Later")], "cause_code_twice"),
        ([(f"c{number}", "C") for number in range(MOST + 1)], "too_many_causes"),
    ],
)
def test_a_list_of_causes_is_read_with_care(causes: list[tuple[str, str]], rule: str) -> None:
    with pytest.raises(BadCommand) as refusal:
        demand_list(causes)
    assert refusal.value.rule == rule
    assert demand_list([("late", " Late ")]) == {"late": "Late"}


def test_the_causes_that_ship_can_be_told_apart(world: World) -> None:
    assert "no-owner" in world.rules.causes
    assert demand_list(list(world.rules.causes.items())) == world.rules.causes
