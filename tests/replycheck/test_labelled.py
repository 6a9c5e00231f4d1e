"""The labelled sentences are many, cover every category in every language, and the held half stays apart."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from services.resolution.domain.replycheck.pack import BAD, GOODS
from tests.replycheck.labelled import HERE, read

PARTS = ("development", "held")
TESTS = HERE.parent


def test_there_are_at_least_six_hundred_and_no_sentence_is_in_both_halves() -> None:
    texts = [sentence.text.casefold() for part in PARTS for sentence in read(part)]
    assert len(texts) >= 600
    assert [text for text, times in Counter(texts).items() if times > 1] == []


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_half_has_every_category_and_what_only_sounds_like_it(part: str, language: str) -> None:
    sentences = [sentence for sentence in read(part) if sentence.language == language]
    assert {category for sentence in sentences for category in sentence.expected} == {*BAD, *GOODS}
    assert {sentence.kind for sentence in sentences} == {"wrong", "innocent", "good", "bare"}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_innocent_carries_no_fault_and_what_is_wrong_carries_one(part: str) -> None:
    for sentence in read(part):
        faults = sentence.expected & set(BAD)
        assert bool(faults) == (sentence.kind == "wrong") or sentence.kind == "bare", sentence.text


def test_only_the_benchmark_measures_the_held_half() -> None:
    reading = {file for file in TESTS.rglob("*.py") if 'read("held")' in file.read_text(encoding="utf-8")}
    assert reading == {TESTS / "bench" / "reply_check.py", Path(__file__).resolve()}
