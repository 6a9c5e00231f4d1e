"""Assessment by words that are data and a small model (linear.py): deterministic, and each result says why.

A complaint taken for a query would be lost in a list nobody promises to answer; a query taken for a complaint
is answered too well. So only words that leave no doubt make a query, never any that give a ground to worry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.intake.domain import linear
from services.intake.domain.assessment import Assessment, Severity, Signal
from services.intake.domain.language import Languages
from services.intake.domain.linear import Model
from services.intake.domain.phrases import Meaning, Met, Phrases, Token, tokens

# Enough to judge by; keeps a mail of a megabyte from holding up the others.
_READ_LIMIT = 4_000
# How far before a word a "no" still denies it: "nobody was injured".
_DENIED_WITHIN = 3
_SHOWN = 3
_SEVERITY, _TOPIC, _EMOTION, _CUE = "severity", "topic", "emotion", "cue"
_AMOUNT = re.compile(
    r"[€$£]\s?(\d[\d.,]*)|(\d[\d.,]*)\s?(?:[€$£]|(?:euros?|dollars?|pounds?|eur|usd|gbp|chf)\b)", re.I
)
_DECIMALS = re.compile(r"[.,]\d{1,2}$")


@dataclass(frozen=True, slots=True)
class Rules:
    """The words: severities by ground, topics, emotions, denials, and cues, which only the model weighs; and
    from where on a chance or a sum counts.

    `harmless` are phrases in which a word means nothing ("fire him"). A text is a query below
    `query_below`, when a group of `query_needs` is met and none of `query_never`.
    """

    severities: Mapping[Severity, Mapping[str, Sequence[str]]]
    topics: Mapping[str, Sequence[str]]
    emotions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cues: Mapping[str, Sequence[str]] = field(default_factory=dict)
    denials: Sequence[str] = ()
    harmless: Sequence[str] = ()
    languages: Mapping[str, Sequence[str]] = field(default_factory=dict)
    query_needs: Sequence[str] = ()
    query_never: Sequence[str] = ()
    query_below: float = 0.0
    large_sum: float = 1_000.0


class _Heard(NamedTuple):
    """The words of a text, what was met in them by list, and what the model is given."""

    read: Sequence[Token]
    met: Mapping[str, list[Met]]
    features: dict[str, int]


class Classifier:
    """Assessor over rules and a model; whole words or phrases, matched without regard to case."""

    def __init__(self, rules: Rules, model: Model) -> None:
        self.rules, self._model = rules, model
        self._phrases = Phrases(_meanings(rules))
        self._denials = frozenset(rules.denials)
        self._query_needs = frozenset(f"@{one}" for one in rules.query_needs)
        self._query_never = frozenset(f"@{one}" for one in rules.query_never)
        self._languages = Languages(rules.languages)

    def judge(self, subject: str, text: str) -> Assessment:
        """See Assessor. One text of subject and text, so that a phrase may stand in either."""
        head = f"{subject}\n" if subject else ""
        words = head + text[:_READ_LIMIT]
        heard = self._hear(words)
        chance, weighed = linear.chance(self._model, heard.features)
        signals = [
            Signal("complaint", entry, round(weight, 2), *_span(heard.read, at, at + 1))
            for weight, entry, at in weighed[:_SHOWN]
        ]
        severity, grounds = self._severity(words, heard, signals)
        topic, matters = _most(_TOPIC, self.rules.topics, heard, signals)
        emotion, _ = _most(_EMOTION, self.rules.emotions, heard, signals)
        return Assessment(
            severity=severity,
            topic=topic,
            chance=round(chance, 3),
            confident_query=chance < self.rules.query_below
            and severity <= Severity.NORMAL
            and len(text) <= _READ_LIMIT
            and not self._query_needs.isdisjoint(heard.features)
            and self._query_never.isdisjoint(heard.features),
            grounds=grounds,
            language=self._languages.guess(heard.read),
            emotion=emotion,
            matters=matters,
            signals=tuple(_placed(one, len(head)) for one in signals) if head else tuple(signals),
            method=self._model.version,
        )

    def features(self, text: str) -> dict[str, int]:
        """What the model is given of a text: its words, and the groups of words it meets."""
        return self._hear(text).features

    def _hear(self, words: str) -> _Heard:
        read = tokens(words)
        features = linear.features(read)
        met: dict[str, list[Met]] = {}
        for one in self._phrases.find(read):
            aspect, name, _, group = one[0]
            if not name:
                continue
            if aspect != _CUE:
                met.setdefault(aspect, []).append(one)
            if group not in features:
                features[group] = one[2]
        return _Heard(read, met, features)

    def _severity(self, words: str, heard: _Heard, signals: list[Signal]) -> tuple[Severity, tuple[str, ...]]:
        """The heaviest ground counts: one critical word outweighs any number of small ones."""
        levels: dict[str, Severity] = {}
        for meaning, entry, at, end in heard.met.get(_SEVERITY, ()):
            level, ground = Severity(meaning.level), meaning.name
            if level is Severity.CRITICAL and self._denied(heard.read, at):
                level = Severity.HIGH  # "nobody was hurt" is a near miss, and still worth a look
            levels[ground] = max(level, levels.get(ground, Severity.UNKNOWN))
            signals.append(Signal(f"severity:{ground}", entry, float(level), *_span(heard.read, at, end)))
        for amount in _AMOUNT.finditer(words) if linear.NUMBER in heard.features else ():
            if _value(amount[1] or amount[2]) >= self.rules.large_sum:
                levels["money"] = max(Severity.HIGH, levels.get("money", Severity.UNKNOWN))
                high = float(Severity.HIGH)
                signals.append(Signal("severity:money", "large_sum", high, amount.start(), amount.end()))
        if not levels:
            return Severity.NORMAL, ()
        return max(levels.values()), tuple(sorted(levels, key=lambda one: (-levels[one], one)))

    def _denied(self, read: Sequence[Token], at: int) -> bool:
        return any(word in self._denials for word, _, _ in read[max(0, at - _DENIED_WITHIN) : at])


def _meanings(rules: Rules) -> Iterator[tuple[str, Meaning]]:
    """Every phrase of the lists. What is harmless stands among the grounds and means nothing, so that the
    longer phrase takes the word from it.
    """
    # Topics and grounds count as one group each: which of them it is says little about the kind.
    for phrase in rules.harmless:
        yield phrase, Meaning(_SEVERITY, "")
    for level, grounds in rules.severities.items():
        for ground, listed in grounds.items():
            yield from ((phrase, Meaning(_SEVERITY, ground, int(level), "@ground")) for phrase in listed)
    for aspect, groups in ((_TOPIC, rules.topics), (_EMOTION, rules.emotions), (_CUE, rules.cues)):
        for name, listed in groups.items():
            yield from (
                (phrase, Meaning(aspect, name, 1, "@topic" if aspect == _TOPIC else f"@{name}"))
                for phrase in listed
            )


def _most(aspect: str, among: Iterable[str], heard: _Heard, signals: list[Signal]) -> tuple[str, int]:
    """Which of `among` has most of its words, the earlier one on a tie; and how many have any."""
    met = heard.met.get(aspect)
    if met is None:
        return "", 0
    hits = dict.fromkeys(among, 0)
    for meaning, entry, at, end in met:
        hits[meaning.name] += 1
        signals.append(Signal(f"{aspect}:{meaning.name}", entry, 1.0, *_span(heard.read, at, end)))
    return max(hits, key=hits.__getitem__), sum(1 for count in hits.values() if count)


def _span(read: Sequence[Token], at: int, end: int) -> tuple[int, int]:
    return read[at][1], read[end - 1][2]


def _placed(signal: Signal, head: int) -> Signal:
    """The signal with its place in the subject or in the text; `head` is how much of what was read is the
    subject.
    """
    if signal.end == 0:
        return signal
    if signal.start < head:
        end = min(signal.end, head - 1)
        return Signal(signal.aspect, signal.entry, signal.weight, signal.start, end, in_subject=True)
    return Signal(signal.aspect, signal.entry, signal.weight, signal.start - head, signal.end - head)


def _value(written: str) -> float:
    """What an amount is worth; its last separator is a decimal one when one or two digits follow."""
    digits = written.rstrip(".,")
    whole, decimals = digits, ""
    if found := _DECIMALS.search(digits):
        whole, decimals = digits[: found.start()], found[0][1:]
    return float(re.sub(r"[.,]", "", whole)[:15] or 0) + (float(f"0.{decimals}") if decimals else 0.0)
