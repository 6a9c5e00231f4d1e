"""Assessment: what the words say, why, where, and what the model was made of."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import ConfigError
from services.intake.adapters.wordlists import load_classifier, read_model
from services.intake.domain.assessment import Assessment, Severity
from services.intake.domain.classify import Classifier
from services.intake.domain.kind import because, is_query
from services.intake.domain.records import Attachment, Channel, CustomerWord, Party, Source

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))

import train_assessment  # noqa: E402 - a script, not a package

CLASSIFIER = load_classifier()


def judge(text: str, subject: str = "") -> Assessment:
    return CLASSIFIER.judge(subject, text)


def small(text: str) -> Classifier:
    return load_classifier(text, model="")


# ------------------------------------------------------------------------------------------ kind


@pytest.mark.parametrize(
    "text",
    [
        "My parcel has been sitting in your depot for nine days and nobody answers",
        "Thanks for nothing",
        "Great, another delay. Just what I needed",
        "Zum dritten Mal falsch geliefert, mir reicht es",
        "Me cobraron dos veces y nadie contesta",
        "Is there a reason why I was charged twice?",
    ],
)
def test_words_of_dissatisfaction_are_likely_a_complaint(text: str) -> None:
    assert judge(text).chance > 0.5
    assert not judge(text).confident_query


@pytest.mark.parametrize(
    "text",
    [
        "Thank you so much, the crew was wonderful",
        "Can I bring my dog into the cabin?",
        "Vielen Dank, der Techniker war sehr freundlich",
        "Muchas gracias por la ayuda",
    ],
)
def test_praise_and_questions_are_confidently_a_query(text: str) -> None:
    assert judge(text).confident_query


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hm",
        "12345",
        "Hello?",
        "Is anybody there?",
        "Good morning",
        "Thank you, but the nurse said the rash came from your cream",
        "謝謝",
    ],
)
def test_what_leaves_a_doubt_or_gives_a_ground_to_worry_is_never_a_query(text: str) -> None:
    assert not judge(text).confident_query


def test_a_text_that_was_not_read_to_its_end_is_never_a_query() -> None:
    thanks = "Thank you, wonderful crew. "
    assert judge(thanks * 3).confident_query
    assert not judge(thanks * 300).confident_query


def test_without_a_threshold_nothing_is_a_query() -> None:
    assert not small("severity: {}\ncategory: {}").judge("", "thank you").confident_query


def test_lines_quoted_from_others_do_not_count() -> None:
    assert judge("> we are sorry that somebody was injured\nThank you").severity is Severity.NORMAL


# ------------------------------------------------------------------------------------------ severity


@pytest.mark.parametrize(
    ("text", "ground", "severity"),
    [
        ("The heater caught fire", "safety", Severity.CRITICAL),
        ("Es riecht nach Gas im Keller", "safety", Severity.CRITICAL),
        ("My wife is pregnant and there is no heating", "vulnerability", Severity.HIGH),
        ("Mi abogado les escribirá", "legal", Severity.HIGH),
        ("I will tell the press", "publicity", Severity.HIGH),
        ("Das ist jetzt zum dritten Mal so", "repeat", Severity.HIGH),
        ("You owe me 2,400 euros", "money", Severity.HIGH),
        ("Ihr schuldet mir 1.250,00 €", "money", Severity.HIGH),
        ("I am closing my account", "leaving", Severity.HIGH),
        ("A small thing: the label is crooked", "small", Severity.LOW),
    ],
)
def test_a_ground_makes_it_severe_and_is_named(text: str, ground: str, severity: Severity) -> None:
    judged = judge(text)
    assert (judged.severity, judged.grounds[0]) == (severity, ground)


def test_the_heaviest_ground_counts_and_all_are_named_in_that_order() -> None:
    judged = judge("A small thing perhaps, but my lawyer says the child was injured")
    assert judged.severity is Severity.CRITICAL
    assert judged.grounds == ("safety", "legal", "small")


def test_a_denied_danger_is_one_step_less_and_not_nothing() -> None:
    assert judge("The shelf fell down, nobody was injured").severity is Severity.HIGH


def test_a_phrase_in_which_a_word_means_nothing_takes_the_word_from_it() -> None:
    assert judge("You should fire him").severity is Severity.NORMAL


@pytest.mark.parametrize("text", ["It costs 999.99 euros", "call 0800 1234567", "12.50 €", "€ 9.99"])
def test_small_sums_and_other_numbers_do_not_make_it_severe(text: str) -> None:
    assert "money" not in judge(text).grounds


def test_words_count_whole_and_in_any_case() -> None:
    classifier = small("severity: {high: {time: [Late]}}\ncategory: {delay: [late], billing: [late fee]}")
    assert classifier.judge("", "LATE!").severity is Severity.HIGH
    assert classifier.judge("", "chocolate").severity is Severity.NORMAL
    assert classifier.judge("", "a late fee").topic == "billing"
    assert classifier.judge("", "").topic == ""


# ------------------------------------------------------------------------------------------ the rest


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my bag is not here and I have to be at work", "en"),
        ("Ich warte seit drei Wochen auf die Rechnung", "de"),
        ("no funciona y nadie me contesta", "es"),
        ("je n'ai pas reçu ma commande depuis deux semaines", "fr"),
        ("ik heb nog geen antwoord van jullie", "nl"),
        ("ok", ""),
        ("Koffer weg!!!", ""),
        ("", ""),
    ],
)
def test_a_language_is_named_only_where_the_small_words_leave_no_doubt(text: str, language: str) -> None:
    assert judge(text).language == language


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("I am furious", "anger"),
        ("Ich habe Angst um mein Kind", "worry"),
        ("estoy muy decepcionada", "disappointment"),
        ("thank you", "joy"),
        ("the door", ""),
    ],
)
def test_an_emotion_is_named_by_its_words(text: str, emotion: str) -> None:
    assert judge(text).emotion == emotion


def test_several_matters_are_counted() -> None:
    assert judge("The parcel is late, it was broken, and you charged me twice").matters == 4


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_words_get_an_answer_whose_places_are_within_them(subject: str, text: str) -> None:
    judged = judge(text, subject)
    assert judged == judge(text, subject)
    assert 0.0 <= judged.chance <= 1.0
    for signal in judged.signals:
        assert 0 <= signal.start <= signal.end <= len(subject if signal.in_subject else text)


def test_every_reason_stands_where_it_says() -> None:
    subject, text = "Flight cancelled", "Straße ’n’ more: my lawyer wonders"
    judged = judge(text, subject)
    shown = {
        (one.aspect, (subject if one.in_subject else text)[one.start : one.end]) for one in judged.signals
    }
    assert {("topic:cancellation", "cancelled"), ("severity:legal", "lawyer")} <= shown


# ------------------------------------------------------------------------------------------ the data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "severity: {}",
        "severity: {high: [word]}\ncategory: {}",
        "severity: {huge: {}}\ncategory: {}",
        "severity: {}\ncategory: {late: [no]}",
        "severity: {}\ncategory: {}\nquery_below: 2",
        "severity: {}\ncategory: {}\nlarge_sum: much",
    ],
)
def test_a_word_list_of_another_shape_is_an_error_at_start(text: str) -> None:
    with pytest.raises(ConfigError):
        load_classifier(text)


@pytest.mark.parametrize("text", ["late\tmuch", "#bias\t", "late"])
def test_weights_of_another_shape_are_an_error_at_start(text: str) -> None:
    with pytest.raises(ConfigError):
        read_model(text)


def test_the_weights_are_those_of_the_sentences_and_words_that_ship() -> None:
    made = train_assessment.train(train_assessment.examples())
    shipped = read_model(train_assessment.WEIGHTS.read_text(encoding="utf-8"))
    assert shipped.version == made.version, "run scripts/train_assessment.py"
    for feature in shipped.weights.keys() & made.weights.keys():
        assert shipped.weights[feature] == pytest.approx(made.weights[feature], abs=0.02)


def test_the_sentences_are_of_three_languages_and_both_kinds() -> None:
    of = train_assessment.examples()
    assert len(of) > 700
    assert len({one.text for one in of}) == len(of)
    assert all(sum(one.complaint is kind for one in of) > 250 for kind in (True, False))
    assert not [one.text for one in of if re.search(r"https?://|@\w", one.text)]


# ------------------------------------------------------------------------------------------ what follows


def word(channel: Channel, text: str, **more: object) -> CustomerWord:
    judged = CLASSIFIER.judge("", text)
    source = Source("acme", "test", "care", "1", channel)
    return CustomerWord(source, (Party("handle", "ada"),), text=text, assessment=judged, **more)  # type: ignore[arg-type]


THANKS = "Thank you so much, the crew was wonderful"


def test_a_confident_query_where_people_write_about_anything_is_a_query() -> None:
    assert is_query(word(Channel.EMAIL, THANKS))
    assert not is_query(word(Channel.EMAIL, "My bag is gone"))


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.API, Channel.WEBFORM, Channel.WEBCHAT])
def test_a_way_in_that_is_for_complaints_makes_every_word_one(channel: Channel) -> None:
    assert not is_query(word(channel, THANKS))
    assert because(word(channel, THANKS)) == "channel_default"


def test_a_file_may_hold_the_complaint_that_its_letter_does_not() -> None:
    letter = Attachment("letter.pdf", "application/pdf", 9, "")
    assert not is_query(word(Channel.EMAIL, THANKS, attachments=(letter,)))


def test_it_is_said_whether_the_words_or_the_doubt_made_it_a_complaint() -> None:
    assert because(word(Channel.X, "You lost my bag, this is a disgrace")) == "assessed"
    assert because(word(Channel.X, "Hello")) == "in_doubt"
