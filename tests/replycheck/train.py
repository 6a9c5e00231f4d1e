"""Learns the weights of the reply check's model of each language, and writes them beside its pack.

    .venv/bin/python -m tests.replycheck.train [LANGUAGE ...]

From `development` and `training`; never from `held`. The border from which on a category is there is set on
sentences that the weights were not learned from (five parts, near copies together). Rules were written from
`development`, and what they add there is not believed: borders are set on `training`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.resolution.adapters import data, yaml_files
from services.resolution.domain import replycheck
from services.resolution.domain.replycheck import Pack
from services.resolution.domain.replycheck.engine import ruled
from services.resolution.domain.replycheck.features import features, tokens
from services.resolution.domain.replycheck.model import ZERO, rivals
from services.resolution.domain.replycheck.own import own_words
from services.resolution.domain.replycheck.pack import BAD
from services.resolution.domain.replycheck.sieve import sentences
from tests.replycheck.folds import folds
from tests.replycheck.labelled import Sentence, read
from tests.replycheck.svm import learn

PARTS = 5
COST = 2.0
OFTEN = 2
"""In how many sentences a feature must be to be weighed."""
HEAVIEST = 46
PRECIOUS = 0.5
"""The beta of the F-measure whose best border warns: precision counts twice as much as recall."""
ADDS = (0.1, 0.25, 0.4, 0.55, 0.75, 1.0, 1.3)
"""What a rule may add to the score of its category (1 is a model's margin)."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence as the model sees it, and the categories of the rules that see something in it."""

    sentence: Sentence
    part: str
    seen: frozenset[str]
    narrow: frozenset[str]
    wide: frozenset[str]


def main(languages: Sequence[str]) -> None:
    """Writes services/resolution/replycheck/LANGUAGE.weights.json and prints what the borders let through."""
    for language in languages or ("de", "en"):
        file = data.HERE / "replycheck" / f"{language}.yaml"
        pack = replycheck.parse(yaml_files.mapping(file.name, file.read_text(encoding="utf-8")))
        examples = list(_examples(language, pack))
        document = _borders(examples) | _learned(examples).document()
        file.with_suffix(".weights.json").write_text(
            json.dumps(document, ensure_ascii=False, indent=0, sort_keys=True) + "\n", "utf-8"
        )


def _examples(language: str, pack: Pack) -> Iterator[Example]:
    """A text of several sentences that is fair is as many examples; one that is not, only whole."""
    known = set[str]()
    for part in ("development", "training"):
        for each in read(part):
            text = own_words(each.text, pack).text
            if each.language != language or each.kind == "bare" or text.casefold() in known:
                continue
            known.add(text.casefold())
            fair = not each.expected & set(BAD)
            for start, end in sentences(text) if fair else [(0, len(text))]:
                words = [token.word for token in tokens(text, start, end)]
                seen = frozenset(feature for feature, _, _ in features(words, pack.lexicon))
                narrow, wide = ruled(text[start:end], pack)
                yield Example(
                    Sentence(language, each.kind, each.expected & set(BAD), text[start:end]),
                    part,
                    seen,
                    narrow,
                    wide,
                )


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights of every feature by category, as the model's file has them."""

    index: Mapping[str, int]
    weights: Sequence[Sequence[float]]
    bias: Sequence[float]

    def margins(self, seen: frozenset[str]) -> list[float]:
        """As Model.margins."""
        known = [self.index[each] for each in seen if each in self.index]
        size = max(1, len(seen)) ** 0.5
        return [
            bias + sum(own[each] for each in known) / size
            for own, bias in zip(self.weights, self.bias, strict=True)
        ]

    def document(self) -> dict[str, object]:
        """Each weight as a letter; a feature whose weights are all of the middle letter is left out."""
        steps = [max(map(abs, own)) / HEAVIEST * 0.75 for own in self.weights]
        rows = {
            feature: "".join(
                chr(ZERO + max(-HEAVIEST, min(HEAVIEST, round(own[at] / step))))
                for own, step in zip(self.weights, steps, strict=True)
            )
            for feature, at in self.index.items()
        }
        return {
            "steps": dict(zip(BAD, steps, strict=True)),
            "bias": dict(zip(BAD, self.bias, strict=True)),
            "weights": {feature: row for feature, row in rows.items() if set(row) != {chr(ZERO)}},
        }


def _learned(examples: Sequence[Example]) -> Learned:
    times = Counter(feature for example in examples for feature in example.seen)
    index = {
        feature: at for at, feature in enumerate(sorted(f for f, often in times.items() if often >= OFTEN))
    }
    rows = [[index[each] for each in sorted(example.seen) if each in index] for example in examples]
    heard = [
        [index[each] for each in sorted(example.seen) if each in index and _is_heard(each)]
        for example in examples
    ]
    pairs = [
        _mean_of_two(rows, heard, [category in each.sentence.expected for each in examples], len(index))
        for category in BAD
    ]
    return Learned(index, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _is_heard(feature: str) -> bool:
    """Whether it is of the words alone, without a family."""
    return "<" not in feature


def _mean_of_two(
    rows: Sequence[Sequence[int]], heard: Sequence[Sequence[int]], yes: Sequence[bool], size: int
) -> tuple[list[float], float]:
    """The mean of what is learned from all features and from the words alone: families are broad, and the two
    err on different sentences. Both count a feature alike, so one set of weights is enough."""
    counts = [len(row) for row in rows]
    share = sum(len(few) / max(1, all_) for few, all_ in zip(heard, counts, strict=True)) / len(rows)
    (one, bias), (other, second) = learn(rows, yes, size, COST), learn(heard, yes, size, COST / share, counts)
    return [(left + right) / 2 for left, right in zip(one, other, strict=True)], (bias + second) / 2


Scored: TypeAlias = Sequence[tuple[Example, Sequence[float]]]


def _borders(examples: Sequence[Example]) -> dict[str, object]:
    """What rules add, and the borders, on sentences that the weights of their part were not learned from."""
    parts = folds([example.sentence.text for example in examples], PARTS)
    scored = list[tuple[Example, list[float]]]()
    for part in range(PARTS):
        learned = _learned([each for each, own in zip(examples, parts, strict=True) if own != part])
        scored += [
            (example, learned.margins(example.seen))
            for example, own in zip(examples, parts, strict=True)
            if own == part and example.part == "training"
        ]
    adds = [_best_adds(scored, at, category) for at, category in enumerate(BAD)]
    judged = [(example, rivals(_added(example, margins, adds))) for example, margins in scored]
    warns = {category: _warn(judged, at, category) for at, category in enumerate(BAD)}
    _report(judged, warns)
    return {
        "narrow": {category: firm for category, (firm, _) in zip(BAD, adds, strict=True)},
        "wide": {category: mild for category, (_, mild) in zip(BAD, adds, strict=True)},
        "warns": warns,
    }


def _added(example: Example, margins: Sequence[float], adds: Sequence[tuple[float, float]]) -> list[float]:
    return [
        margin + (firm if category in example.narrow else mild if category in example.wide else 0.0)
        for category, margin, (firm, mild) in zip(BAD, margins, adds, strict=True)
    ]


def _best_adds(scored: Scored, at: int, category: str) -> tuple[float, float]:
    """With which additions the category is found best."""

    def best(firm: float, mild: float) -> float:
        return _best(
            (
                margins[at]
                + (firm if category in example.narrow else mild if category in example.wide else 0.0),
                category in example.sentence.expected,
            )
            for example, margins in scored
        )[0]

    return max(((firm, mild) for firm in ADDS for mild in ADDS if mild <= firm), key=lambda pair: best(*pair))


def _warn(judged: Scored, at: int, category: str) -> float:
    return _best((scores[at], category in example.sentence.expected) for example, scores in judged)[1]


def _best(pairs: Iterable[tuple[float, bool]]) -> tuple[float, float]:
    """The greatest F-measure that any border reaches, and that border."""
    ordered = sorted(pairs, reverse=True)
    there, right, most, weight = sum(found for _, found in ordered), 0, (0.0, 9.0), PRECIOUS**2
    for count, (score, found) in enumerate(ordered, 1):
        right += found
        most = max(most, ((1 + weight) * right / (count + weight * there), round(score, 3)))
    return most


def _report(judged: Scored, warns: Mapping[str, float]) -> None:
    whole = Counter[str]()
    for at, category in enumerate(BAD):
        count = Counter[str]()
        for example, scores in judged:
            found, there = scores[at] >= warns[category], category in example.sentence.expected
            count["right"] += found and there
            count["alarms"] += found and not there
            count["missed"] += there and not found
        whole += count
        _print(category, count)
    _print("all faults", whole)


def _print(name: str, count: Counter[str]) -> None:
    precision = count["right"] / max(1, count["right"] + count["alarms"])
    recall = count["right"] / max(1, count["right"] + count["missed"])
    print(f"{name:30} {precision:.2f} {recall:.2f} {count['right']}/{count['alarms']}/{count['missed']}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
