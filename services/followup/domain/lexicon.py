"""The words by which a customer's answer is understood; a language is a data file (answers/)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from services.followup.domain.words import Solved, Verdict

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases as tuples of lower-case words; the longest phrase at a place wins."""

    language: str
    solved: Mapping[Phrase, Solved]  # YES or NO
    verdicts: Mapping[Phrase, Verdict]
    opening_no: Collection[str]  # a bare "no" counts only where a sentence begins
    negations: Collection[str]
    courtesy: Collection[Phrase]  # says nothing either way: "thank you", "no problem"
    filler: Collection[str]
    score_words: Collection[str]  # beside a number they make it a score
    units: Collection[str]  # after a number they make it something else: "2 days"
    numbers: Mapping[str, int]  # "ten": 10
    longest: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out how far a phrase can reach."""
        phrases: Iterable[Phrase] = (*self.solved, *self.verdicts, *self.courtesy)
        object.__setattr__(self, "longest", max((len(phrase) for phrase in phrases), default=1))
