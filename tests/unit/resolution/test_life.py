"""Whatever people try, in whatever order and wherever it crashes: one owner, no rise in rank, no closing
without its evidence, one truth (lives.py says it in asserts). A story is its seed: a failure names it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from random import Random
from typing import get_args

import pytest

from services.resolution.adapters import data
from services.resolution.app.rules import Rules
from services.resolution.config import Settings
from services.resolution.domain import events as e
from services.resolution.domain.decide import replies
from services.resolution.domain.replycheck import Checked, Pack, Reading
from services.resolution.domain.words import Closing
from tests.unit.resolution.lives import Story, every_event, told

SEQUENCES, PART = 100_000, 500
FIRST_SEED = int(os.environ.get("AMENDS_PROVE_SEED", "0"))


def story_of(rules: Rules, seed: int) -> Story:
    dice = Random(seed)
    try:
        return told(rules, dice, dice.randrange(10, 60))
    except (AssertionError, LookupError) as broken:
        raise AssertionError(f"the story of seed {seed} breaks: {broken!r}") from broken


@contextmanager
def reading_once() -> Iterator[None]:
    """The same few words are read by the reply check over and over: what it says of them is kept."""
    known: dict[Reading, Checked] = {}
    check = replies.check

    def remembered(reading: Reading, pack: Pack | None) -> Checked:
        if reading not in known:
            known[reading] = check(reading, pack)
        return known[reading]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replies, "check", remembered)
        yield


def test_no_order_of_attempts_and_crashes_breaks_what_must_always_hold(rules: Rules) -> None:
    """And the stories told here reach every part of a case's life, or they would prove little."""
    seen: set[type] = set()
    closings: Counter[Closing] = Counter()
    with reading_once():
        for seed in range(1_200):
            for event in every_event(story_of(rules, seed)):
                seen.add(type(event))
                if isinstance(event, e.CaseClosed):
                    closings[event.closing] += 1
    assert set(get_args(e.Published)) - seen == set()
    assert set(closings) == set(Closing)


def _part(first_seed: int) -> str:
    """A part of the long run; the first story that breaks anything, by its seed."""
    rules = data.load(Settings())
    try:
        with reading_once():
            for seed in range(first_seed, first_seed + PART):
                story_of(rules, seed)
    except AssertionError as broken:
        return str(broken)
    return ""


@pytest.mark.prove
def test_a_hundred_thousand_stories_with_crashes_break_nothing() -> None:
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        starts = range(FIRST_SEED, FIRST_SEED + SEQUENCES, PART)
        broken = [failure for failure in pool.imap_unordered(_part, starts) if failure]
    assert broken == []
