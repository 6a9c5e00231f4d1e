"""What is looked for before a pattern is run loses no finding, and a text twice as long takes about twice the
time."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain.replycheck import Reading, check
from services.resolution.domain.replycheck.own import own_words
from services.resolution.domain.replycheck.sieve import Sieve, needs, sentences
from tests.replycheck.labelled import read

WORDS = ["you", "the", "manager", "not", ",", ".", "hat", "die", "wrong"]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"\bmanager\b", [{"manager"}]),
        (r"(?:red|green) apples?", [{" apple"}, {"red", "green"}]),
        (r"(?:red|\w+)", []),
        (r"(?:very )?late", [{"late"}]),
        (r"(?:so ){1,2}late", [{"late"}, {"so "}]),
        (r"(?-i:IT)\b", [{"it"}]),
        (r"[ab]\d", []),
    ],
)
def test_what_a_pattern_needs_is_read_from_the_pattern(pattern: str, wanted: list[set[str]]) -> None:
    found = [set(need) for need in needs(pattern)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, wanted))


@given(st.text(alphabet="ab .!?;\n", max_size=60))
def test_sentences_together_are_the_whole_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentences(text)) == text


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_pattern_that_matches_a_sentence_is_never_sieved_out(rules: Rules, language: str) -> None:
    pack = rules.packs[language]
    for sentence in [each for each in read("development") if each.language == language][::25]:
        own = own_words(sentence.text, pack)
        sieve = Sieve(own.text)
        for rule in pack.rules:
            for pattern in rule.patterns:
                kept = list(sieve.where(pattern.needs))
                for match in pattern.regex.finditer(own.text):
                    assert any(start <= match.start() < end for start, end in kept) or not match[0]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.sampled_from(["you", "the", "manager", "not", ",", ".", "hat", "die", "wrong"]), max_size=40)
)
def test_every_span_of_any_heap_of_words_lies_inside_the_text(rules: Rules, words: list[str]) -> None:
    text = " ".join(words)
    for pack in rules.packs.values():
        for finding in check(Reading(text, moment="circle_back"), pack).findings:
            assert 0 <= finding.start < finding.end <= len(text)


@pytest.mark.parametrize("language", ["en", "de"])
def test_time_grows_with_the_length_and_not_with_its_square(rules: Rules, language: str) -> None:
    texts = [sentence.text for sentence in read("development") if sentence.language == language]
    for text in (" ".join(texts[::9]), "the manager you did not " * 40, "die Abteilung hat nicht " * 40):
        short = min(_seconds(rules, language, text[:600]) for _ in range(3))
        long = min(_seconds(rules, language, text[:600] * 6) for _ in range(3))
        assert long < short * 6 * 5


def _seconds(rules: Rules, language: str, text: str) -> float:
    started = perf_counter()
    check(Reading(text, "Maria"), rules.packs[language])
    return perf_counter() - started
