"""Whether a customer waits for a person, as an employee's digest says it."""

from __future__ import annotations

from services.followup.domain.waiting import Waiting, waiting
from tests.unit.followup.cases import Case, answer, at, move, opened, owner, said


def begun() -> Case:
    return Case().learn(0, said("m0", 0), opened(), owner())


def test_a_customer_waits_from_the_first_word_until_the_next_deadline() -> None:
    assert waiting(begun().record) == Waiting(at(0), at(60), breached=False)


def test_a_wait_goes_on_behind_a_deadline_that_passed() -> None:
    assert waiting(begun().fire(60).record) == Waiting(at(0), at(3600), breached=True)
    assert waiting(begun().fire(4000).record) == Waiting(at(0), None, breached=True)


def test_nobody_waits_once_a_person_has_answered_and_anew_after_the_next_word() -> None:
    case = begun().fire(60).learn(100, answer("c1", 100))
    assert waiting(case.record) is None
    assert waiting(case.learn(200, said("m1", 200), said("m2", 300)).record) == Waiting(
        at(200), at(800), False
    )


def test_nobody_waits_on_a_closed_case_until_they_write_again() -> None:
    case = begun().learn(50, answer("c1", 50), said("m1", 60)).learn(70, move("closed", 70))
    assert waiting(case.record) is None
