"""The form of the page for a customer's answer, and the page: nothing ticked beforehand, no script."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.answerlink import AnswerLink
from services.chassis.errors import Rejected
from services.intake.adapters.answerpage import Pages, language_of
from services.intake.adapters.channels import answer
from services.intake.adapters.channels.forms import PostedForm, read_form
from services.intake.domain.records import CustomerAnswer, Party, Pointer

LINK = AnswerLink(UUID(int=5), UUID(int=7), datetime(2026, 12, 24, tzinfo=UTC))


def form(**fields: str) -> PostedForm:
    return read_form("application/x-www-form-urlencoded", urlencode(fields).encode())


def test_what_was_ticked_is_kept_beside_words_that_an_employee_reads() -> None:
    given_ = answer.given(form(solved="yes", verdict="meets", recommend="10", comment=" Thank you "))
    assert given_ == CustomerAnswer(True, "meets", 10, comment="Thank you")
    word = answer.word("acme", LINK, given_, Party("email", "ana@home.example"))
    assert word.text == "Solved: yes\nExpectations: meets\nRecommend: 10 of 10\n\nThank you"
    assert (word.pointers, word.must_thread) == ((Pointer("case", LINK.case_id),), True)
    assert word.source.event_id == str(LINK.contact_id)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "not_answered"),
        ({"recommend": "9"}, "not_answered"),
        ({"solved": "perhaps"}, "bad_answer"),
        ({"solved": "yes", "verdict": "great"}, "bad_answer"),
        ({"solved": "yes", "recommend": "11"}, "bad_answer"),
        ({"solved": "yes", "satisfaction": "0"}, "bad_answer"),
        ({"solved": "yes", "effort": "-1"}, "bad_answer"),
    ],
)
def test_no_yes_is_taken_from_what_the_page_does_not_send(fields: dict[str, str], rule: str) -> None:
    with pytest.raises(Rejected, match=rule):
        answer.given(form(**fields))


@given(st.dictionaries(st.sampled_from(["solved", "verdict", "recommend", "effort", "comment"]), st.text()))
def test_any_form_is_taken_or_refused_by_rule(fields: dict[str, str]) -> None:
    told = PostedForm({name: text.encode("utf-8", "replace") for name, text in fields.items()})
    try:
        rule, recommend = "", answer.given(told).recommend
    except Rejected as refused:
        rule, recommend = refused.rule, -1
    assert rule in ("", "not_answered", "bad_answer")
    assert -1 <= recommend <= 10


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_ticked_beforehand_and_no_script_can_tick_it(language: str) -> None:
    page = Pages.load().form(200, language)
    html = bytes(page.body).decode()
    assert "checked" not in html
    assert "<script" not in html
    assert html.count('name="solved"') == 2
    assert f'lang="{language}"' in html


@pytest.mark.parametrize(
    ("wished", "language"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr, de;q=0.4", "de"), ("fr", "en"), ("", "en"), (";;,", "en")],
)
def test_the_page_is_in_the_first_language_wished_that_there_is(wished: str, language: str) -> None:
    assert language_of(wished) == language


def test_every_language_has_every_word() -> None:
    words = Pages.load().words
    assert {tuple(words[language]) for language in words} == {tuple(words["en"])}
