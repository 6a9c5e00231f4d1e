"""A pack of reply-check rules for one language, read from its data file.

Shape of the file (docs/reply-check.md): `language`, `version`, `words` (named lists of alternatives,
written {name} in any pattern and in later lists), `quoting`, `spared`, `resumes`,
`harmless` (`unless` for every rule), `repairs`, `families` (words that stand for one another to the model of
the language, with `stems`: also inside another word), `because`, `rules` (category,
severity, patterns, why, suggestion, unless), `goods` (category, patterns, why, suggestion, unless, missing:
severity by moment). Patterns are regular expressions, matched without regard to case on text whose quotes are
straight and whose spaces are single."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from services.resolution.domain.errors import BadData
from services.resolution.domain.replycheck.features import Lexicon
from services.resolution.domain.replycheck.model import Model
from services.resolution.domain.replycheck.model import parse as parse_model
from services.resolution.domain.replycheck.pattern import Pattern, Patterns, Thing, Words
from services.resolution.domain.replycheck.sieve import Sieve

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
DEMANDED = ("apology", "thanks", "first_name", "ownership", "next_step")
"""The goods that domain.md names: what is missed in a reply."""
GOODS = (*DEMANDED, "empathy", "contact", "prevention")
"""And those that a playbook's step may ask for: showing that we hear (P4.2, P5.2), whom to reach with what
lingers (P4.6), how it cannot happen again (P5.5)."""
SEVERITIES = ("error", "warning")
MOMENTS = ("first", "reply", "proposal", "introduction", "progress", "circle_back")
"""When something is said: the first words of a person on the case, else the kind of the reply."""
_WORD = re.compile(r"[^\W\d_]+")
_AT_THE_END = r"[.!?\n]"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing not to say. `unless`: patterns that, in the same sentence, make it harmless."""

    category: str
    severity: str
    patterns: Patterns
    why: str
    suggestion: str
    unless: Patterns


@dataclass(frozen=True, slots=True)
class Good:
    """One thing to say. first_name has no pattern: it is found by the customer's own name. `unless`: patterns
    that, in the same sentence, make it worth nothing ("sorry that you feel that way")."""

    category: str
    patterns: Patterns
    why: str
    suggestion: str
    missing: Mapping[str, str]
    unless: Patterns = ()


@dataclass(frozen=True)
class Pack:
    """All rules of one language (primary subtag, "en") and the version that is written beside every
    result. `quoting`: beside a quotation, says that the customer's words are quoted. `spared`: from here
    on until `resumes` something is reported or refused, and claimed by nobody ("I won't tell you it was")."""

    language: str
    version: str
    rules: tuple[Rule, ...]
    goods: tuple[Good, ...]
    quoting: Patterns
    spared: Patterns
    resumes: Pattern
    things: Mapping[str, Thing]
    repairs: Mapping[str, str]
    """By category, the sentence that repairs what was said aloud."""
    lexicon: Lexicon
    because: str = ""
    """What introduces the words that weighed most with the model."""
    model: Model | None = None
    """Decides with the rules; without one the rules decide alone."""

    @property
    def name(self) -> str:
        """What is written beside every result: "en-2"."""
        return f"{self.language}-{self.version}"

    @cached_property
    def wrongs(self) -> Sieve[tuple[Rule, Pattern]]:
        """What could be wrong in a sentence."""
        each = ((rule, pattern) for rule in self.rules for pattern in rule.patterns)
        return Sieve((pair, pair[1].needs) for pair in each)

    @cached_property
    def fair(self) -> Sieve[Pattern]:
        """What could make a sentence harmless."""
        each = {pattern: None for rule in self.rules for pattern in rule.unless}
        return Sieve((pattern, pattern.needs) for pattern in each)

    @cached_property
    def gifts(self) -> Sieve[tuple[Good, Pattern]]:
        """What could be given in a text."""
        each = ((good, pattern) for good in self.goods for pattern in good.patterns)
        return Sieve((pair, pair[1].needs) for pair in each)

    @cached_property
    def firsts(self) -> Mapping[str, Rule]:
        """By category, the rule whose words serve what only the model found."""
        return {rule.category: rule for rule in reversed(self.rules)}

    def compile(self) -> None:
        """Every pattern now, not at its first use. Raises BadData("bad_reply_pack") naming a wrong one."""
        for thing in self.things.values():
            _ = thing.regex
        for pattern in self._patterns():
            _ = pattern.regex

    def _patterns(self) -> Iterator[Pattern]:
        for rule in self.rules:
            yield from (*rule.patterns, *rule.unless)
        for good in self.goods:
            yield from (*good.patterns, *good.unless)
        yield from (*self.quoting, *self.spared, self.resumes)


def parse(document: Mapping[str, Any], weights: Mapping[str, Any] | None = None) -> Pack:
    """Of a pack's file and its model's, if it has one. Raises BadData("bad_reply_pack") naming the rule that
    is wrong, or "bad_reply_model"."""
    families = document.get("families", {})
    lexicon = Lexicon(
        {name: str(words).split() for name, words in families.items()}, stems=bool(document.get("stems"))
    )
    document = {key: value for key, value in document.items() if key != "families"}
    try:
        words = Words(document.get("words", {}), document.get("things", {}), _common_words(document))
        harmless = _patterns(document.get("harmless", ()), words)
        return Pack(
            language=str(document["language"]),
            version=str(document["version"]),
            rules=tuple(_rule(each, words, harmless) for each in document["rules"]),
            goods=tuple(_good(each, words) for each in document["goods"]),
            quoting=_patterns(document.get("quoting", ()), words),
            spared=_patterns(document.get("spared", ()), words),
            things=words.things,
            resumes=Pattern(document.get("resumes", _AT_THE_END), words),
            repairs={
                _one_of(BAD, category): str(say) for category, say in document.get("repairs", {}).items()
            },
            lexicon=lexicon,
            because=str(document.get("because", "")),
            model=None if weights is None else parse_model(weights, lexicon, BAD),
        )
    except KeyError as missing:
        raise BadData("bad_reply_pack", f"The pack has no {missing}.") from missing


def _common_words(document: Mapping[str, Any]) -> Mapping[str, int]:
    """How often a word stands in the pack, which tells how common it is in what the pack is for."""
    return Counter(_WORD.findall(str(document).casefold()))


def _rule(entry: Mapping[str, Any], words: Words, harmless: Patterns) -> Rule:
    return Rule(
        category=_one_of(BAD, entry["category"]),
        severity=_one_of(SEVERITIES, entry["severity"]),
        patterns=_patterns(entry["patterns"], words, tagged=True),
        why=str(entry["why"]),
        suggestion=str(entry["suggestion"]),
        unless=(*_patterns(entry.get("unless", ()), words), *harmless),
    )


def _good(entry: Mapping[str, Any], words: Words) -> Good:
    missing = cast(Mapping[str, str], entry.get("missing", {}))
    return Good(
        category=_one_of(GOODS, entry["category"]),
        patterns=_patterns(entry.get("patterns", ()), words),
        why=str(entry["why"]),
        suggestion=str(entry["suggestion"]),
        missing={
            _one_of(MOMENTS, moment): _one_of(SEVERITIES, severity) for moment, severity in missing.items()
        },
        unless=_patterns(entry.get("unless", ()), words),
    )


def _one_of(words: Sequence[str], word: object) -> str:
    if word not in words:
        raise BadData("bad_reply_pack", f"{word!r} is none of {', '.join(words)}.")
    return cast(str, word)


def _patterns(written: Iterable[object], words: Words, *, tagged: bool = False) -> Patterns:
    if isinstance(written, str):
        raise BadData("bad_reply_pack", f"{written!r} stands where a list is expected.")
    return tuple(Pattern(each, words, tagged=tagged) for each in written)
