"""Train the small model of assessment: samples/assessment/*.txt to services/intake/adapters/assessment.tsv.

    python scripts/train_assessment.py           # write the weights
    python scripts/train_assessment.py --check   # how well it does on sentences it has not seen (5 parts)

The sentences are written by hand for this purpose. A line `# complaint delay` or `# query -` says what the
lines below it are. Logistic regression by plain gradient steps, in one fixed order: the same
sentences always give the same weights.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import exp, sqrt
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from services.intake.adapters.wordlists import load_classifier  # noqa: E402 - the checkout's own
from services.intake.domain.classify import Classifier  # noqa: E402
from services.intake.domain.linear import Model  # noqa: E402

SENTENCES = ROOT / "samples" / "assessment"
WEIGHTS = ROOT / "services" / "intake" / "adapters" / "assessment.tsv"
_ROUNDS = 20
_RATE = 2.0
_DECAY = 1e-4  # keeps a word that was seen once from deciding alone
_LEAST = 0.05  # lighter weights are left out


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence: its features, whether it complains, and about what ("" for nothing of the list)."""

    text: str
    features: dict[str, int]
    complaint: bool
    topic: str


def examples(folder: Path = SENTENCES) -> list[Example]:
    """All sentences, those of the languages mixed so that none is learned last."""
    by_file = [list(_read(file)) for file in sorted(folder.glob("sentences.*.txt"))]
    mixed = [(at / len(each), example) for each in by_file for at, example in enumerate(each)]
    # A fixed shuffle: neighbours in a file are of one kind.
    mixed.sort(key=lambda one: sha256(one[1].text.encode()).digest())
    return [example for _, example in mixed]


def _read(file: Path) -> Iterator[Example]:
    words, complaint, topic = load_classifier(model=""), False, ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            kind, topic = line[2:].split()
            complaint, topic = kind == "complaint", topic.replace("-", "")
        elif line.strip():
            yield Example(line, words.features(line), complaint, topic)


class _Weights:
    """Weights, moved against the slope of the loss."""

    def __init__(self) -> None:
        self.of: dict[str, float] = {}

    def step(self, feature: str, slope: float, rate: float) -> None:
        weight = self.of.get(feature, 0.0)
        self.of[feature] = weight - rate * (slope + _DECAY * weight)


def train(of: Sequence[Example]) -> Model:
    """The model of these sentences."""
    weights = _Weights()
    for turn in range(_ROUNDS):
        rate = _RATE / (1.0 + turn / 5)
        for example in of:
            _learn(example, weights, rate)
    bias = round(weights.of.pop("", 0.0), 2)
    return Model(version=version(of), bias=bias, weights=_kept(weights))


def version(of: Sequence[Example]) -> str:
    """Says which sentences the weights are made of."""
    whole = "\n".join(f"{one.complaint}\t{one.topic}\t{one.text}" for one in of)
    return f"words-{sha256(whole.encode()).hexdigest()[:12]}"


def _learn(example: Example, kind: _Weights, rate: float) -> None:
    scale = 1.0 / sqrt(len(example.features) or 1)
    total = kind.of.get("", 0.0) + scale * sum(kind.of.get(one, 0.0) for one in example.features)
    wrong = 1.0 / (1.0 + exp(-total)) - example.complaint
    kind.step("", wrong, rate)
    for feature in example.features:
        kind.step(feature, wrong * scale, rate)


def _kept(weights: _Weights) -> dict[str, float]:
    return {one: round(value, 2) for one, value in sorted(weights.of.items()) if abs(value) >= _LEAST}


def written(model: Model) -> str:
    """The weights file: adapters/wordlists.py reads it."""
    return "\n".join(
        [
            "#! Made by scripts/train_assessment.py from samples/assessment; not edited by hand.",
            f"#version\t{model.version}",
            f"#bias\t{model.bias:g}",
            *(f"{feature}\t{weight:g}" for feature, weight in model.weights.items()),
            "",
        ]
    )


def check(of: Sequence[Example], parts: int = 5) -> dict[str, float]:
    """How well sentences are judged that were left out of training; and topics, which go by words alone."""
    shipped = load_classifier(model="")
    right = lost = queries = topics = 0
    for part in range(parts):
        judge = Classifier(
            shipped.rules, train([one for at, one in enumerate(of) if at % parts != part])
        ).judge
        for example in (one for at, one in enumerate(of) if at % parts == part):
            judged = judge("", example.text)
            right += (judged.chance >= 0.5) == example.complaint
            queries += judged.confident_query
            lost += judged.confident_query and example.complaint
            topics += bool(example.topic) and judged.topic == example.topic
    about = sum(bool(one.topic) for one in of)
    return {
        "sentences": len(of),
        "complaints": sum(one.complaint for one in of),
        "kind_accuracy": round(right / len(of), 3),
        "topics_found": round(topics / about, 3),
        "taken_for_queries": queries,
        "complaints_among_them": lost,
    }


if __name__ == "__main__":
    read = examples()
    if "--check" in sys.argv[1:]:
        for name, value in check(read).items():
            sys.stdout.write(f"{name}\t{value}\n")
    else:
        WEIGHTS.write_text(written(train(read)), encoding="utf-8")
