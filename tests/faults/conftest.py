"""One platform of its own processes for all tests of faults: each breaks it, and it heals by itself."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support.checker import Checker
from tests.support.platform import Platform
from tests.support.platform import platform as running


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def platform() -> AsyncIterator[Platform]:
    """Kafka, PostgreSQL and every service, in a folder that goes with them."""
    with tempfile.TemporaryDirectory(prefix="amends-faults-") as home:
        async with running(Path(home)) as started:
            yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def checker(platform: Platform) -> Checker:
    """What compares the clients' ledger with PostgreSQL and the topics."""
    return Checker(platform)
