"""Fixtures for all tests come from the chassis; here is only how to open embedded servers."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from services.chassis.testing.servers import EMBEDDED, Addresses
from services.standalone.servers import ServerSettings, servers

pytest_plugins = ["services.chassis.testing.fixtures"]

_SERVED = {"integration", "e2e", "faults", "bench"}


def pytest_configure(config: pytest.Config) -> None:
    """Where neither the environment nor Docker has servers, start the embedded ones."""
    config.stash[EMBEDDED] = embedded
    # a machine under load is slow: how long an example takes is no property of the code
    settings.register_profile("amends", deadline=None)
    settings.load_profile("amends")


class Beside(LoadScopeScheduling):
    """Two workers of `make test`: all that talks to servers stays in one of them, because two platforms on
    two cores starve each other; the other takes what only computes.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if _SERVED.isdisjoint(nodeid.split("/")) else "served"


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Beside:
    """However many workers there are, one has the servers."""
    return Beside(config, log)


@asynccontextmanager
async def embedded(env: Mapping[str, str]) -> AsyncIterator[Addresses]:
    """Servers of this run alone, in a folder that goes with them; the broker's jars stay in the user's
    cache.
    """
    with tempfile.TemporaryDirectory(prefix="amends-tests-") as home:
        settings = ServerSettings.from_environment({**env, "AMENDS_HOME": str(Path(home) / "data")})
        async with servers(settings) as running:
            yield Addresses(running.bootstrap, running.database_url)
