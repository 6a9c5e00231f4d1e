"""`amends bench classify`: how well words are assessed on labelled tweets, next to plain ways; and the cost.

    amends bench classify --json [--tweets FILE]

FILE is a CSV with tweet_id, airline_sentiment, negativereason and text; by default that of the folder which
AMENDS_SHARED names, or `shared` beside the checkout. Where there is none, it says so and ends with 0. The
file was not used in writing rules or sentences; of a tweet that stands in it twice the last row counts.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path

from services.intake.adapters.wordlists import load_classifier

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("AMENDS_SHARED", ROOT.parent / "shared"))
TWEETS = SHARED / "data" / "complaint_text" / "tweets_us_airline.csv"
# The file's reasons in our words; for the others we have none.
REASONS = {
    "Late Flight": "delay",
    "Cancelled Flight": "cancellation",
    "Lost Luggage": "baggage",
    "Damaged Luggage": "baggage",
    "Customer Service Issue": "service",
    "Flight Attendant Complaints": "service",
    "Bad Flight": "quality",
    "Flight Booking Problems": "booking",
}
# The plain way: a few words anybody would write down first.
KEYWORDS = (
    "late",
    "delay",
    "cancel",
    "lost",
    "bag",
    "hold",
    "wait",
    "worst",
    "terrible",
    "refund",
    "rude",
    "not",
)


def wilson(hits: int, n: int, z: float = 1.96) -> list[float]:
    """95 % interval of a share."""
    if n == 0:
        return [0.0, 1.0]
    share, square = hits / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return [round(middle - half, 4), round(middle + half, 4)]


def figures(truth: Sequence[str], said: Sequence[str]) -> dict[str, object]:
    """Accuracy, and per class precision, recall and F1, each share with its interval."""
    right = sum(a == b for a, b in zip(truth, said, strict=True))
    found: dict[str, object] = {
        "n": len(truth),
        "accuracy": round(right / len(truth), 4),
        "accuracy_95": wilson(right, len(truth)),
    }
    for name in sorted(set(truth)):
        hits = sum(a == b == name for a, b in zip(truth, said, strict=True))
        called, are = said.count(name), truth.count(name)
        precision, recall = hits / called if called else 0.0, hits / are
        found[name] = {
            "n": are,
            "precision": round(precision, 4),
            "precision_95": wilson(hits, called),
            "recall": round(recall, 4),
            "recall_95": wilson(hits, are),
            "f1": round(2 * precision * recall / (precision + recall), 4) if hits else 0.0,
        }
    return found


def rows(file: Path) -> list[dict[str, str]]:
    """The tweets, each once."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list({row["tweet_id"]: row for row in csv.DictReader(lines)}.values())


def _keyword(text: str) -> str:
    lower = text.lower()
    return "negative" if any(word in lower for word in KEYWORDS) else "other"


def run(file: Path) -> dict[str, object]:
    """All figures of one run."""
    judge, tweets = load_classifier().judge, rows(file)
    texts = [row["text"] for row in tweets]
    truth = ["negative" if row["airline_sentiment"] == "negative" else "other" for row in tweets]
    judged = [judge("", text) for text in texts]
    reasons = [
        (REASONS[row["negativereason"]], one.topic or "unknown")
        for row, one in zip(tweets, judged, strict=True)
        if row["negativereason"] in REASONS
    ]
    commonest = Counter(name for name, _ in reasons).most_common(1)[0][0]
    majority = Counter(truth).most_common(1)[0][0]
    queries = [name for name, one in zip(truth, judged, strict=True) if one.confident_query]
    lost = queries.count("negative")
    return {
        "tweets": len(tweets),
        "negative": {
            "assessment": figures(truth, ["negative" if one.chance >= 0.5 else "other" for one in judged]),
            "keywords": figures(truth, [_keyword(text) for text in texts]),
            "majority": figures(truth, [majority] * len(truth)),
        },
        "reason": {
            "assessment": figures([name for name, _ in reasons], [said for _, said in reasons]),
            "majority": figures([name for name, _ in reasons], [commonest] * len(reasons)),
        },
        "taken_for_a_query": {
            "n": len(queries),
            "of_them_negative": lost,
            "share_of_negatives": round(lost / truth.count("negative"), 4),
            "share_of_negatives_95": wilson(lost, truth.count("negative")),
        },
        "cost_us_per_tweet": round(_cost(lambda text: judge("", text), texts), 1),
        "cost_us_of_keywords": round(_cost(_keyword, texts), 1),
    }


def _cost(judge: Callable[[str], object], texts: Sequence[str]) -> float:
    """Processor time per text in microseconds, of the quickest of some rounds: the others were disturbed."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        for text in texts:
            judge(text)
        best = min(best, time.process_time() - begun)
    return best / len(texts) * 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 0 also where there is no file to take them from."""
    parser = argparse.ArgumentParser(prog="amends bench classify")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tweets", type=Path, default=TWEETS)
    asked = parser.parse_args(arguments)
    if not asked.tweets.exists():
        sys.stderr.write(f"no labelled tweets at {asked.tweets}: nothing measured (--tweets)\n")
        return 0
    found = run(asked.tweets)
    sys.stdout.write(json.dumps(found, indent=None if asked.json else 2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
