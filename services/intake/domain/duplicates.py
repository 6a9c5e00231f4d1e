"""The same matter by another way in: a customer who calls and writes within minutes has one case, not two.

Never by likeness alone: it has to be the same customer, known by evidence, and lately. See docs/adr/0014.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.kind import is_query
from services.intake.domain.records import Channel, CustomerWord

SAME_MATTER = "same_matter"
# A form names an address that nobody has proved, and a caller of the API says it is a complaint of its own.
_OF_THEIR_OWN = frozenset({Channel.WEBFORM, Channel.API})
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(?<![A-Za-z0-9-])[A-Za-z0-9-]{4,24}(?![A-Za-z0-9-])")
_REFERENCES = 8


@dataclass(frozen=True, slots=True)
class Recent:
    """A case that a customer began lately: how, when, and what its first words were about."""

    conversation_id: UUID
    channel: Channel
    opened_at: datetime
    topic: str
    references: frozenset[str]


def references(word: CustomerWord) -> frozenset[str]:
    """Numbers of orders, flights and bookings that the words name, in one form: two digits and a letter, or
    six digits.
    """
    text = f"{word.subject}\n{word.text_stripped or word.text}"[:4_000]
    if _DIGIT.search(text) is None:
        return frozenset()
    named = []
    for run in _RUN.findall(text):
        digits = sum(map(str.isdigit, run))
        if digits >= 6 or (digits >= 2 and any(map(str.isalpha, run))):
            named.append(run.replace("-", "").upper())
    return frozenset(named[:_REFERENCES])


def may_be_the_same(word: CustomerWord) -> bool:
    """Whether a word that belongs to no thread may belong to a case all the same."""
    return not (
        word.source.channel in _OF_THEIR_OWN
        or word.imported_from
        or word.suppressed_reason
        or word.must_thread
        or is_query(word)
    )


def same_matter(
    word: CustomerWord, at: datetime, recent: Iterable[Recent], window: timedelta
) -> tuple[Recent, str] | None:
    """The customer's newest case that the word belongs to, and why; None when it begins one of its own.

    Two references that differ are two matters, whatever else is alike.
    """
    named = references(word)
    for case in sorted(recent, key=lambda one: one.opened_at, reverse=True):
        if case.channel is word.source.channel or abs(at - case.opened_at) > window:
            continue
        if why := _why(word, named, case):
            minutes = int(abs(at - case.opened_at).total_seconds() // 60)
            return case, f"{why}; same customer, {case.channel} {minutes} min before"
    return None


def _why(word: CustomerWord, named: frozenset[str], case: Recent) -> str:
    if shared := named & case.references:
        return f"reference {min(shared)}"
    if named and case.references:
        return ""
    if word.category and word.category == case.topic:
        return f"topic {case.topic}"
    # Of a call nothing is known when it begins.
    if word.live or case.channel is Channel.PHONE:
        return "call"
    return ""
