"""The words by which a customer's answer is understood; a language is a data file (answers/).

Several languages are read at once, as one lexicon: a short answer does not say which language it is in, and
many customers mix two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from services.followup.domain.words import Solved, Verdict

Phrase = tuple[str, ...]
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases as tuples of lower-case words; the longest phrase at a place wins."""

    language: str
    solved: Mapping[Phrase, Solved]  # YES or NO
    verdicts: Mapping[Phrase, Verdict]
    opening_yes: Collection[str]  # counts only where a sentence begins: "ja" is a particle elsewhere
    opening_no: Collection[str]  # the same of a bare "no"
    negations: Collection[str]
    negated_behind: Collection[Phrase]  # turned round by a negation behind them, too
    doubtful: Collection[Phrase]  # not (yet) a fact: "will be fixed"
    courtesy: Collection[Phrase]  # says nothing either way: "thank you", "no problem"
    filler: Collection[str]
    score_words: Collection[str]  # beside a number they make it a score
    units: Collection[str]  # after a number they make it something else: "2 days"
    numbers: Mapping[str, int]  # "ten": 10
    longest: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out how far a phrase can reach."""
        phrases: Iterable[Phrase] = (*self.solved, *self.verdicts, *self.doubtful, *self.courtesy)
        object.__setattr__(self, "longest", max((len(phrase) for phrase in phrases), default=1))


def together(lexicons: Sequence[Lexicon]) -> Lexicon:
    """All of them as one. Raises ValueError where one language's word means another thing in the next."""
    return Lexicon(
        language="+".join(one.language for one in lexicons),
        solved=_joined(one.solved for one in lexicons),
        verdicts=_joined(one.verdicts for one in lexicons),
        opening_yes=_all(one.opening_yes for one in lexicons),
        opening_no=_all(one.opening_no for one in lexicons),
        negations=_all(one.negations for one in lexicons),
        negated_behind=_all(one.negated_behind for one in lexicons),
        doubtful=_all(one.doubtful for one in lexicons),
        courtesy=_all(one.courtesy for one in lexicons),
        filler=_all(one.filler for one in lexicons),
        score_words=_all(one.score_words for one in lexicons),
        units=_all(one.units for one in lexicons),
        numbers=_joined(one.numbers for one in lexicons),
    )


def _all(words: Iterable[Collection[K]]) -> frozenset[K]:
    return frozenset(one for some in words for one in some)


def _joined(meanings: Iterable[Mapping[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    for some in meanings:
        for word, meaning in some.items():
            if found.setdefault(word, meaning) != meaning:
                raise ValueError(f"{word!r} is both {found[word]!r} and {meaning!r}")
    return found
