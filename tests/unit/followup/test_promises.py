"""Promises: always one next while open, then circle-backs; kept only by a person's delivered word on time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.followup.domain.advance import advance, promise_sooner
from services.followup.domain.errors import NothingPromised, NotTheOwner, PromiseLater, PromisePast
from services.followup.domain.events import (
    CircleBackDue,
    ClockStarted,
    FeedbackReceived,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseSuperseded,
)
from services.followup.domain.promises import promises
from services.followup.domain.record import Answer, FirstContact, Move, Said
from services.followup.domain.words import PromiseKind, PromiseState, Severity, Solved
from tests.unit.followup.cases import DAY, Case, answer, at, bounce, move, opened, owner, pending, said


def open_case(severity: Severity = Severity.NORMAL) -> Case:
    return Case().learn(0, opened(0, severity), owner())


@pytest.mark.parametrize(("severity", "due"), [(Severity.NORMAL, DAY), (Severity.CRITICAL, 7200)])
def test_an_open_case_has_one_next_promise_of_its_owner_by_severity(severity: Severity, due: float) -> None:
    (promise,) = promises(open_case(severity).record)
    assert (promise.kind, promise.employee_id, promise.due_at) == (PromiseKind.PROGRESS, "maria", at(due))


def test_a_delivered_word_keeps_the_promise_and_makes_the_next() -> None:
    case = open_case().learn(101, answer("c1", 100))
    kept, following = promises(case.record)
    assert (kept.state, kept.contact_id) == (PromiseState.KEPT, "c1")
    assert (following.state, following.due_at) == (PromiseState.PENDING, at(100 + DAY))
    assert [type(event) for event in case.events] == [PromiseMade, PromiseKept, PromiseMade]


def test_speech_on_the_line_keeps_no_promise() -> None:
    assert len(promises(open_case().learn(10, answer("s1", 9, spoken=True)).record)) == 1


def test_a_missed_promise_is_broken_at_its_time_and_followed_by_the_next() -> None:
    case = open_case().fire(DAY)
    broken, following = promises(case.record)
    assert (broken.state, broken.reason) == (PromiseState.BROKEN, "late")
    assert following.due_at == at(2 * DAY)


def test_after_a_long_silence_of_ours_only_one_promise_is_broken() -> None:
    case = open_case().fire(10 * DAY)
    assert [one.state for one in promises(case.record)] == [PromiseState.BROKEN, PromiseState.PENDING]
    assert pending(promises(case.record))[0].due_at == at(11 * DAY)


def test_a_promise_is_broken_as_bounced_when_the_word_did_not_arrive() -> None:
    case = open_case().learn(100, bounce("c1", 99)).fire(DAY)
    assert promises(case.record)[0].reason == "bounced"


def test_a_word_that_arrives_late_breaks_the_promise_without_a_timer() -> None:
    case = open_case().learn(DAY + 50, answer("c1", DAY + 10))
    said = [type(event) for event in case.events]
    assert said == [PromiseMade, PromiseBroken, PromiseMade, PromiseKept, PromiseMade]


def test_a_receipt_learned_after_the_promise_was_broken_does_not_mend_it() -> None:
    case = open_case().fire(DAY).learn(DAY + 5, answer("c1", DAY - 1))
    assert promises(case.record)[0].state is PromiseState.BROKEN


def test_the_promise_goes_with_the_ownership() -> None:
    case = open_case().learn(50, owner("jonas", 50))
    assert pending(promises(case.record))[0].employee_id == "jonas"
    case.learn(101, answer("c1", 100)).learn(201, owner("petra", 200))
    assert promises(case.record)[0].employee_id == "jonas"


def resolved_case() -> Case:
    return open_case().learn(1000, move("resolved", 1000, "maria"))


def test_resolved_turns_the_promise_into_circle_backs_of_the_first_person() -> None:
    case = open_case().learn(500, owner("jonas", 500)).learn(1000, move("resolved", 1000, "maria"))
    progress, first, second = promises(case.record)
    assert (progress.state, progress.reason) == (PromiseState.SUPERSEDED, "resolved")
    assert [(one.kind, one.employee_id, one.due_at) for one in (first, second)] == [
        (PromiseKind.CIRCLE_BACK, "maria", at(1000 + DAY)),
        (PromiseKind.CIRCLE_BACK, "maria", at(1000 + 7 * DAY)),
    ]


def test_an_accepted_hand_off_leaves_the_circle_backs_with_the_first_person() -> None:
    case = open_case().learn(500, owner("jonas", 500)).learn(1000, move("resolved", 1000, "maria"))
    case.learn(1500, owner("eva", 1500))
    circles = promises(case.record)[1:]
    assert [(one.kind, one.employee_id) for one in circles] == [(PromiseKind.CIRCLE_BACK, "maria")] * 2


def test_circle_backs_still_to_come_move_when_the_person_who_owes_them_leaves_the_company() -> None:
    case = resolved_case().learn(2000, answer("c1", 2000, circle_back=True))
    case.learn(3000, FirstContact(at(3000), "jonas"))
    kept, pending = promises(case.record)[1:]
    assert (kept.state, kept.employee_id) == (PromiseState.KEPT, "maria")
    assert (pending.state, pending.employee_id) == (PromiseState.PENDING, "jonas")
    assert case.last is not None
    assert [one.employee_id for one in case.last.changed] == ["jonas"]


def test_the_day_of_a_circle_back_is_announced_once() -> None:
    case = resolved_case().fire(1000 + DAY).fire(1001 + DAY)
    assert [event.promise.due_at for event in case.said_of(CircleBackDue)] == [at(1000 + DAY)]


def test_a_circle_back_delivered_within_the_grace_is_kept() -> None:
    case = resolved_case().fire(1000 + DAY)
    first = pending(promises(case.record))[0]
    case.learn(2000 + DAY, answer("c1", 1900 + DAY, circle_back=True, promise_id=first.promise_id))
    assert [one.state for one in promises(case.record)][1:] == [PromiseState.KEPT, PromiseState.PENDING]
    assert case.said_of(PromiseKept)[0].promise.contact_id == "c1"


def test_a_circle_back_nobody_made_is_broken_after_the_grace() -> None:
    case = resolved_case().fire(1000 + DAY).fire(1000 + 2 * DAY)
    assert [(event.promise.due_at, event.detected_at) for event in case.said_of(PromiseBroken)] == [
        (at(1000 + DAY), at(1000 + 2 * DAY))
    ]


def test_asking_early_counts_and_spares_the_announcement() -> None:
    case = resolved_case().learn(2000, answer("c1", 2000, circle_back=True)).fire(1000 + DAY)
    assert promises(case.record)[1].state is PromiseState.KEPT
    assert case.said_of(CircleBackDue) == []


def test_a_circle_back_on_a_call_keeps_the_promise_at_the_time_of_the_call_and_starts_no_wait() -> None:
    case = resolved_case().fire(1000 + DAY).learn(1000 + DAY + 7200, *noted("n1", 1000 + DAY + 60))
    assert [one.contact_id for one in promises(case.record)][1:] == ["n1", ""]
    (told,) = case.said_of(FeedbackReceived)
    assert isinstance(told, FeedbackReceived)
    assert told.feedback.answers_circle_back
    assert case.said_of(ClockStarted) == []


def noted(message_id: str, seconds: float) -> tuple[Said, Answer]:
    """What an employee writes down an hour after the call."""
    word = replace(said(message_id, seconds, received=seconds + 3600, solved=Solved.YES), spoken=True)
    return word, Answer(message_id, at(seconds), circle_back=True)


def test_another_word_than_a_circle_back_keeps_no_circle_back() -> None:
    case = resolved_case().learn(2000, answer("c1", 2000))
    assert len(pending(promises(case.record))) == 2


def test_reopening_takes_the_circle_backs_away_and_promises_progress() -> None:
    case = resolved_case().learn(2000, move("reopened", 2000))
    (promise,) = pending(promises(case.record))
    assert (promise.kind, promise.due_at) == (PromiseKind.PROGRESS, at(2000 + DAY))
    assert len(case.said_of(PromiseSuperseded)) == 3


def test_closing_ends_progress_and_leaves_the_circle_backs() -> None:
    case = resolved_case().learn(2000, move("closed", 2000))
    assert [one.kind for one in pending(promises(case.record))] == [PromiseKind.CIRCLE_BACK] * 2
    assert pending(promises(open_case().learn(10, move("closed", 10)).record)) == []


def test_nothing_is_owed_any_more_on_a_case_that_was_merged_or_given_up() -> None:
    closed = Move(at(2000), "closed", confirmed=False)
    case = resolved_case().learn(2000, closed)
    assert pending(promises(case.record)) == []
    assert len(case.said_of(PromiseSuperseded)) == 3


def test_the_owner_promises_sooner() -> None:
    step = promise_sooner(open_case().record, at(600), "maria", at(10))
    assert [one.due_at for one in pending(promises(step.record))] == [at(600)]
    assert [type(event) for event in step.events] == [PromiseSuperseded, PromiseMade]
    assert step.next_due == at(600)


@pytest.mark.parametrize(
    ("due", "employee", "refusal"),
    [
        (2 * DAY, "maria", PromiseLater),
        (DAY, "maria", PromiseLater),
        (5, "maria", PromisePast),
        (600, "jonas", NotTheOwner),
    ],
)
def test_a_promise_never_moves_later_nor_by_anothers_word(
    due: float, employee: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        promise_sooner(open_case().record, at(due), employee, at(10))


def test_whoever_covers_for_the_owner_promises_sooner_and_the_promise_stays_the_owners() -> None:
    record = promise_sooner(open_case().record, at(600), "jonas", at(10), covers=["maria"]).record
    (promise,) = pending(promises(record))
    assert (promise.due_at, promise.employee_id) == (at(600), "maria")
    with pytest.raises(NotTheOwner):
        promise_sooner(record, at(500), "jonas", at(20), covers=["eva"])


def test_a_resolved_case_promises_nothing_sooner() -> None:
    with pytest.raises(NothingPromised):
        promise_sooner(resolved_case().record, at(2000), "maria", at(1500))


def test_the_same_fact_twice_says_nothing_twice() -> None:
    case = open_case().learn(101, answer("c1", 100))
    again = advance(case.record, [answer("c1", 100), opened(), owner()], at(102))
    assert (again.record, again.events) == (case.record, ())
