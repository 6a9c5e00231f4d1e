"""What every test of resolution runs against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import pytest_asyncio

from services.chassis.service import Role
from services.chassis.testing.fixtures import DsnsFor
from services.resolution.config import Settings
from tests.integration.resolution.world import World, world

Run = Callable[..., AbstractAsyncContextManager[World]]


@pytest_asyncio.fixture
async def run(dsns_for: DsnsFor, kafka_bootstrap: str, topic_prefix: str) -> Run:
    """`async with run(hand_off_s=0.5) as world`: resolution with these settings."""
    dsns = await dsns_for("resolution")

    def start(role: Role = Role.RUN, **changed: object) -> AbstractAsyncContextManager[World]:
        changed.setdefault("playbook", "sixty-seconds")  # the shortest, where a test is not about one
        settings = Settings(
            kafka_bootstrap=kafka_bootstrap,
            topic_prefix=topic_prefix,
            app_dsn=dsns.app,
            system_dsn=dsns.system,
            **changed,  # type: ignore[arg-type]
        )
        return world(settings, dsns, role)

    return start


@pytest_asyncio.fixture
async def air(run: Run) -> AsyncIterator[World]:
    """An airline: Ana and Ben at the front line, Lea leads, Vic is their director."""
    async with run() as running:
        await running.hire("ana", languages=["en"], skills=["delay"])
        await running.hire("ben", languages=["en"], present=False)
        await running.hire("lea", rank=1, duty_owner=True)
        await running.hire("vic", rank=3)
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here talks to real servers."""
    for item in items:
        if "tests/integration/resolution" in str(item.path):
            item.add_marker(pytest.mark.integration)
