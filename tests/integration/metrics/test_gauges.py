"""What an operator's Prometheus sees: figures per channel, the lag, and nobody's tenant."""

from __future__ import annotations

import asyncio
import urllib.request
from datetime import UTC, datetime

from services.chassis.testing.waiting import wait_for
from tests.integration.metrics.world import Process, Speaker, Story, World


def scrape(metrics: Process) -> list[str]:
    """The lines of /metrics. Blocks."""
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics.admin}/metrics", timeout=10) as answer:
        return list(answer.read().decode().splitlines())


def value(lines: list[str], name: str, **labels: str) -> float | None:
    """The value of one series."""
    for line in lines:
        if line.startswith(f"{name}{{") and all(f'{key}="{word}"' in line for key, word in labels.items()):
            return float(line.rpartition(" ")[2])
    return None


async def test_the_recent_minutes_are_gauges_without_tenants(world: World, speaker: Speaker) -> None:
    now = datetime.now(UTC)
    quick = Story(begins=now).complains().is_owned().is_answered(20).meets_its_clock(20)
    slow = Story(begins=now).complains().is_owned().is_answered(100)
    await speaker.say([*quick.said, *slow.said, *Story().complains().said])
    async with world.process() as metrics:

        async def current() -> list[str]:
            lines: list[str] = await asyncio.to_thread(scrape, metrics)
            state = value(lines, "amends_recent_complaints", channel="email", state="answered")
            return lines if state == 2 else []

        async def alive() -> bool:
            try:
                return bool(await asyncio.to_thread(scrape, metrics))
            except OSError:
                return False

        await wait_for(alive, 40, what="the probes' port")
        lines = await wait_for(current, 40, what="two answers in the gauges")
    assert value(lines, "amends_recent_complaints", channel="email", state="received") == 2
    assert value(lines, "amends_recent_share_60s", channel="email") == 0.5
    assert value(lines, "amends_recent_gap_seconds", channel="email", gap="headline", quantile="0.50") == 20
    assert value(lines, "amends_recent_outcomes", channel="email", outcome="clocks_met") == 1
    assert value(lines, "amends_consumer_lag", messaging_consumer_group_name="metrics") is not None
    assert [line for line in lines if line.startswith("amends_figures_age_seconds ")]
    assert not [line for line in lines if "acme" in line]
