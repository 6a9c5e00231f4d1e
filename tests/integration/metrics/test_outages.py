"""Kafka goes away and comes back: figures stay exact, and a process that must stop stops all the same."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.chassis import topics
from services.chassis.broker import Producer
from services.chassis.db import Database
from services.chassis.testing.fixtures import DsnsFor
from services.chassis.testing.waiting import wait_for
from services.metrics.config import MetricsSettings
from services.standalone.kafka import EmbeddedKafka
from services.standalone.layout import Layout
from tests.integration.metrics.world import Speaker, World, told

pytestmark = pytest.mark.faults


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """A broker of this test's own, to be stopped without harm to others."""
    layout = Layout.from_environment({**os.environ, "AMENDS_HOME": str(tmp_path / "data")}, tmp_path)
    yield layout
    layout.fresh()


async def shows(world: World, port: int, **wanted: object) -> None:
    """Waits until the figures are these."""
    async with world.client(port) as client:

        async def look() -> bool:
            line = await client.all()
            return all(line.get(name) == value for name, value in wanted.items())

        await wait_for(look, 60, what=f"{wanted}")


async def speak(bootstrap: str, n: int) -> None:
    async with Producer.open(bootstrap, "test-speaker") as producer:
        await Speaker(producer, "").say(told(n=n))


async def test_figures_stay_exact_through_an_outage_and_a_stop_during_one_ends(
    dsns_for: DsnsFor, layout: Layout
) -> None:
    dsns = await dsns_for("metrics")
    few = [replace(topic, partitions=2) for topic in topics.load()]
    async with Database.open(dsns.app, dsns.system, name="test/metrics") as database:
        async with EmbeddedKafka(layout) as kafka:
            await asyncio.to_thread(topics.apply, kafka.bootstrap, "", few)
            settings = MetricsSettings(
                kafka_bootstrap=kafka.bootstrap, app_dsn=dsns.app, system_dsn=dsns.system
            )
            world = World(settings, dsns, database)
            await speak(kafka.bootstrap, 20)
            running = world.process()
            metrics = await running.__aenter__()
            await shows(world, metrics.port, complaints=20, closed_confirmed=20)
        try:
            async with EmbeddedKafka(layout) as kafka:
                await speak(kafka.bootstrap, 15)
                await shows(world, metrics.port, complaints=35, closed_confirmed=35)
            assert metrics.child.returncode is None
            metrics.child.send_signal(signal.SIGTERM)
            async with asyncio.timeout(60):
                assert await metrics.child.wait() in (0, 1)
        finally:
            await running.__aexit__(None, None, None)
