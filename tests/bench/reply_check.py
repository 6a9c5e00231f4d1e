"""How well the reply check reads sentences that no rule was written from: precision and recall per category.

The held half of the labelled sentences (tests/replycheck), the packs that ship, the engine that services run.
Beside each figure stands the number of sentences it rests on; time is that of one sentence.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence

from services.resolution.adapters import data
from services.resolution.config import Settings
from services.resolution.domain.replycheck import Pack, Reading, check
from services.resolution.domain.replycheck.pack import BAD
from tests.replycheck.labelled import NAME, Score, Sentence, measure, read, split
from tests.support.reporting import Figures, main, percentile, rounded

PRECISION, RECALL = 0.95, 0.85


async def run(_: argparse.Namespace) -> Figures:
    """Figures of all languages together, then of each; what was missed is counted here and never listed."""
    sentences, packs = read("held"), data.load(Settings()).packs
    whole = measure(sentences, packs)
    languages = sorted({sentence.language for sentence in sentences})
    return {
        "sentences": len(sentences),
        "target": f"precision at least {PRECISION} and recall at least {RECALL}, per category",
        "met": all(_met(score) for score in whole.values()),
        "below_target": sorted(category for category, score in whole.items() if not _met(score)),
        "all_faults": _figures(_sum([whole[category] for category in BAD])),
        "stops_and_warnings": _split(sentences, packs),
        "categories": {category: _figures(score) for category, score in whole.items()},
        "languages": {
            language: _language([each for each in sentences if each.language == language], packs)
            for language in languages
        },
        "ms_per_sentence": _times(sentences, packs),
        "packs": {language: packs[language].version for language in languages},
        "held_equal": "rules come from development.csv; held.csv came after them, measured here alone",
    }


def _language(sentences: Sequence[Sentence], packs: Mapping[str, Pack]) -> Figures:
    scores = measure(sentences, packs)
    faults = _sum([scores[category] for category in BAD])
    categories = {category: _figures(score) for category, score in scores.items()}
    return {"sentences": len(sentences), "all_faults": _figures(faults), "categories": categories}


def _split(sentences: Sequence[Sentence], packs: Mapping[str, Pack]) -> Figures:
    """What blocks a reply, apart from what only warns; `fair` are sentences without any fault."""
    apart = split(sentences, packs)
    return {
        "stops_right": len(apart.stops.right),
        "stops_of_another_category_or_none": len(apart.stops.alarms),
        "stops_precision": rounded(apart.stops.precision),
        "stopped_sentences_with_a_fault": rounded(
            apart.wrong_stopped / max(1, apart.wrong_stopped + apart.fair_stopped)
        ),
        "warnings_precision": rounded(apart.warnings.precision),
        "fair": apart.fair,
        "fair_stopped": apart.fair_stopped,
        "fair_warned": apart.fair_warned,
    }


def _met(score: Score) -> bool:
    return score.precision >= PRECISION and score.recall >= RECALL


def _sum(scores: Sequence[Score]) -> Score:
    whole = Score()
    for score in scores:
        whole.right += score.right
        whole.alarms += score.alarms
        whole.missed += score.missed
    return whole


def _figures(score: Score) -> Figures:
    return {
        "precision": rounded(score.precision),
        "recall": rounded(score.recall),
        "right": len(score.right),
        "false_alarms": len(score.alarms),
        "missed": len(score.missed),
    }


def _times(sentences: Sequence[Sentence], packs: Mapping[str, Pack]) -> Figures:
    taken = []
    for sentence in sentences:
        started = time.perf_counter()
        check(Reading(sentence.text, NAME), packs[sentence.language])
        taken.append((time.perf_counter() - started) * 1000)
    return {"p50": rounded(percentile(taken, 0.5)), "p99": rounded(percentile(taken, 0.99))}


if __name__ == "__main__":
    sys.exit(main("reply_check", __doc__, run, {}))
