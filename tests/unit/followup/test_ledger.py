"""The clocks beside the responses: rules 2 to 5, 8 and 9 of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.followup.adapters.postgres import decode, encode
from services.followup.domain.advance import fire, next_due, picture
from services.followup.domain.calendars import Calendar
from services.followup.domain.clock_instance import ClockInstance, spent
from services.followup.domain.clocks import clocks
from services.followup.domain.events import (
    ClockBreached,
    ClockMet,
    ClockPaused,
    ClockPolicyApplied,
    ClockResumed,
    ClockStarted,
    ClockWarned,
)
from services.followup.domain.policy import ANY, MetBy, Policy, Target
from services.followup.domain.record import Move, Policed
from services.followup.domain.words import ClockName, Solved, Verdict
from tests.unit.followup.cases import (
    FULL,
    Case,
    answer,
    at,
    by_name,
    complaint,
    fresh,
    move,
    opened,
    owner,
    proposal,
    regulator,
    said,
    verdict,
)

H = 3600
OFFICE = Calendar("office", "UTC", (((9 * H, 17 * H),),) * 5 + ((), ()))


def case() -> Case:
    """A complaint at noon, opened and owned."""
    return Case(fresh(FULL)).learn(1, complaint(), said("m0", 0), opened(1), owner("maria", 1))


def named(told: Case, name: str) -> list[ClockInstance]:
    return [clock for clock in clocks(told.record) if clock.clock == name]


def one(told: Case, name: str) -> ClockInstance:
    (found,) = named(told, name)
    return found


def test_every_clock_of_the_policy_begins_with_the_complaint_but_next_response() -> None:
    started = {event.clock.clock for event in case().said_of(ClockStarted)}  # type: ignore[union-attr]
    assert started == set(ClockName) - {ClockName.NEXT_RESPONSE}


def test_a_word_of_a_person_keeps_the_progress_clock_and_begins_the_next() -> None:
    told = case().learn(601, answer("c1", 600))
    first, then = named(told, ClockName.PROGRESS_UPDATE)
    assert (first.met_at, first.in_time) == (at(600), True)
    assert (then.started_at, then.due_at, then.met_at) == (at(600), at(1300), None)


def test_the_progress_clock_ends_when_the_case_is_resolved() -> None:
    told = case().learn(101, answer("c1", 100)).learn(301, move("resolved", 300))
    then = named(told, ClockName.PROGRESS_UPDATE)[-1]
    assert (then.ended_at, then.deadline) == (at(300), None)
    assert not fire(told.record, at(5000)).events


def test_a_proposal_is_met_by_its_delivery_and_begins_again_with_a_verdict_below() -> None:
    told = case().learn(201, proposal("c1", 200)).learn(251, verdict(Verdict.BELOW, 250))
    first, then = named(told, ClockName.PROPOSAL)
    assert (first.met_at, first.contact_id) == (at(200), "c1")
    assert (then.started_at, then.due_at) == (at(250), at(550))


def test_a_proposal_made_by_voice_shows_in_the_customers_verdict() -> None:
    told = case().learn(101, answer("s1", 100, spoken=True)).learn(121, verdict(Verdict.MEETS, 120))
    assert one(told, ClockName.PROPOSAL).met_at == at(120)


def test_a_fix_without_a_proposal_meets_the_proposal_clock_too() -> None:
    told = case().learn(101, answer("c1", 100)).learn(201, move("resolved", 200))
    assert one(told, ClockName.PROPOSAL).met_at == at(200)


def test_a_resolution_is_met_when_resolved_with_nothing_unanswered() -> None:
    told = case().learn(101, answer("c1", 100)).learn(301, move("resolved", 300))
    assert (one(told, ClockName.RESOLUTION_FIRST).met_at, one(told, ClockName.RESOLUTION_TOTAL).met_at) == (
        at(300),
        at(300),
    )


def test_a_resolution_waits_for_the_answer_that_the_customer_still_waits_for() -> None:
    told = case().learn(101, answer("c1", 100)).learn(251, said("m1", 250)).learn(301, move("resolved", 300))
    assert one(told, ClockName.RESOLUTION_FIRST).met_at is None
    told.learn(401, answer("c2", 400))
    assert one(told, ClockName.RESOLUTION_FIRST).met_at == at(400)


def test_waiting_for_the_customer_stops_the_resolution_clocks_and_no_other() -> None:
    told = case().learn(201, proposal("c1", 200))
    paused = {clock.clock for clock in clocks(told.record) if clock.paused_at == at(200)}
    assert paused == {ClockName.RESOLUTION_FIRST, ClockName.RESOLUTION_TOTAL, ClockName.OWNER_TIME}
    told.learn(701, said("m1", 700))
    found = one(told, ClockName.RESOLUTION_FIRST)
    assert (found.due_at, found.paused_at) == (at(1500), None)
    assert {type(event) for event in told.said_of(ClockPaused, ClockResumed)} == {ClockPaused, ClockResumed}


def test_resolution_total_runs_on_through_reopening_and_resolution_first_does_not() -> None:
    told = case().learn(101, answer("c1", 100)).learn(301, move("resolved", 300))
    told.learn(801, said("m1", 800, solved=Solved.NO)).learn(802, move("reopened", 800))
    first, total = one(told, ClockName.RESOLUTION_FIRST), one(told, ClockName.RESOLUTION_TOTAL)
    assert (first.met_at, total.met_at) == (at(300), None)
    assert total.due_at == at(1500)  # 700 seconds were left when it was called resolved
    used = spent(total, at(1000))
    assert (used.elapsed, used.stopped) == (timedelta(seconds=1000), timedelta(seconds=500))


def test_the_owners_time_is_met_by_the_resolution() -> None:
    told = case().learn(101, answer("c1", 100)).learn(301, move("resolved", 300))
    assert one(told, ClockName.OWNER_TIME).met_at == at(300)


def test_a_hand_off_gives_the_next_owner_the_time_that_is_left() -> None:
    told = case().learn(701, owner("jonas", 700))
    first, then = named(told, ClockName.OWNER_TIME)
    assert (first.ended_at, first.deadline) == (at(700), None)
    assert (then.started_at, then.due_at) == (at(700), at(801))


def test_after_a_breach_the_next_owner_has_the_whole_time() -> None:
    told = case().fire(900).learn(951, owner("jonas", 950))
    first, then = named(told, ClockName.OWNER_TIME)
    assert (first.breached, then.due_at) == (True, at(1750))


def test_a_regulators_clock_never_pauses_and_is_met_by_its_letter_alone() -> None:
    told = case().learn(2, regulator("final", MetBy.FINAL_RESPONSE, 2000))
    told.learn(201, proposal("c1", 200)).learn(301, move("resolved", 300)).learn(401, move("closed", 400))
    assert one(told, "regulator:rule:final").deadline == at(2000)
    told.fire(2000)
    assert one(told, "regulator:rule:final").breached


def test_acceptance_is_the_customers_own_word() -> None:
    told = case().learn(2, regulator("accepted", MetBy.ACCEPTANCE, 2000))
    told.learn(201, proposal("c1", 200)).learn(301, move("resolved", 300))
    assert one(told, "regulator:rule:accepted").met_at is None
    told.learn(401, move("closed", 400))
    assert one(told, "regulator:rule:accepted").met_at == at(400)


def test_several_regulators_rule_one_case_side_by_side() -> None:
    told = case().learn(2, regulator("final", MetBy.FINAL_RESPONSE, 2000))
    told.learn(3, regulator("final", MetBy.FINAL_RESPONSE, 3000, policy_id="other@2"))
    assert {(clock.clock, clock.due_at) for clock in clocks(told.record) if "regulator" in clock.clock} == {
        ("regulator:rule:final", at(2000)),
        ("regulator:other:final", at(3000)),
    }
    assert [event.policy_id for event in told.said_of(ClockPolicyApplied)] == ["rule@1", "other@2"]  # type: ignore[union-attr]


def test_a_further_policy_adds_its_instances_from_the_same_beginning() -> None:
    stricter = Policy("gold@1", (Target(ClockName.RESOLUTION_FIRST, {ANY: 500}, MetBy.RESOLUTION),))
    told = case().learn(101, Policed(at(100), stricter))
    assert {(clock.policy_id, clock.due_at) for clock in named(told, ClockName.RESOLUTION_FIRST)} == {
        ("test@1", at(1000)),
        ("gold@1", at(500)),
    }


def test_a_policy_that_came_after_the_clock_was_met_adds_none() -> None:
    other = Policy("late@1", (Target(ClockName.RESPONSE_60S, {ANY: 5}),))
    told = case().learn(31, answer("c1", 30)).learn(101, Policed(at(100), other))
    assert len(named(told, ClockName.RESPONSE_60S)) == 1


def test_a_target_by_severity_begins_when_the_severity_is_known() -> None:
    amounts = {"low": 9000.0, "normal": 5000.0, "high": 900.0, "critical": 90.0}
    terms = replace(FULL, targets=(Target(ClockName.RESOLUTION_FIRST, amounts, MetBy.RESOLUTION),))
    told = Case(fresh(terms)).learn(1, complaint(), said("m0", 0))
    assert clocks(told.record) == ()
    told.learn(2, opened(2))
    assert one(told, ClockName.RESOLUTION_FIRST).due_at == at(5000)


def test_warnings_come_once_each_in_order_and_stop_with_the_clock() -> None:
    told = case().learn(101, answer("c1", 100))
    for now in (499, 500, 501, 800, 939, 940, 941):
        told.fire(now)
    assert [event.warn.what for event in told.said_of(ClockWarned)] == ["50%", "80%", "-60s"]  # type: ignore[union-attr]
    assert one(told, ClockName.RESOLUTION_FIRST).breached is False


def test_a_warning_is_cancelled_when_the_clock_is_met_before_it() -> None:
    told = case().learn(101, answer("c1", 100)).learn(301, move("resolved", 300)).fire(600)
    assert told.said_of(ClockWarned) == []


def test_the_timer_is_set_for_the_next_warning() -> None:
    told = (
        case()
        .learn(101, proposal("c1", 100))
        .learn(201, said("m1", 200))
        .learn(211, answer("c2", 210))
        .fire(212)
    )
    assert next_due(told.record, picture(told.record)) == at(
        600
    )  # 50 % of it, and the 100 that it stood still


def test_after_an_outage_the_breach_is_said_and_its_warnings_are_not() -> None:
    told = case().learn(101, answer("c1", 100)).fire(5000)
    breached = [event for event in told.said_of(ClockBreached) if event.clock.clock == "resolution_first"]  # type: ignore[union-attr]
    assert [(event.clock.due_at, event.detected_at) for event in breached] == [(at(1000), at(5000))]  # type: ignore[union-attr]
    assert told.said_of(ClockWarned) == []


def test_a_pause_is_counted_in_the_clocks_own_calendar() -> None:
    """Friday 16:00, two business hours left over a weekend; the customer is waited for from Friday 16:30 to
    Monday 09:30, of which one hour was business."""
    friday = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    policy = Policy(
        "office@1",
        (Target(ClockName.RESOLUTION_FIRST, {ANY: 2 * H}, MetBy.RESOLUTION, calendar="office"),),
        (OFFICE,),
    )
    second = (friday - at(0)).total_seconds()
    told = Case(fresh()).learn(second + 1, complaint(), said("m0", second), opened(second))
    told.learn(second + 2, Policed(friday, policy)).learn(second + 1801, proposal("c1", second + 1800))
    told.learn(second + 65.5 * H, said("m1", second + 65.5 * H))
    found = one(told, ClockName.RESOLUTION_FIRST)
    assert found.due_at == datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
    used = spent(found, datetime(2026, 11, 30, 10, 0, tzinfo=UTC))
    assert (used.elapsed, used.stopped) == (timedelta(hours=66), timedelta(hours=65))
    assert (used.business_elapsed, used.business_stopped) == (timedelta(hours=2), timedelta(hours=1))


def test_a_dropped_complaint_asks_no_regulators_clock_for_more_until_it_is_reopened() -> None:
    told = case().learn(2, regulator("final", MetBy.FINAL_RESPONSE, 2000))
    told.learn(301, Move(at(300), "closed", confirmed=False, dropped=True))
    assert one(told, "regulator:rule:final").ended_at == at(300)
    told.learn(1001, move("reopened", 1000))
    assert one(told, "regulator:rule:final").deadline == at(2000)


def test_a_record_with_policies_and_calendars_is_kept_to_the_byte() -> None:
    target = Target(
        "regulator:office:final", {ANY: 5}, MetBy.FINAL_RESPONSE, calendar="office", warn_percent=(80,)
    )
    record = case().learn(2, Policed(at(2), Policy("office@1", (target,), (OFFICE,)))).fire(900).record
    kept = decode(encode(record))
    assert kept == record
    assert encode(decode(encode(kept))) == encode(kept)


@pytest.mark.parametrize("name", ["response_60s", "first_response"])
def test_a_breach_says_how_long_the_customer_had_waited_when_it_was_seen(name: str) -> None:
    told = case().fire(4000)
    found = by_name(clocks(told.record))[name]
    assert spent(found, at(4000)).elapsed == timedelta(seconds=4000)
    assert not told.said_of(ClockMet)
