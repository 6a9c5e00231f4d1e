"""The benchmark of assessment: what it counts, and the labelled tweets where there are any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import classify
from tests.unit.intake.corpora import corpus

HEAD = "tweet_id,airline_sentiment,negativereason,text\n"
LINES = (
    "1,neutral,,Do you fly to Oslo?\n"
    "1,negative,Late Flight,Three hours late and nobody says a word\n"
    "2,positive,,Thank you for the lovely flight\n"
    "3,negative,Can't Tell,This is a disgrace\n"
)


def test_each_tweet_counts_once_by_its_last_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text(HEAD + LINES, encoding="utf-8")
    assert classify.main(["--json", "--tweets", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tweets"] == 3
    assert told["negative"]["assessment"]["accuracy"] == 1.0
    assert told["negative"]["majority"]["negative"]["precision"] == round(2 / 3, 4)
    assert told["reason"]["assessment"]["delay"]["recall"] == 1.0
    assert told["taken_for_a_query"]["of_them_negative"] == 0


def test_without_tweets_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classify.main(["--tweets", str(tmp_path / "none.csv")]) == 0
    assert "nothing measured" in capsys.readouterr().err


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (5, 10), (10, 10), (0, 0)])
def test_an_interval_holds_the_share_and_stays_within_nothing_and_all(hits: int, n: int) -> None:
    low, high = classify.wilson(hits, n)
    assert 0.0 <= low <= (hits / n if n else 0.5) <= high <= 1.0


def test_the_labelled_tweets_are_as_many_as_their_figures_say() -> None:
    for figures in corpus("", "expected_figures.json"):
        expected = json.loads(figures.read_text(encoding="utf-8"))["tweets"]
        tweets = classify.rows(figures.parent / "complaint_text" / "tweets_us_airline.csv")
        assert len(tweets) == expected["distinct_tweet_id"]
