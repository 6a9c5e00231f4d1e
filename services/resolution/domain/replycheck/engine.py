"""Reading a reply against a pack: findings with their place, why, and other words to use instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from services.resolution.domain.events import Finding
from services.resolution.domain.replycheck.features import windows
from services.resolution.domain.replycheck.marked import Marked, Span
from services.resolution.domain.replycheck.model import Judged, Model
from services.resolution.domain.replycheck.own import Own, apart, own_words
from services.resolution.domain.replycheck.pack import Good, Pack, Rule
from services.resolution.domain.replycheck.pattern import Pattern
from services.resolution.domain.replycheck.sieve import sentences
from services.resolution.domain.words import Outcome

FIRST_NAME = "first_name"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read: the text, the customer's first name ("" when nobody told us), and the moment, one of
    pack.MOMENTS. `said` are goods already given on this case, never missed a second time."""

    text: str
    first_name: str = ""
    moment: str = "first"
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The result: the outcome before any override, the findings in order of place, the goods that were
    found."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    goods: tuple[str, ...] = ()
    pack_version: str = ""


def check(reading: Reading, pack: Pack | None) -> Checked:
    """Reads the whole text. Without a pack the outcome is unchecked; with a finding of severity error,
    stopped. What the customer said is theirs, not ours (see own_words)."""
    if pack is None:
        return Checked(Outcome.UNCHECKED)
    own = own_words(reading.text, pack)
    goods = _goods(own, reading.first_name, pack)
    end = len(reading.text)
    findings = [
        *_wrongs(own, pack),
        *(finding for good in pack.goods if (finding := _missing(good, goods, reading, end))),
    ]
    findings.sort(key=lambda each: (each.start, each.end, each.category))
    stopped = any(finding.severity == "error" for finding in findings)
    return Checked(
        Outcome.STOPPED if stopped else Outcome.PASSED,
        tuple(findings),
        goods,
        pack.name,
    )


def goods_in(text: str, first_name: str, pack: Pack | None) -> tuple[str, ...]:
    """Only the goods: what a stretch of live speech gave to the customer."""
    return _goods(own_words(text, pack), first_name, pack) if pack else ()


def _goods(own: Own, first_name: str, pack: Pack) -> tuple[str, ...]:
    given = {FIRST_NAME} if first_name and _names(own.text, first_name) else set[str]()
    for good, pattern in pack.gifts.may_have(own.text):
        if good.category not in given and _gives(good, pattern, own):
            given.add(good.category)
    return tuple(good.category for good in pack.goods if good.category in given)


def _gives(good: Good, pattern: Pattern, own: Own) -> bool:
    return any(
        match[0] and not own.is_spared(match.start()) and not _any(good.unless, own.sentence(*match.span()))
        for match in pattern.regex.finditer(own.text)
    )


def _names(own: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", own, re.IGNORECASE) is not None


Found: TypeAlias = dict[str, dict[Span, Rule]]
"""By category, the places where a rule sees something."""


def _wrongs(own: Own, pack: Pack) -> Iterator[Finding]:
    """Of two findings of one category that overlap, the one that stops, else the longer: one thing is said
    once. Words that stop the reply are not warned of besides, for whatever else they may be."""
    found = list[_Place]()
    fair = _Fair(own, pack)
    for sentence in sentences(own.text):
        by_rules = _by_rules(own, sentence, fair, pack)
        found += (
            _placed(by_rules) if pack.model is None else _judged(own, sentence, by_rules, pack, pack.model)
        )
    stops = [place.span for place in found if place.severity == "error"]
    for place in found:
        if place.severity == "error" or not any(_overlap(place.span, stop) for stop in stops):
            yield Finding(
                place.rule.category,
                place.severity,
                *own.place(*place.span),
                place.rule.why + place.because,
                place.rule.suggestion,
            )


def ruled(text: str, pack: Pack) -> tuple[frozenset[str], frozenset[str]]:
    """The categories of the rules that see something in a sentence: of those that stop, and of the others."""
    own = own_words(text, pack)
    found = _by_rules(own, (0, len(own.text)), _Fair(own, pack), pack)
    narrow = _narrow(found)
    return narrow, frozenset(found) - narrow


@dataclass(frozen=True, slots=True)
class _Place:
    """One finding before it is said: `because` is what the model adds to the rule's words."""

    rule: Rule
    span: Span
    severity: str
    because: str = ""


def _by_rules(own: Own, sentence: Span, fair: _Fair, pack: Pack) -> Found:
    found: Found = {}
    start, end = sentence
    marked = Marked(own.text, start, end, pack.things)
    for rule, pattern in pack.wrongs.may_have(own.text[start:end]):
        for span in marked.spans(pattern):
            if not own.is_spared(span[0]) and not fair.unless(rule, span):
                found.setdefault(rule.category, {}).setdefault(span, rule)
    return found


def _narrow(found: Found) -> frozenset[str]:
    return frozenset(
        category
        for category, rules in found.items()
        if any(rule.severity == "error" for rule in rules.values())
    )


def _placed(found: Found) -> Iterator[_Place]:
    for rules in found.values():
        yield from (_Place(rules[span], span, rules[span].severity) for span in _once(rules))


def _judged(own: Own, sentence: Span, found: Found, pack: Pack, model: Model) -> Iterator[_Place]:
    """What the model, asked with what the rules found, says is there."""
    said = list[_Place]()
    for start, end in windows(own.text, *sentence):
        here = {
            category: {span: rule for span, rule in rules.items() if start <= span[0] < end}
            for category, rules in found.items()
        }
        here = {category: rules for category, rules in here.items() if rules}
        narrow = _narrow(here)
        for judged in model.judge(own.text, (start, end), narrow, here.keys() - narrow):
            places = list(_placed({judged.category: here.get(judged.category, {})}))
            for place in places or [_unruled(judged, pack, model)]:
                claimed = places or not own.is_spared(place.span[0])
                if claimed and not any(_repeats(place, other) for other in said):
                    said.append(place)
    yield from said


def _unruled(judged: Judged, pack: Pack, model: Model) -> _Place:
    span, heaviest = model.shown(judged)
    because = f" {pack.because} {', '.join(heaviest)}." if heaviest and pack.because else ""
    return _Place(pack.firsts[judged.category], span, "warning", because)


def _repeats(place: _Place, other: _Place) -> bool:
    return place.rule.category == other.rule.category and _overlap(place.span, other.span)


class _Fair:
    """Whether what is around a match makes it harmless; the same words are asked once for each rule."""

    def __init__(self, own: Own, pack: Pack) -> None:
        self._own, self._pack = own, pack
        self._could: dict[str, frozenset[Pattern]] = {}
        self._known: dict[tuple[int, str], bool] = {}

    def unless(self, rule: Rule, span: Span) -> bool:
        sentence = self._own.sentence(*span)
        key = id(rule), sentence
        if key not in self._known:
            could = self._could.get(sentence)
            if could is None:
                could = self._could[sentence] = frozenset(self._pack.fair.may_have(sentence))
            self._known[key] = _any((each for each in rule.unless if each in could), sentence)
        return self._known[key]


def _any(patterns: Iterable[Pattern], sentence: str) -> bool:
    return any(each.regex.search(sentence) for each in patterns)


def _once(rules: Mapping[Span, Rule]) -> list[Span]:
    firm = apart(span for span, rule in rules.items() if rule.severity == "error")
    mild = apart(span for span, rule in rules.items() if rule.severity != "error")
    return [*firm, *(span for span in mild if not any(_overlap(span, other) for other in firm))]


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _missing(good: Good, goods: tuple[str, ...], reading: Reading, end: int) -> Finding | None:
    severity = good.missing.get(reading.moment)
    unknowable = good.category == FIRST_NAME and not reading.first_name
    if severity is None or unknowable or good.category in goods:
        return None
    if severity == "error" and good.category in reading.said:
        severity = "warning"
    suggestion = good.suggestion.replace("{first_name}", reading.first_name)
    return Finding(good.category, severity, end, end, good.why, suggestion)
