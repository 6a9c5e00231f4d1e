"""Labelled sentences, and precision and recall of the reply check on them.

`development` is what rules may be written from, `training` what the models learn from besides; `held` is for
measuring, and no rule test reads it. A
sentence is `wrong` (says something it should not), `innocent` (sounds like it and is not), `good` (gives what
should be given) or `bare` (gives less than it seems). What is wrong is judged on every sentence, what is
given on good and bare ones. The customer of every sentence is called Maria.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.resolution.domain.replycheck import Pack, Reading, check
from services.resolution.domain.replycheck.pack import BAD, DEMANDED

HERE = Path(__file__).resolve().parent
NAME = "Maria"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and every category that a person found in it."""

    language: str
    kind: str
    expected: frozenset[str]
    text: str


@dataclass(slots=True)
class Score:
    """Sentences of one category, by whether person and check found it."""

    right: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of what was found, the share that is there; 0 when nothing was found."""
        return len(self.right) / max(1, len(self.right) + len(self.alarms))

    @property
    def recall(self) -> float:
        """Of what is there, the share that was found."""
        return len(self.right) / max(1, len(self.right) + len(self.missed))


def read(part: str) -> list[Sentence]:
    """`development`, `training` or `held`."""
    with (HERE / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return [
            Sentence(row["language"], row["kind"], frozenset(row["expected"].split()), row["text"])
            for row in csv.DictReader(file)
        ]


def measure(sentences: Sequence[Sentence], packs: Mapping[str, Pack]) -> dict[str, Score]:
    """Per category, over the sentences given."""
    scores = {category: Score() for category in (*BAD, *DEMANDED)}
    for sentence in sentences:
        for category, found in _judged(sentence, packs[sentence.language]):
            score = scores[category]
            if category in sentence.expected:
                (score.right if found else score.missed).append(sentence.text)
            elif found:
                score.alarms.append(sentence.text)
    return scores


@dataclass(slots=True)
class Split:
    """What the check does with sentences, by what a person found in them: `stops` and `warnings` are findings
    by category, right or not; then sentences, of those without any fault and of those with one."""

    stops: Score = field(default_factory=Score)
    warnings: Score = field(default_factory=Score)
    fair: int = 0
    fair_stopped: int = 0
    fair_warned: int = 0
    wrong_stopped: int = 0


def split(sentences: Sequence[Sentence], packs: Mapping[str, Pack]) -> Split:
    """What blocks a reply apart from what only warns."""
    whole = Split()
    for sentence in sentences:
        by_severity = _by_severity(sentence, packs[sentence.language])
        for score, found in ((whole.stops, by_severity["error"]), (whole.warnings, by_severity["warning"])):
            score.right += [sentence.text] * len(found & sentence.expected)
            score.alarms += [sentence.text] * len(found - sentence.expected)
        is_fair, is_stopped = not sentence.expected & set(BAD), bool(by_severity["error"])
        whole.fair += is_fair
        whole.fair_stopped += is_fair and is_stopped
        whole.fair_warned += is_fair and not is_stopped and bool(by_severity["warning"])
        whole.wrong_stopped += not is_fair and is_stopped
    return whole


def _by_severity(sentence: Sentence, pack: Pack) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"error": set(), "warning": set()}
    for finding in check(Reading(sentence.text, NAME, "circle_back"), pack).findings:
        if finding.category in BAD:
            found[finding.severity].add(finding.category)
    found["warning"] -= found["error"]
    return found


def _judged(sentence: Sentence, pack: Pack) -> Iterator[tuple[str, bool]]:
    checked = check(Reading(sentence.text, NAME, "circle_back"), pack)
    wrong = {finding.category for finding in checked.findings}
    yield from ((category, category in wrong) for category in BAD)
    if sentence.kind in ("good", "bare"):
        yield from ((category, category in checked.goods) for category in DEMANDED)
