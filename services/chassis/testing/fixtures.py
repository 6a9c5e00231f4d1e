"""The pytest plugin: `pytest_plugins = ["services.chassis.testing.fixtures"]` in tests/conftest.py.

That conftest also says how to open embedded servers (`config.stash[EMBEDDED]`), since the chassis knows no
service. Servers start after collection, outside the time limit of the first test that needs them.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from services.chassis.db import Database
from services.chassis.provision import Dsns
from services.chassis.testing.databases import Templates
from services.chassis.testing.prefixes import Prefixes
from services.chassis.testing.servers import EMBEDDED, Addresses, ServersInThread, choose

_RUNNING = pytest.StashKey[tuple[ServersInThread, Addresses]]()
_NEEDED_BY = frozenset({"kafka_bootstrap", "postgres_url"})

DsnsFor = Callable[[str], Awaitable[Dsns]]
DatabaseFor = Callable[[str], Awaitable[Database]]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the servers when a test of this run asks for them."""
    wanted = any(_NEEDED_BY.intersection(getattr(item, "fixturenames", ())) for item in session.items)
    if wanted and not session.config.option.collectonly:
        _addresses(session.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    if _RUNNING in config.stash:
        config.stash[_RUNNING][0].stop()
        del config.stash[_RUNNING]


def _addresses(config: pytest.Config) -> Addresses:
    if _RUNNING not in config.stash:
        servers = ServersInThread(choose(os.environ, config.stash[EMBEDDED]), os.environ)
        config.stash[_RUNNING] = servers, servers.start()
    return config.stash[_RUNNING][1]


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> str:
    """Bootstrap servers of a real Kafka."""
    return _addresses(request.config).kafka_bootstrap


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The URL of a superuser on a real PostgreSQL."""
    return _addresses(request.config).postgres_url


@pytest.fixture(scope="session")
def database_templates(postgres_url: str) -> Templates:
    """Migrated databases to clone from."""
    return Templates(postgres_url)


@pytest_asyncio.fixture
async def dsns_for(database_templates: Templates) -> AsyncIterator[DsnsFor]:
    """`await dsns_for("intake")`: a database of this test's own, as addresses; for processes started by the
    test.
    """
    made: list[Dsns] = []

    async def clone(service: str) -> Dsns:
        made.append(await database_templates.clone(service))
        return made[-1]

    yield clone
    for dsns in made:
        await database_templates.drop(dsns)


@pytest_asyncio.fixture
async def database_for(dsns_for: DsnsFor) -> AsyncIterator[DatabaseFor]:
    """`await database_for("intake")`: a database of this test's own, open."""
    async with AsyncExitStack() as stack:

        async def open_clone(service: str) -> Database:
            dsns = await dsns_for(service)
            return await stack.enter_async_context(
                Database.open(dsns.app, dsns.system, name=f"test/{service}")
            )

        yield open_clone


@pytest.fixture(scope="session")
def topic_prefixes(request: pytest.FixtureRequest, kafka_bootstrap: str) -> Iterator[Prefixes]:
    """Topics for all tests of this run."""
    wanted = sum("topic_prefix" in getattr(item, "fixturenames", ()) for item in request.session.items)
    prefixes = Prefixes(kafka_bootstrap, wanted)
    yield prefixes
    prefixes.close()


@pytest.fixture
def topic_prefix(topic_prefixes: Prefixes) -> str:
    """A prefix of this test's own under which every topic of topics.yaml exists, with few partitions."""
    return topic_prefixes.take()
