"""The labelled sentences are many, cover every category in every language, and the held half stays apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from services.resolution.domain.replycheck.pack import BAD, DEMANDED
from tests.replycheck.labelled import HERE, Sentence, read

PARTS = ("development", "training", "held")
TESTS = HERE.parent
NEAR = 0.6
"""Of all words in two sentences, the share in both from which on one of them is a near copy."""


def test_there_are_at_least_twelve_thousand_and_no_sentence_is_in_two_parts() -> None:
    texts = [sentence.text.casefold() for part in PARTS for sentence in read(part)]
    assert len(texts) >= 12_000
    assert [text for text, times in Counter(texts).items() if times > 1] == []


def test_no_held_sentence_is_a_near_copy_of_one_that_is_learned_from() -> None:
    known: dict[str, list[set[str]]] = defaultdict(list)
    for part in PARTS[:2]:
        for each in read(part):
            known[each.language].append(_words(each))
    for number, sentence in enumerate(read("held")):
        words = _words(sentence)
        alike = max(
            (both := len(words & other)) / (len(words) + len(other) - both)
            for other in known[sentence.language]
            if NEAR * len(other) <= len(words) <= len(other) / NEAR
        )
        assert alike <= NEAR, f"held sentence {number}"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_part_has_every_category_and_what_only_sounds_like_it(part: str, language: str) -> None:
    sentences = [sentence for sentence in read(part) if sentence.language == language]
    assert {category for sentence in sentences for category in sentence.expected} == {*BAD, *DEMANDED}
    assert {sentence.kind for sentence in sentences} == {"wrong", "innocent", "good", "bare"}


@pytest.mark.parametrize(("part", "least"), [("development", 35), ("training", 140), ("held", 16)])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_figure_of_a_fault_rests_on_many_sentences(part: str, least: int, language: str) -> None:
    sentences = [sentence for sentence in read(part) if sentence.language == language]
    times = Counter(category for sentence in sentences for category in sentence.expected)
    assert [category for category in BAD if times[category] < least] == []
    assert sum(sentence.kind == "innocent" for sentence in sentences) >= 2 * least


@pytest.mark.parametrize("part", PARTS)
def test_what_is_innocent_carries_no_fault_and_what_is_wrong_carries_one(part: str) -> None:
    for sentence in read(part):
        faults = sentence.expected & set(BAD)
        assert bool(faults) == (sentence.kind == "wrong") or sentence.kind == "bare", sentence.text


def test_only_the_benchmark_measures_the_held_half() -> None:
    reading = {file for file in TESTS.rglob("*.py") if 'read("held")' in file.read_text(encoding="utf-8")}
    assert reading == {TESTS / "bench" / "reply_check.py", Path(__file__).resolve()}


def _words(sentence: Sentence) -> set[str]:
    return set(re.findall(r"[\w']+", sentence.text.casefold()))
