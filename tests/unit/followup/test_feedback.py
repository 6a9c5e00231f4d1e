"""Understanding a customer's answer: careful about yes, honest about unclear."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.followup.adapters.policies import LANGUAGES, lexicon
from services.followup.domain.events import FeedbackReceived
from services.followup.domain.feedback import Understood, understand
from services.followup.domain.lexicon import together
from services.followup.domain.words import Solved, Verdict
from tests.unit.followup.cases import Case, answer, move, opened, owner, said

ENGLISH = lexicon("en")
BOTH = lexicon(*LANGUAGES)


ENGLISH_ANSWERS = [
    ("Yes, it is solved, thank you!", Solved.YES),
    ("yes", Solved.YES),
    ("It\u2019s fixed", Solved.YES),
    ("No problem, all solved", Solved.YES),
    ("it took 3 days but it works now", Solved.YES),
    ("> is it solved?\nyes", Solved.YES),
    ("no", Solved.NO),
    ("No, it's still leaking", Solved.NO),
    ("It's not fixed", Solved.NO),
    ("it isn't really solved yet", Solved.NO),
    ("I am not happy with it", Solved.NO),
    ("Nothing happened for 5 days", Solved.NO),
    ("Yes but still not working", Solved.CONTRADICTORY),
    ("Solved? No. Well, yes, sort of", Solved.CONTRADICTORY),
    ("No, all good now", Solved.CONTRADICTORY),
    ("Is it solved?", Solved.UNCLEAR),
    ("Yes. When do I get my refund?", Solved.UNCLEAR),
    ("My bag is at the airport", Solved.UNCLEAR),
    ("It should be fixed by Friday", Solved.UNCLEAR),
    ("I will say yes once it's fixed", Solved.UNCLEAR),
    ("The leak still needs to be fixed", Solved.UNCLEAR),
    ("Ja, alles gut", Solved.UNCLEAR),
    ("Thank you so much!", Solved.UNSPECIFIED),
    ("9/10", Solved.UNSPECIFIED),
    ("", Solved.UNSPECIFIED),
]


@pytest.mark.parametrize(("words", "solved"), ENGLISH_ANSWERS)
def test_whether_it_is_solved_is_read_from_the_words(words: str, solved: Solved) -> None:
    assert understand(words, ENGLISH).solved is solved


@pytest.mark.parametrize(("words", "solved"), [one for one in ENGLISH_ANSWERS if one[0] != "Ja, alles gut"])
def test_an_english_answer_means_the_same_where_german_is_understood_too(words: str, solved: Solved) -> None:
    assert understand(words, BOTH).solved is solved


@pytest.mark.parametrize(
    ("words", "solved"),
    [
        ("Ja, alles gut", Solved.YES),
        ("ja", Solved.YES),
        ("Ja, danke!", Solved.YES),
        ("Es ist gel\u00f6st, vielen Dank", Solved.YES),
        ("Ist geloest, danke", Solved.YES),
        ("Funktioniert wieder", Solved.YES),
        ("Kein Problem, alles erledigt", Solved.YES),
        ("Nein", Solved.NO),
        ("Nein, es ist immer noch kaputt", Solved.NO),
        ("Das funktioniert leider immer noch nicht", Solved.NO),
        ("Es klappt so nicht", Solved.NO),
        ("Das Geld ist nicht angekommen", Solved.NO),
        ("Es ist noch nicht gel\u00f6st", Solved.NO),
        ("Ich warte seit 5 Tagen", Solved.NO),
        ("Ja, aber es funktioniert nicht", Solved.CONTRADICTORY),
        ("Yes, aber immer noch kaputt", Solved.CONTRADICTORY),
        ("Das ist ja unglaublich", Solved.UNCLEAR),
        ("Wird das noch repariert?", Solved.UNCLEAR),
        ("Das muss noch repariert werden", Solved.UNCLEAR),
        ("Hoffentlich ist es bald erledigt", Solved.UNCLEAR),
        ("Oui, merci", Solved.UNCLEAR),
        ("Vielen Dank!", Solved.UNSPECIFIED),
    ],
)
def test_a_german_answer_is_read_as_carefully(words: str, solved: Solved) -> None:
    assert understand(words, BOTH).solved is solved


def test_score_and_verdict_are_read_from_a_german_answer() -> None:
    words = "Ja, gel\u00f6st. Meine Erwartungen wurden \u00fcbertroffen, ich empfehle Sie weiter: 9 von 10."
    assert understand(words, BOTH) == Understood(Solved.YES, Verdict.EXCEEDS, 9)
    assert understand("es hat 3 Tage gedauert", BOTH).recommend == -1


def test_words_that_mean_different_things_in_two_languages_are_refused() -> None:
    contrary = replace(BOTH, solved={("yes",): Solved.NO})
    with pytest.raises(ValueError, match="yes"):
        together([BOTH, contrary])


@pytest.mark.parametrize(
    ("words", "score"),
    [
        ("9", 9),
        ("9/10", 9),
        ("I would give a 10 out of ten", 10),
        ("yes, eight out of 10", 8),
        ("recommend: 7", 7),
        ("it took 3 days", -1),
        ("between 2 and 9", -1),
        ("11", -1),
        ("yes", -1),
    ],
)
def test_the_score_is_a_number_that_can_only_be_a_score(words: str, score: int) -> None:
    assert understand(words, ENGLISH).recommend == score


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("it exceeded my expectations", Verdict.EXCEEDS),
        ("met my expectations", Verdict.MEETS),
        ("did not meet my expectations", Verdict.BELOW),
        ("below expectations", Verdict.BELOW),
        ("below first, then better than expected", Verdict.UNSPECIFIED),
        ("yes", Verdict.UNSPECIFIED),
    ],
)
def test_the_verdict_is_below_meets_or_exceeds_when_said(words: str, verdict: Verdict) -> None:
    assert understand(words, ENGLISH).verdict is verdict


def test_all_three_are_read_from_one_answer() -> None:
    words = "Yes, solved. It met my expectations and I would recommend you 9 of 10."
    assert understand(words, ENGLISH) == Understood(Solved.YES, Verdict.MEETS, 9)


@given(st.text(max_size=2000))
def test_any_text_is_read_without_failing(words: str) -> None:
    assert -1 <= understand(words, ENGLISH).recommend <= 10


@given(st.sampled_from(["not working", "still broken", "not solved", "unresolved"]), st.booleans())
def test_no_yes_beside_a_complaint_is_taken_for_a_yes(trouble: str, first: bool) -> None:
    words = f"yes, {trouble}" if first else f"it is {trouble}. yes"
    assert understand(words, ENGLISH).solved is Solved.CONTRADICTORY


def resolved() -> Case:
    return Case().learn(0, said("m0", 0), opened(), owner()).learn(100, move("resolved", 100, "maria"))


def test_a_word_after_resolved_is_feedback_once() -> None:
    case = (
        resolved()
        .learn(200, said("m1", 200, solved=Solved.YES))
        .learn(201, said("m1", 200, solved=Solved.YES))
    )
    (event,) = case.said_of(FeedbackReceived)
    assert isinstance(event, FeedbackReceived)
    assert (event.feedback.message.message_id, event.feedback.answers_circle_back) == ("m1", False)


def test_a_word_that_is_known_before_its_resolution_becomes_feedback_when_that_comes() -> None:
    case = Case().learn(0, said("m0", 0), opened()).learn(200, said("m1", 200, solved=Solved.NO))
    assert case.said_of(FeedbackReceived) == []
    assert len(case.learn(201, move("resolved", 100)).said_of(FeedbackReceived)) == 1


def test_a_word_of_before_the_resolution_is_none() -> None:
    assert resolved().learn(200, said("m1", 99)).said_of(FeedbackReceived) == []


def test_an_answer_to_a_circle_back_names_the_promise() -> None:
    case = resolved().learn(150, answer("c1", 150, circle_back=True)).learn(200, said("m1", 200))
    (event,) = case.said_of(FeedbackReceived)
    assert isinstance(event, FeedbackReceived)
    assert event.feedback.answers_circle_back
    assert event.feedback.promise_id


def test_a_word_on_a_case_closed_before_it_was_resolved_is_feedback() -> None:
    case = Case().learn(1, said("m0", 0), opened()).learn(10, move("closed", 10)).learn(20, said("m1", 20))
    (event,) = case.said_of(FeedbackReceived)
    assert isinstance(event, FeedbackReceived)
    assert event.feedback.message.message_id == "m1"


def test_a_word_after_closing_is_feedback_and_automatic_mail_is_none() -> None:
    case = resolved().learn(300, move("closed", 300)).learn(400, said("m1", 400))
    assert len(case.learn(500, said("m2", 500, suppressed=True)).said_of(FeedbackReceived)) == 1


def test_once_reopened_the_customers_words_are_ordinary_again() -> None:
    case = resolved().learn(200, move("reopened", 200)).learn(300, said("m1", 300))
    assert case.said_of(FeedbackReceived) == []
