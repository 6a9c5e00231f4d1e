"""The response clocks: rules 1, 3, 5, 6 and 7 of the ledger."""

from __future__ import annotations

from datetime import timedelta

from services.followup.domain.advance import picture
from services.followup.domain.clocks import clocks
from services.followup.domain.events import ClockBreached, ClockMet, ClockPaused, ClockResumed, ClockStarted
from services.followup.domain.words import Solved
from tests.unit.followup.cases import Case, answer, at, by_name, complaint, move, opened, owner, said


def test_a_complaint_starts_the_two_first_clocks_at_its_origin() -> None:
    case = Case().learn(3, complaint(), said("m0", 0, received=2))
    running = by_name(clocks(case.record))
    assert sorted(running) == ["first_response", "response_60s"]
    assert running["response_60s"].started_at == at(0)
    assert running["response_60s"].due_at == at(60)
    assert len(case.said_of(ClockStarted)) == 2


def test_a_persons_delivered_message_meets_them_at_the_receipts_time() -> None:
    case = Case().learn(3, complaint(), said("m0", 0)).learn(45, answer("c1", 40))
    met = by_name(clocks(case.record))["response_60s"]
    assert (met.met_at, met.in_time, met.breached, met.contact_id) == (at(40), True, False, "c1")
    assert len(case.said_of(ClockMet)) == 2


def test_an_acknowledgement_is_no_answer_so_the_deadline_passes() -> None:
    case = Case().learn(1, complaint(), said("m0", 0), owner()).fire(60)
    assert case.events[-1] == ClockBreached(by_name(clocks(case.record))["response_60s"], at(60))
    assert by_name(clocks(case.record))["response_60s"].breached


def test_a_late_answer_is_met_out_of_time_and_leaves_the_breach() -> None:
    case = Case().learn(1, said("m0", 0)).fire(61).learn(75, answer("c1", 70))
    met = by_name(clocks(case.record))["response_60s"]
    assert (met.met_at, met.in_time, met.breached) == (at(70), False, True)
    assert len([one for one in case.said_of(ClockBreached) if one.clock.clock == "response_60s"]) == 1


def test_a_late_answer_is_a_breach_at_the_deadline_even_when_no_timer_fired() -> None:
    case = Case().learn(100, said("m0", 0), answer("c1", 70))
    breach = case.said_of(ClockBreached)[0]
    assert (breach.clock.due_at, breach.detected_at) == (at(60), at(100))


def test_a_receipt_that_is_learned_after_the_breach_does_not_take_it_back() -> None:
    case = Case().learn(1, said("m0", 0)).fire(60).learn(62, answer("c1", 59))
    met = by_name(clocks(case.record))["response_60s"]
    assert (met.breached, met.in_time, met.met_at) == (True, False, at(59))


def test_later_messages_do_not_restart_the_clock_of_the_oldest() -> None:
    case = Case().learn(1, said("m0", 0)).learn(31, said("m1", 30)).learn(41, said("m2", 40))
    assert {clock.started_at for clock in clocks(case.record)} == {at(0)}


def test_a_message_after_the_answer_starts_next_response() -> None:
    case = Case().learn(1, said("m0", 0)).learn(21, answer("c1", 20)).learn(31, said("m1", 30))
    waiting = by_name(clocks(case.record))["next_response"]
    assert (waiting.started_at, waiting.due_at) == (at(30), at(630))


def test_a_message_known_before_the_answer_that_preceded_it_still_waits_for_its_own() -> None:
    case = Case().learn(1, said("m0", 0)).learn(36, said("m1", 35)).learn(40, answer("c1", 30))
    assert by_name(clocks(case.record))["next_response"].started_at == at(35)


def test_a_delayed_older_message_appends_a_stricter_clock_and_moves_none() -> None:
    case = Case().learn(11, said("m1", 10)).learn(20, said("m0", 0, received=19))
    started = sorted(clock.started_at for clock in clocks(case.record) if clock.clock == "response_60s")
    assert started == [at(0), at(10)]


def test_an_employees_words_on_the_live_call_are_the_first_response() -> None:
    case = Case().learn(1, said("m0", 0, received=2, live=True)).learn(9, answer("s1", 1.5, spoken=True))
    assert by_name(clocks(case.record))["response_60s"].met_at == at(1.5)


def test_what_was_delivered_before_we_had_the_message_does_not_answer_it() -> None:
    case = Case().learn(20, said("m0", 0, received=19)).learn(21, answer("c0", 5))
    assert by_name(clocks(case.record))["response_60s"].met_at is None


def test_automatic_mail_starts_no_clock() -> None:
    assert clocks(Case().learn(1, said("m0", 0, suppressed=True)).record) == ()


def test_a_plain_yes_to_a_resolved_case_asks_for_no_answer() -> None:
    case = (
        Case().learn(1, said("m0", 0), opened()).learn(21, answer("c1", 20)).learn(30, move("resolved", 30))
    )
    assert "next_response" not in by_name(clocks(case.learn(41, said("m1", 40, solved=Solved.YES)).record))
    assert "next_response" in by_name(clocks(case.learn(51, said("m2", 50, solved=Solved.NO)).record))


def test_next_response_stands_still_while_the_case_is_closed() -> None:
    case = Case().learn(1, said("m0", 0), opened()).learn(21, answer("c1", 20)).learn(31, said("m1", 30))
    case.learn(50, move("closed", 50))
    assert by_name(clocks(case.record))["next_response"].paused_at == at(50)
    assert case.last is not None
    assert case.last.next_due is None
    case.learn(150, move("reopened", 150))
    assert by_name(clocks(case.record))["next_response"].due_at == at(630) + timedelta(seconds=100)
    assert (len(case.said_of(ClockPaused)), len(case.said_of(ClockResumed))) == (1, 1)


def test_first_response_never_pauses() -> None:
    case = Case().learn(1, said("m0", 0), opened()).learn(10, move("closed", 10)).fire(60)
    assert by_name(clocks(case.record))["response_60s"].breached


def test_a_closed_stretch_after_the_deadline_does_not_move_it() -> None:
    case = Case().learn(1, said("m0", 0), opened()).learn(21, answer("c1", 20)).learn(31, said("m1", 30))
    case.learn(700, move("closed", 700)).learn(800, move("reopened", 800))
    assert by_name(clocks(case.record))["next_response"].due_at == at(630)


def test_a_clock_whose_message_turns_out_to_need_no_answer_is_stopped_visibly() -> None:
    case = Case().learn(1, said("m0", 0), opened(), answer("c1", 20))
    case.learn(41, said("m1", 40, solved=Solved.YES)).learn(42, move("resolved", 30))
    assert "next_response" not in by_name(picture(case.record).clocks)
    assert [event.clock.clock for event in case.said_of(ClockPaused)] == ["next_response"]
