"""Fixtures for all tests come from the chassis; here is only how to open embedded servers."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from services.chassis.testing.servers import EMBEDDED, Addresses
from services.standalone.servers import ServerSettings, servers

pytest_plugins = ["services.chassis.testing.fixtures"]

_SERVERS = {"kafka_bootstrap", "postgres_url"}
_WITH_PROCESSES = {"integration", "e2e", "faults", "bench"}


def pytest_configure(config: pytest.Config) -> None:
    """Where neither the environment nor Docker has servers, start the embedded ones."""
    config.stash[EMBEDDED] = embedded
    # a machine under load is slow: how long an example takes is no property of the code
    settings.register_profile("amends", deadline=None)
    settings.load_profile("amends")


@pytest.hookimpl(tryfirst=True)  # before the workers read the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` runs two workers: all that talks to servers stays in one of them, because two platforms on
    two cores starve each other; the other takes what only computes.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if not _SERVERS.isdisjoint(fixtures) or not _WITH_PROCESSES.isdisjoint(item.nodeid.split("/")):
            item.add_marker(pytest.mark.xdist_group("servers"))


@asynccontextmanager
async def embedded(env: Mapping[str, str]) -> AsyncIterator[Addresses]:
    """Servers of this run alone, in a folder that goes with them; the broker's jars stay in the user's
    cache.
    """
    with tempfile.TemporaryDirectory(prefix="amends-tests-") as home:
        settings = ServerSettings.from_environment({**env, "AMENDS_HOME": str(Path(home) / "data")})
        async with servers(settings) as running:
            yield Addresses(running.bootstrap, running.database_url)
