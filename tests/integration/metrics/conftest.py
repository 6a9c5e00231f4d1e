"""What every test of metrics runs against."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.chassis.broker import Producer
from services.chassis.db import Database
from services.chassis.testing.fixtures import DsnsFor
from services.metrics.config import MetricsSettings
from tests.integration.metrics.world import Speaker, World


@pytest_asyncio.fixture
async def world(dsns_for: DsnsFor, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[World]:
    """Metrics' own database and the test's topics."""
    dsns = await dsns_for("metrics")
    settings = MetricsSettings(
        kafka_bootstrap=kafka_bootstrap, topic_prefix=topic_prefix, app_dsn=dsns.app, system_dsn=dsns.system
    )
    async with Database.open(dsns.app, dsns.system, name="test/metrics") as database:
        yield World(settings, dsns, database)


@pytest_asyncio.fixture
async def speaker(kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Speaker]:
    """Says what the other services would."""
    async with Producer.open(kafka_bootstrap, "test-speaker") as producer:
        yield Speaker(producer, topic_prefix)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here talks to real servers."""
    for item in items:
        if "tests/integration/metrics" in str(item.path):
            item.add_marker(pytest.mark.integration)
