"""The same matter by another way in: the same customer, lately, and the same reference, topic or a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.duplicates import Recent, may_be_the_same, references, same_matter
from services.intake.domain.records import Channel, CustomerWord, Party, Source

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
CASE = UUID("01930000-0000-7000-8000-0000000000aa")


def word(channel: Channel, text: str = "", category: str = "", **more: Any) -> CustomerWord:
    source = Source("acme", "test", "care", "1", channel)
    return CustomerWord(source, (Party("phone", "+447700900123"),), text=text, category=category, **more)


def case(channel: Channel, topic: str = "", minutes: float = 4, named: tuple[str, ...] = ()) -> Recent:
    return Recent(CASE, channel, NOW - timedelta(minutes=minutes), topic, frozenset(named))


def why(said: CustomerWord, *recent: Recent) -> str:
    found = same_matter(said, NOW, recent, WINDOW)
    return found[1] if found else ""


def test_a_word_about_the_topic_of_the_case_joins_it_and_says_why() -> None:
    told = why(word(Channel.X, "Where is my bag", "baggage"), case(Channel.EMAIL, "baggage"))
    assert told == "topic baggage; same customer, email 4 min before"


def test_a_call_joins_what_was_written_and_what_is_written_joins_a_call() -> None:
    assert why(word(Channel.PHONE, live=True), case(Channel.SMS, "billing")).startswith("call")
    assert why(word(Channel.X, "You charged me twice", "billing"), case(Channel.PHONE)).startswith("call")


def test_the_same_reference_counts_whatever_the_topic() -> None:
    said = word(Channel.SMS, "Any news on k4r7-pq?", "service")
    assert why(said, case(Channel.EMAIL, "baggage", named=("K4R7PQ",))).startswith("reference K4R7PQ")


def test_another_reference_is_another_matter_whatever_else_is_alike() -> None:
    said = word(Channel.SMS, "And order 99887766 is broken as well", "damage")
    assert not why(said, case(Channel.EMAIL, "damage", named=("11223344",)))


@pytest.mark.parametrize(
    "recent",
    [
        case(Channel.EMAIL, "billing"),
        case(Channel.EMAIL),
        case(Channel.X, "baggage"),
        case(Channel.EMAIL, "baggage", minutes=10.1),
    ],
    ids=["another topic", "no topic", "the same way in", "too long ago"],
)
def test_anything_else_begins_a_case_of_its_own(recent: Recent) -> None:
    assert not why(word(Channel.X, "My bag is gone", "baggage"), recent)


def test_without_a_case_there_is_nothing_to_join() -> None:
    assert not why(word(Channel.X, "My bag is gone", "baggage"))


@pytest.mark.parametrize(
    "said",
    [
        word(Channel.WEBFORM),
        word(Channel.API),
        word(Channel.SMS, imported_from="old"),
        word(Channel.EMAIL, suppressed_reason="auto_submitted"),
        word(Channel.SMS, must_thread=True),
    ],
    ids=["form", "api", "import", "machine", "named case"],
)
def test_forms_callers_of_the_api_imports_and_machines_never_join(said: CustomerWord) -> None:
    assert not may_be_the_same(said)


def test_references_have_one_form_and_ordinary_words_and_small_numbers_are_none() -> None:
    said = word(
        Channel.SMS, "Flight HB-2145, booking k4r7pq; order 00112233. At 10:30 in 2026, gate B4, 12.50"
    )
    assert references(said) == {"HB2145", "K4R7PQ", "00112233"}


@given(st.text(alphabet="a1- Z9", max_size=4_000))
def test_references_are_few_whatever_the_text(text: str) -> None:
    assert len(references(word(Channel.SMS, text))) <= 8
