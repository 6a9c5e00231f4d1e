"""A pack of reply-check rules for one language, parsed from its data file and compiled once.

Shape of the file: `language`, `version`, `rules` (category, severity, pattern, why, suggestion, unless),
`goods` (category, patterns, why, suggestion, missing: severity by moment). Patterns are regular expressions,
matched without regard to case on text whose curly quotes have been made straight."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from services.resolution.domain.errors import BadData

BAD = (
    "blame_colleague",
    "blame_customer",
    "blame_third_party",
    "excuse",
    "reject",
    "ignore",
    "disagree",
    "points_out_misunderstanding",
)
GOODS = ("apology", "thanks", "first_name", "ownership", "next_step")
SEVERITIES = ("error", "warning")
MOMENTS = ("first", "reply", "proposal", "introduction", "progress", "circle_back")
"""When something is said: the first words of a person on the case, else the kind of the reply."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing not to say. `unless`: patterns that, in the same sentence, make it harmless."""

    category: str
    severity: str
    pattern: re.Pattern[str]
    why: str
    suggestion: str
    unless: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Good:
    """One thing to say. first_name has no pattern: it is found by the customer's own name."""

    category: str
    patterns: tuple[re.Pattern[str], ...]
    why: str
    suggestion: str
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pack:
    """All rules of one language (primary subtag, "en") and the version that is written beside every
    result."""

    language: str
    version: str
    rules: tuple[Rule, ...]
    goods: tuple[Good, ...]


def parse(document: Mapping[str, Any]) -> Pack:
    """Raises BadData("bad_reply_pack") naming the rule that is wrong."""
    try:
        return Pack(
            language=str(document["language"]),
            version=str(document["version"]),
            rules=tuple(_rule(each) for each in document["rules"]),
            goods=tuple(_good(each) for each in document["goods"]),
        )
    except KeyError as missing:
        raise BadData("bad_reply_pack", f"The pack has no {missing}.") from missing


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(
        category=_one_of(BAD, entry["category"]),
        severity=_one_of(SEVERITIES, entry["severity"]),
        pattern=_compiled(entry["pattern"]),
        why=str(entry["why"]),
        suggestion=str(entry["suggestion"]),
        unless=tuple(_compiled(each) for each in entry.get("unless", ())),
    )


def _good(entry: Mapping[str, Any]) -> Good:
    missing = cast(Mapping[str, str], entry.get("missing", {}))
    return Good(
        category=_one_of(GOODS, entry["category"]),
        patterns=tuple(_compiled(each) for each in entry.get("patterns", ())),
        why=str(entry["why"]),
        suggestion=str(entry["suggestion"]),
        missing={
            _one_of(MOMENTS, moment): _one_of(SEVERITIES, severity) for moment, severity in missing.items()
        },
    )


def _one_of(words: Sequence[str], word: object) -> str:
    if word not in words:
        raise BadData("bad_reply_pack", f"{word!r} is none of {', '.join(words)}.")
    return cast(str, word)


def _compiled(pattern: object) -> re.Pattern[str]:
    if not isinstance(pattern, str):
        raise BadData("bad_reply_pack", f"{pattern!r} is no text; quote it.")
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise BadData("bad_reply_pack", f"{pattern!r} is no regular expression: {error}.") from error
