"""Fixtures for all tests come from the chassis; here is only how to open embedded servers."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from services.chassis.testing.servers import EMBEDDED, Addresses
from services.standalone.servers import ServerSettings, servers
from tests.support.scratch import scratch

pytest_plugins = ["services.chassis.testing.fixtures"]

_PLATFORMS = {"bench", "e2e", "faults"}

# A machine under load is slow: how long an example takes is no property of the code.
settings.register_profile("amends", deadline=None, max_examples=60)
settings.register_profile("thorough", deadline=None, max_examples=1000)  # in `make prove`


def pytest_configure(config: pytest.Config) -> None:
    """Where neither the environment nor Docker has servers, start the embedded ones."""
    config.stash[EMBEDDED] = embedded
    folder = ExitStack()
    folder.enter_context(scratch())
    config.add_cleanup(folder.close)
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("amends")


class Houses(LoadScopeScheduling):
    """The workers of `make test`. Tests that start servers or whole platforms of their own stay together: two
    such at once on two cores would starve each other. So do those of one service, on their worker's pair of
    servers. The largest part goes first, and what only computes goes last, to whoever is free.
    """

    def _split_scope(self, nodeid: str) -> str:
        _, kind, part, *_ = nodeid.split("/")
        if kind in _PLATFORMS or (kind, part) == ("integration", "standalone"):
            return "platforms"
        return part if kind == "integration" else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Houses:
    """However many workers there are."""
    return Houses(config, log)


@asynccontextmanager
async def embedded(env: Mapping[str, str]) -> AsyncIterator[Addresses]:
    """Servers of this run alone, in a folder that goes with them; the broker's jars stay in the user's
    cache.
    """
    with tempfile.TemporaryDirectory(prefix="amends-tests-") as home:
        settings = ServerSettings.from_environment({**env, "AMENDS_HOME": str(Path(home) / "data")})
        async with servers(settings) as running:
            yield Addresses(running.bootstrap, running.database_url)
