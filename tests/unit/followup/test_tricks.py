"""How clocks are made to look better elsewhere, one test a trick: here each stays unmet or breached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import clocks
from services.followup.domain.events import ClockBreached
from services.followup.domain.policy import ANY, MetBy, Policy, Target
from services.followup.domain.record import Move, Policed
from services.followup.domain.words import ClockName, Solved
from tests.unit.followup.cases import (
    FULL,
    Case,
    answer,
    at,
    bounce,
    complaint,
    fresh,
    move,
    opened,
    owner,
    proposal,
    regulator,
    said,
)

RESPONSE, RESOLUTION, OWNER = ClockName.RESPONSE_60S, ClockName.RESOLUTION_FIRST, ClockName.OWNER_TIME


def case() -> Case:
    return Case(fresh(FULL)).learn(1, complaint(), said("m0", 0), opened(1), owner("maria", 1))


def answered() -> Case:
    return case().learn(31, answer("c1", 30))


def named(told: Case, name: str) -> list[ClockInstance]:
    return [clock for clock in clocks(told.record) if clock.clock == name]


def breached(told: Case, name: str) -> int:
    """How many breaches of a clock were said."""
    return sum(event.clock.clock == name for event in told.said_of(ClockBreached))  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["resolved", "closed"])
def test_a_status_is_no_response(kind: str) -> None:
    """Elsewhere a ticket that is paused or resolved counts as first responded, with no reply sent."""
    told = case().learn(21, move(kind, 20)).fire(60)
    assert [clock.met_at for clock in named(told, RESPONSE)] == [None]
    assert breached(told, RESPONSE) == 1


def test_a_robots_reply_is_no_response() -> None:
    """An acknowledgement goes out by itself and is delivered; no fact of a person's answer comes of it."""
    told = case()
    assert told.events
    assert breached(told.fire(60), RESPONSE) == 1


def test_a_reply_that_bounced_is_no_response() -> None:
    assert breached(case().learn(21, bounce("c1", 20)).fire(60), RESPONSE) == 1


def test_a_late_reply_between_two_looks_leaves_its_breach() -> None:
    """Elsewhere a poll every five minutes never sees a reply that came four minutes late."""
    told = case().learn(300, answer("c1", 299))
    assert breached(told, RESPONSE) == 1
    assert not named(told, RESPONSE)[0].in_time


def test_a_late_resolution_between_two_looks_leaves_its_breach() -> None:
    told = answered().learn(1300, move("resolved", 1200))
    assert breached(told, RESOLUTION) == 1


def test_writing_again_does_not_give_the_customer_a_new_clock() -> None:
    told = case().learn(51, said("m1", 50)).fire(60)
    assert [clock.started_at for clock in named(told, RESPONSE)] == [at(0)]
    assert breached(told, RESPONSE) == 1


def test_a_shorter_update_time_takes_the_place_of_no_first_target() -> None:
    """Elsewhere a case has one due time, the nearest; an update due sooner hides the first answer's."""
    hasty = replace(FULL.targets[3], amount={ANY: 20})
    told = Case(fresh(replace(FULL, targets=(*FULL.targets[:3], hasty, *FULL.targets[4:]))))
    told.learn(1, complaint(), said("m0", 0), opened(0), owner("maria", 1)).fire(20)
    assert breached(told, ClockName.PROGRESS_UPDATE) == 1
    assert [clock.due_at for clock in named(told, RESPONSE)] == [at(60)]
    assert breached(told.fire(60), RESPONSE) == 1


def test_two_holds_within_one_minute_count_each_for_itself_and_only_where_they_may() -> None:
    """Elsewhere holds are kept by the minute: the second overwrites the first, and the first answer waits for
    both."""
    told = case().learn(5, proposal("c1", 4)).learn(9, said("m1", 8))
    told.learn(11, proposal("c2", 10)).learn(18, said("m2", 17))
    assert [clock.due_at for clock in named(told, RESOLUTION)] == [at(1000 + 4 + 7)]
    assert [clock.due_at for clock in named(told, RESPONSE)] == [at(60)]
    assert breached(told.fire(1010), RESOLUTION) == 0
    assert breached(told.fire(1011), RESOLUTION) == 1


def test_a_transfer_restarts_no_clock() -> None:
    told = (
        answered()
        .learn(701, owner("jonas", 700))
        .learn(751, owner("ines", 750))
        .learn(771, owner("maria", 770))
    )
    assert [clock.started_at for clock in named(told, RESOLUTION)] == [at(0)]
    assert breached(told.fire(5000), RESOLUTION) == 1
    assert breached(told, OWNER) == 1


def test_handing_a_case_around_for_ever_wins_no_time() -> None:
    told = answered()
    for number in range(1, 40):
        told.learn(number * 100 + 1, owner(f"owner{number}", number * 100)).fire(number * 100 + 50)
    assert breached(told, OWNER) == 4  # 800, 1650, 2500, 3350: each time the budget was over, the next began


def test_a_transfer_deletes_no_breach() -> None:
    """Elsewhere the new team's policy replaces the old team's row, and its breach with it."""
    told = case().fire(60).learn(71, owner("jonas", 70))
    assert named(told, RESPONSE)[0].breached


def test_a_lenient_policy_deletes_no_miss_and_postpones_none() -> None:
    lenient = Policy("lenient@1", tuple(replace(target, amount={ANY: 10**6}) for target in FULL.targets))
    told = case().learn(31, Policed(at(30), lenient)).fire(60)
    assert breached(told, RESPONSE) == 1
    told.learn(62, Policed(at(61), replace(lenient, policy_id="more-lenient@1")))
    assert [clock.breached for clock in named(told, RESPONSE)] == [True, False, False]


def test_a_policy_for_later_waits_takes_nothing_from_them() -> None:
    lenient = Policy("lenient@1", (Target(ClockName.NEXT_RESPONSE, {ANY: 10**6}),))
    told = answered().learn(41, Policed(at(40), lenient)).learn(51, said("m1", 50)).fire(700)
    assert breached(told, ClockName.NEXT_RESPONSE) == 1


def test_a_policy_that_comes_back_starts_nothing_anew() -> None:
    rule = regulator("final", MetBy.FINAL_RESPONSE, 500)
    told = answered().learn(41, rule).fire(600).learn(701, replace(rule, at=at(700)))
    assert len(named(told, "regulator:rule:final")) == 1
    assert breached(told.fire(2000), "regulator:rule:final") == 1


def test_reopening_restarts_no_clock() -> None:
    """Elsewhere the due time counts from the reopening, and the overdue mark is cleared."""
    told = answered().fire(1001).learn(1101, move("resolved", 1100)).learn(1201, move("reopened", 1200))
    first, total = named(told, RESOLUTION)[0], named(told, ClockName.RESOLUTION_TOTAL)[0]
    assert (first.breached, total.breached, total.started_at) == (True, True, at(0))


def test_resolving_and_reopening_again_and_again_uses_the_same_time() -> None:
    told = answered()
    for number in range(1, 8):
        second = 200 * number
        told.learn(second + 1, move("resolved", second)).learn(second + 101, move("reopened", second + 100))
    # 200 seconds open, then 100 open and 100 "resolved" in turn: the 1,000 are used up at second 1,800.
    assert named(told, ClockName.RESOLUTION_TOTAL)[0].due_at == at(1700)
    assert breached(told.fire(1701), ClockName.RESOLUTION_TOTAL) == 1


def test_no_status_puts_a_case_on_hold() -> None:
    """Elsewhere a status stops the clock. Here the customer is waited for only once they have a proposal."""
    told = answered().fire(999)
    assert named(told, RESOLUTION)[0].paused_at is None
    assert breached(told.fire(1000), RESOLUTION) == 1


def test_a_proposal_that_was_not_delivered_stops_nothing() -> None:
    told = answered().learn(101, bounce("c2", 100)).fire(1000)
    assert breached(told, RESOLUTION) == 1


def test_holding_after_the_deadline_moves_nothing() -> None:
    told = answered().fire(1001).learn(1101, proposal("c2", 1100)).learn(5001, said("m1", 5000))
    assert named(told, RESOLUTION)[0].due_at == at(1000)


def test_a_hold_that_is_dated_back_takes_no_breach_away() -> None:
    told = answered().fire(1001).learn(1101, proposal("c2", 500))
    assert named(told, RESOLUTION)[0].breached


def test_a_resolution_over_the_head_of_a_waiting_customer_is_none() -> None:
    told = answered().learn(501, said("m1", 500)).learn(601, move("resolved", 600)).fire(1000)
    assert breached(told, RESOLUTION) == 1


def test_a_resolution_that_nobody_told_the_customer_of_is_none() -> None:
    told = case().learn(101, move("resolved", 100)).fire(1000)
    assert breached(told, RESOLUTION) == 1


def test_closing_a_case_meets_no_regulators_clock() -> None:
    told = answered().learn(2, regulator("final", MetBy.FINAL_RESPONSE, 900))
    told.learn(101, move("resolved", 100)).learn(201, move("closed", 200)).fire(900)
    assert breached(told, "regulator:rule:final") == 1


def test_an_ordinary_reply_is_no_final_response() -> None:
    told = answered().learn(2, regulator("final", MetBy.FINAL_RESPONSE, 900)).learn(101, answer("c2", 100))
    assert breached(told.fire(900), "regulator:rule:final") == 1


def test_a_yes_with_its_own_no_accepts_nothing() -> None:
    told = answered().learn(2, regulator("accepted", MetBy.ACCEPTANCE, 900)).learn(101, move("resolved", 100))
    told.learn(201, said("m1", 200, solved=Solved.CONTRADICTORY)).fire(900)
    assert breached(told, "regulator:rule:accepted") == 1


def test_merging_leaves_a_breach_where_it_was() -> None:
    told = case().fire(60).learn(71, Move(at(70), "closed", merged_into="survivor"))
    assert named(told, RESPONSE)[0].breached


def test_an_outage_of_ours_is_no_excuse() -> None:
    told = case().fire(86400)
    assert [event.clock.due_at for event in told.said_of(ClockBreached) if event.clock.clock == RESPONSE] == [
        at(60)
    ]  # type: ignore[union-attr]
