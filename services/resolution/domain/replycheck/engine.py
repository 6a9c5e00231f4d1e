"""Reading a reply against a pack: findings with their place, why, and other words to use instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.resolution.domain.events import Finding
from services.resolution.domain.replycheck.pack import Good, Pack, Rule
from services.resolution.domain.words import Outcome

FIRST_NAME = "first_name"
_STRAIGHT = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "}
)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]?")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


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
    stopped. Lines quoted from the customer (starting with ">") are theirs, not ours."""
    if pack is None:
        return Checked(Outcome.UNCHECKED)
    own = _own_words(reading.text)
    goods = _goods(own, reading.first_name, pack)
    findings = [
        *(finding for rule in pack.rules for finding in _broken(rule, own)),
        *(finding for good in pack.goods if (finding := _missing(good, goods, reading, len(own)))),
    ]
    findings.sort(key=lambda each: (each.start, each.end, each.category))
    stopped = any(finding.severity == "error" for finding in findings)
    return Checked(
        Outcome.STOPPED if stopped else Outcome.PASSED,
        tuple(findings),
        goods,
        f"{pack.language}-{pack.version}",
    )


def goods_in(text: str, first_name: str, pack: Pack | None) -> tuple[str, ...]:
    """Only the goods: what a stretch of live speech gave to the customer."""
    return _goods(_own_words(text), first_name, pack) if pack else ()


def _own_words(text: str) -> str:
    """The same length as the text, so that offsets stay true: straight quotes, quoted lines blanked."""
    return _QUOTED.sub(lambda line: " " * len(line[0]), text.translate(_STRAIGHT))


def _goods(own: str, first_name: str, pack: Pack) -> tuple[str, ...]:
    return tuple(good.category for good in pack.goods if _given(good, own, first_name))


def _given(good: Good, own: str, first_name: str) -> bool:
    if good.category == FIRST_NAME:
        return bool(first_name) and _names(own, first_name)
    return any(pattern.search(own) for pattern in good.patterns)


def _names(own: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", own, re.IGNORECASE) is not None


def _broken(rule: Rule, own: str) -> list[Finding]:
    return [
        Finding(rule.category, rule.severity, match.start(), match.end(), rule.why, rule.suggestion)
        for match in rule.pattern.finditer(own)
        if match[0] and not _harmless(rule, own, match)
    ]


def _harmless(rule: Rule, own: str, match: re.Match[str]) -> bool:
    return bool(rule.unless) and any(pattern.search(_sentence_around(own, match)) for pattern in rule.unless)


def _sentence_around(own: str, match: re.Match[str]) -> str:
    start = max(own.rfind(mark, 0, match.start()) for mark in ".!?\n") + 1
    end = _SENTENCE.match(own, match.end())
    return own[start : end.end() if end else len(own)]


def _missing(good: Good, goods: tuple[str, ...], reading: Reading, end: int) -> Finding | None:
    severity = good.missing.get(reading.moment)
    unknowable = good.category == FIRST_NAME and not reading.first_name
    if severity is None or unknowable or good.category in goods:
        return None
    if severity == "error" and good.category in reading.said:
        severity = "warning"
    suggestion = good.suggestion.replace("{first_name}", reading.first_name)
    return Finding(good.category, severity, end, end, good.why, suggestion)
