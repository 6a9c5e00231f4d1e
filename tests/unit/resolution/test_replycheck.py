"""The reply check finds blame, excuses and missing goods at their place, and lets honest words pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain.errors import BadData
from services.resolution.domain.replycheck import Pack, Reading, check, goods_in, parse
from services.resolution.domain.replycheck.pack import BAD
from services.resolution.domain.words import Outcome
from tests.replycheck.labelled import measure, read

LABELLED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "labelled_replies.yaml").read_text())
# a moment without required goods, so that only what is wrong is found
LATER = {"moment": "circle_back", "first_name": ""}


@pytest.fixture
def pack(rules: Rules) -> Pack:
    return rules.packs["en"]


def found(text: str, pack: Pack) -> list[tuple[str, str]]:
    findings = check(Reading(text, **LATER), pack).findings  # type: ignore[arg-type]
    return [(each.category, text[each.start : each.end]) for each in findings]


@pytest.mark.parametrize("text", ["It was our fault.", "I am sorry that we let you down."])
def test_taking_the_blame_is_never_stopped(pack: Pack, text: str) -> None:
    assert found(text, pack) == []


def test_a_finding_names_its_place_its_reason_and_other_words(pack: Pack) -> None:
    text = "Dear Tom,\nit must have been accounting. Sorry."
    (finding,) = check(Reading(text, **LATER), pack).findings  # type: ignore[arg-type]
    assert text[finding.start : finding.end] == "it must have been accounting"
    assert finding.category == "blame_colleague"
    assert finding.why
    assert finding.suggestion


def test_typographic_quotes_hide_nothing_and_move_no_offset(pack: Pack) -> None:
    text = "We know. It\u2019s company policy \u2026 sorry."
    assert found(text, pack) == [("excuse", "It\u2019s company policy")]


def test_the_customers_own_words_in_a_quotation_are_theirs(pack: Pack) -> None:
    assert found("> It was your mistake, you said.\nThat was wrong of us.", pack) == []


def test_what_makes_a_phrase_harmless_must_be_in_the_same_sentence(pack: Pack) -> None:
    assert found("This was not your fault.", pack) == []
    assert found("It was not easy. This was your fault.", pack) == [("blame_customer", "your fault")]


def test_a_language_without_a_pack_is_unchecked(pack: Pack) -> None:
    assert check(Reading("Scusi"), None).outcome is Outcome.UNCHECKED


def test_missing_goods_point_to_the_end_of_the_text_and_use_the_name_in_the_suggestion(pack: Pack) -> None:
    text = "I am sorry, I will fix it today. Thank you."
    (finding,) = check(Reading(text, "Tom"), pack).findings
    assert (finding.category, finding.severity, finding.start, finding.end) == (
        "first_name",
        "error",
        len(text),
        len(text),
    )
    assert "Tom" in finding.suggestion


def test_a_good_that_was_given_before_is_missed_only_softly(pack: Pack) -> None:
    reading = Reading("I will call you at noon, Tom. Thank you.", "Tom", "first", said=("apology",))
    (finding,) = check(reading, pack).findings
    assert (finding.category, finding.severity) == ("apology", "warning")


@pytest.mark.parametrize(
    ("name", "text"), [("Al", "Also, hello"), ("Ann", "Annual"), ("Zo\u00eb", "zo\u00ebs")]
)
def test_a_name_inside_another_word_is_no_name(pack: Pack, name: str, text: str) -> None:
    assert "first_name" not in goods_in(text, name, pack)


def test_a_name_is_found_in_any_case_and_whatever_its_letters_mean_to_a_pattern(pack: Pack) -> None:
    assert "first_name" in goods_in("hello MARIA!", "Maria", pack)
    assert "first_name" in goods_in("Hello J.(Jo)", "J.(Jo)", pack)


@given(st.text(max_size=300), st.sampled_from(["first", "reply", "proposal", "progress"]))
def test_no_text_breaks_the_check_and_every_span_lies_inside_it(rules: Rules, text: str, moment: str) -> None:
    checked = check(Reading(text, "Maria", moment), rules.packs["en"])
    assert all(0 <= each.start <= each.end <= len(text) for each in checked.findings)
    errors = [each for each in checked.findings if each.severity == "error"]
    assert (checked.outcome is Outcome.STOPPED) is bool(errors)


@pytest.mark.parametrize(("language", "precision", "recall"), [("en", 0.92, 0.93), ("de", 0.92, 0.95)])
def test_on_the_sentences_it_may_know_a_pack_reads_no_worse_than_before(
    rules: Rules, language: str, precision: float, recall: float
) -> None:
    """The floors rise with the rules: what was once found and is lost again must not pass unseen."""
    known = [sentence for sentence in read("development") if sentence.language == language]
    scores = [score for category, score in measure(known, rules.packs).items() if category in BAD]
    right = sum(len(score.right) for score in scores)
    assert right / (right + sum(len(score.alarms) for score in scores)) >= precision
    assert right / (right + sum(len(score.missed) for score in scores)) >= recall


def test_a_mail_programs_line_ends_and_spaces_hide_nothing(pack: Pack) -> None:
    text = "Hello.\nIt must  have been\naccounting, we\u200b think."
    assert found(text, pack) == [("blame_colleague", "It must  have been\naccounting")]


def test_a_quotation_is_the_customers_only_where_the_words_beside_it_say_so(pack: Pack) -> None:
    assert found('You wrote: "It was your driver\'s fault". That hurts us too.', pack) == []
    assert [each for each, _ in found('Well, "it was your own fault".', pack)] == ["blame_customer"]


def test_what_we_refuse_to_say_is_not_said_until_a_but(pack: Pack) -> None:
    assert found("I won't tell you that it was the courier's fault.", pack) == []
    categories = [each for each, _ in found("I won't argue, but it was your own fault.", pack)]
    assert categories == ["blame_customer"]


def test_in_a_sentence_without_end_only_what_is_near_makes_a_phrase_harmless(pack: Pack) -> None:
    far = "It was not your fault " + "and so on " * 100 + "and this was your fault"
    assert [each for each, _ in found(far, pack)] == ["blame_customer"]


def test_one_thing_is_found_once_however_many_patterns_see_it(pack: Pack) -> None:
    assert [each for each, _ in found("It was your own mistake, your fault.", pack)] == [
        "blame_customer",
        "blame_customer",
    ]


def test_words_that_stop_a_reply_are_not_warned_of_besides(pack: Pack) -> None:
    both = 0
    for each in [one for one in read("development") if one.language == "en"][::5]:
        findings = check(Reading(each.text, **LATER), pack).findings  # type: ignore[arg-type]
        stops = [one for one in findings if one.severity == "error"]
        warned = [one for one in findings if one.severity == "warning"]
        both += bool(stops and warned)
        assert not any(a.start < b.end and b.start < a.end for a in stops for b in warned), each.text
    assert both > 0


@pytest.mark.parametrize(
    "text",
    [
        "You haven't missed anything.",
        "If you had not told us, we would never have found it.",
        "I checked the meter myself and you were right.",
        "The supplier is sending a new pump tonight.",
        "It's normal for the new card to work at once.",
    ],
)
def test_fair_words_that_hold_the_words_of_a_fault_are_not_stopped(pack: Pack, text: str) -> None:
    outcome = check(Reading(text, **LATER), pack).outcome  # type: ignore[arg-type]
    assert outcome is Outcome.PASSED


def test_sorry_that_you_feel_that_way_is_no_apology(pack: Pack) -> None:
    assert "apology" not in goods_in("I am sorry that you feel that way.", "", pack)
    assert "apology" in goods_in("I am sorry that we let you down.", "", pack)


def test_a_case_in_german_is_read_by_the_german_rules(rules: Rules) -> None:
    text = "Maria, das war die Buchhaltung."
    checked = check(Reading(text, "Maria"), rules.packs["de"])
    assert checked.outcome is Outcome.STOPPED
    assert checked.pack_version == "de-5"
    assert {"blame_colleague", "apology", "ownership"} <= {each.category for each in checked.findings}


def test_on_sentences_it_was_not_written_for_it_is_right_far_more_often_than_not(pack: Pack) -> None:
    hits = [entry for entry in LABELLED["bad"] if entry["category"] in dict(found(entry["text"], pack))]
    alarms = [text for text in LABELLED["clean"] if found(text, pack)]
    precision = len(hits) / (len(hits) + len(alarms))
    recall = len(hits) / len(LABELLED["bad"])
    print(f"reply check: precision {precision:.2f}, recall {recall:.2f}, n={len(LABELLED['bad'])}")  # noqa: T201
    assert precision >= 0.9
    assert recall >= 0.7


@pytest.mark.parametrize(
    "broken",
    [
        {"language": "xx", "rules": [], "goods": []},
        {"language": "xx", "version": 1, "goods": [], "rules": [{"category": "rude"}]},
        {
            "language": "xx",
            "version": 1,
            "goods": [],
            "rules": [
                {"category": "excuse", "severity": "error", "patterns": ["("], "why": "", "suggestion": ""}
            ],
        },
        {
            "language": "xx",
            "version": 1,
            "rules": [],
            "goods": [{"category": "apology", "patterns": [{"a": "b"}], "why": "", "suggestion": ""}],
        },
        {
            "language": "xx",
            "version": 1,
            "rules": [],
            "goods": [{"category": "apology", "patterns": "sorry", "why": "", "suggestion": ""}],
        },
        {"language": "xx", "version": 1, "rules": [], "goods": [], "spared": ["{unknown}"]},
    ],
)
def test_a_pack_that_cannot_be_used_is_refused_when_it_is_read(broken: dict[str, Any]) -> None:
    with pytest.raises(BadData) as refused:
        parse(broken).compile()
    assert refused.value.rule == "bad_reply_pack"
