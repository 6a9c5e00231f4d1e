"""What is looked for before a pattern is run loses no finding, and a text twice as long takes about twice the
time."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain.errors import BadData
from services.resolution.domain.replycheck import Reading, check
from services.resolution.domain.replycheck.marked import Marked
from services.resolution.domain.replycheck.needs import needs
from services.resolution.domain.replycheck.own import own_words
from services.resolution.domain.replycheck.pattern import Pattern, Words
from services.resolution.domain.replycheck.sieve import Sieve, sentences
from tests.replycheck.labelled import read

WORDS = ["you", "the", "manager", "not", ",", ".", "hat", "die", "wrong"]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"\bmanager\b", [{" manager "}]),
        (r"manager", [{"manager"}]),
        (r"(?:red|green) apples?", [{" apple"}, {"red ", "green "}]),
        (r"(?:red|\w+)", []),
        (r"(?:very )?late", [{"late"}]),
        (r"(?:so ){1,2}late", [{" late"}, {"so "}]),
        (r"\b(?:we|you) (?:\w+ )?till\b", [{" we ", " you "}, {" till "}]),
        (r"(?<![\w'])over(?:booked|looked)(?!\w)", [{" over"}, {" overbooked ", " overlooked "}]),
        (r"\bdon't", [{" don t"}]),
        (r"(?-i:IT)\b", [{"it "}]),
        (r"[ab]\d", []),
    ],
)
def test_what_a_pattern_needs_is_read_from_the_pattern(pattern: str, wanted: list[set[str]]) -> None:
    assert sorted(map(sorted, needs(pattern))) == sorted(map(sorted, wanted))


def test_of_what_an_alternative_needs_the_rarest_is_looked_for() -> None:
    (need,) = needs(r"(?:the hands|you)", {"the": 9, "hands": 1})
    assert need == {"the hands", "you"}
    assert set(needs(r"(?:the (?:red|blue) hands|you)", {"the": 9, "hands": 1, "red": 5})) == {
        frozenset({" hands", "you"})
    }


def test_edges_of_words_tell_apart_what_only_contains_a_word() -> None:
    sieve = Sieve([("till", needs(r"\btill\b")), ("not", needs(r"n't be\b")), ("always", ())])
    assert sieve.may_have("Until then, still.") == ["always"]
    assert sieve.may_have("TILL, that is") == ["till", "always"]
    assert sieve.may_have("It can't be.") == ["not", "always"]


@given(st.text(alphabet="ab .!?;\n", max_size=60))
def test_sentences_together_are_the_whole_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentences(text)) == text


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_pattern_that_matches_a_sentence_is_never_sieved_out(rules: Rules, language: str) -> None:
    pack = rules.packs[language]
    for sentence in [each for each in read("development") if each.language == language][::25]:
        own = own_words(sentence.text, pack)
        for start, end in sentences(own.text):
            marked = Marked(own.text, start, end, pack.things)
            could = {pattern for _, pattern in pack.wrongs.may_have(own.text[start:end])}
            for rule in pack.rules:
                assert not [each for each in rule.patterns if each not in could and marked.spans(each)]
                here = own.text[start:end]
                kept = pack.fair.may_have(here)
                assert not [each for each in rule.unless if each not in kept and each.regex.search(here)]


def test_a_thing_is_found_once_for_all_patterns_and_spans_stay_those_of_the_text() -> None:
    words = Words({"fault": ["fault", "mistake"]}, {"they": ["the (?:courier|bank)", "paypal"]})
    text = "So. It was the courier's fault, and PayPal lost it."
    whole = Pattern(r"\b{they}(?:'s)? {fault}", words, tagged=True)
    lost = Pattern(r"(?<!\w){they} (?=lost)", words, tagged=True)
    marked = Marked(text, 4, len(text), words.things)
    assert [text[start:end] for start, end in marked.spans(whole)] == ["the courier's fault"]
    assert [text[start:end] for start, end in marked.spans(lost)] == ["PayPal "]


def test_a_thing_is_whole_words_and_a_pattern_is_about_one() -> None:
    words = Words({}, {"they": ["the bank"], "us": ["our shop"]})
    text = "The banker asked."
    assert Marked(text, 0, len(text), words.things).spans(Pattern("{they}", words, tagged=True)) == []
    with pytest.raises(BadData, match="two things"):
        Pattern("{they} or {us}", words, tagged=True)


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
