"""One survey per case: asked when a circle-back arrived, of every question the last answer."""

from __future__ import annotations

from dataclasses import replace

from services.followup.domain.record import Said
from services.followup.domain.survey import Survey
from services.followup.domain.words import Solved, Verdict
from tests.unit.followup.cases import DAY, Case, answer, at, move, opened, owner, said


def resolved() -> Case:
    return Case().learn(0, said("m0", 0), opened(), owner()).learn(100, move("resolved", 100, "maria"))


def asked() -> Case:
    return resolved().learn(200, answer("c1", 200, circle_back=True))


def scored(message_id: str, seconds: float, **more: object) -> Said:
    return replace(said(message_id, seconds, solved=Solved.UNSPECIFIED), **more)  # type: ignore[arg-type]


def surveyed(case: Case) -> Survey | None:
    assert case.last is not None
    return case.last.survey


def test_who_was_not_reached_was_not_asked_and_an_answer_unasked_is_no_answer() -> None:
    assert surveyed(resolved().learn(150, said("m1", 150, solved=Solved.YES))) is None
    assert surveyed(resolved().learn(200, answer("c1", 200))) is None
    assert surveyed(asked()) == Survey(at(200))


def test_an_answer_in_several_messages_is_one_and_of_each_question_the_last_word_counts() -> None:
    case = asked().learn(300, scored("m1", 300, solved=Solved.YES, recommend=6, effort=7))
    case.learn(400, scored("m2", 400, recommend=9, verdict=Verdict.EXCEEDS))
    assert surveyed(case) == Survey(at(200), at(300), Solved.YES, Verdict.EXCEEDS, 9, 0, 7)


def test_an_answer_that_an_employee_wrote_down_is_known_as_such() -> None:
    word = replace(scored("m1", 300, solved=Solved.YES), spoken=True, noted_by="maria")
    found = surveyed(asked().learn(300, word))
    assert found is not None
    assert (found.noted, found.solved) == (True, Solved.YES)


def test_a_zero_is_an_answer() -> None:
    found = surveyed(asked().learn(300, scored("m1", 300, recommend=0)))
    assert found is not None
    assert (found.recommend, found.answered_at) == (0, at(300))


def test_who_is_asked_again_after_reopening_was_asked_once() -> None:
    case = asked().learn(300, scored("m1", 300, solved=Solved.NO)).learn(301, move("reopened", 301))
    case.learn(400, move("resolved", 400, "maria")).learn(500, answer("c2", 500, circle_back=True))
    found = surveyed(case.learn(600, scored("m2", 600, solved=Solved.YES)))
    assert found == Survey(at(200), at(300), Solved.YES)


def test_what_changes_nothing_is_not_written_again() -> None:
    assert surveyed(asked().learn(DAY, answer("c9", DAY))) is None
