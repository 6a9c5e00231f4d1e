"""What the figures say next to what was injected: origins that are missing or impossible, a consumer that
stands still meanwhile, and the truth counted apart from the code that is measured.
"""

from __future__ import annotations

import math
import os
import random
import signal
from collections.abc import Sequence
from datetime import timedelta

from amends.metrics.v1 import service_pb2

from services.chassis.testing.waiting import wait_for
from tests.integration.metrics.world import NOON, Said, Speaker, Story, World

CASES = 300
# Seconds from the complaint: nobody knows, an hour later than it was received, 1996.
NO_ORIGIN = (None, 3_600.0, -30 * 365 * 86_400.0)


def injected(chance: random.Random) -> tuple[list[Said], list[float], int]:
    """Cases of twenty minutes: what is said of them, the known headlines in seconds, how many are unknown."""
    said, known, unknown = list[Said](), list[float](), 0
    for number in range(CASES):
        story = Story(begins=NOON + timedelta(seconds=chance.uniform(0, 1_200)))
        answered = round(1.5 + chance.lognormvariate(3.3, 0.8), 3)
        if number % 7:
            origin = round(chance.uniform(-20, 0.05), 3)
            known.append(answered - origin)
            story.complains(t0=origin)
        else:
            unknown += 1
            story.complains(t0=chance.choice(NO_ORIGIN))
        said += story.is_owned().is_answered(answered).said
    return said, known, unknown


def nearest_rank(values: Sequence[float], percent: int) -> float:
    return sorted(values)[math.ceil(percent / 100 * len(values)) - 1]


async def test_the_reported_percentiles_are_the_injectors_own(world: World, speaker: Speaker) -> None:
    said, known, unknown = injected(random.Random(60))
    half = len(said) // 2
    async with world.process() as metrics, world.client(metrics.port) as client:

        async def answered_some() -> bool:
            return bool((await client.all()).get("answered"))

        await speaker.say(said[:half])
        await wait_for(answered_some, 60, what="the stream to be at work")
        os.kill(metrics.child.pid, signal.SIGSTOP)
        try:
            for first in range(half, len(said), 50):
                await speaker.say(said[first : first + 50])
        finally:
            os.kill(metrics.child.pid, signal.SIGCONT)

        async def answered_all() -> bool:
            return (await client.all()).get("answered") == CASES

        await wait_for(answered_all, 60, what="every answer")
        (*_, total) = (await client.summarize(service_pb2.QueryWindowsRequest())).windows
    headline = next(gap for gap in total.gaps if gap.name == "headline")
    assert (headline.known, headline.unknown, total.unknown) == (len(known), unknown, unknown)
    assert total.within_60s == sum(one <= 60 for one in known)
    for percent, told in ((50, headline.p50_s), (95, headline.p95_s), (99, headline.p99_s)):
        truth = nearest_rank(known, percent)
        assert abs(told - truth) <= min(0.1, 0.01 * truth), f"p{percent}: {told}, in truth {truth}"
