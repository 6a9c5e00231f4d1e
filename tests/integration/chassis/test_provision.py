"""Databases and topics are made once, the same way however often and by however many, and never half."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from kafka.admin import KafkaAdminClient

from services.chassis import topics
from services.chassis.errors import InvalidArgument, Retryable
from services.chassis.migrate import MigrationChanged, migrate
from services.chassis.provision import Dsns, provision
from services.chassis.testing.databases import Templates
from services.chassis.testing.fixtures import DsnsFor
from services.chassis.testing.prefixes import Prefixes
from services.chassis.testing.waiting import wait_for
from tests.integration.chassis.conftest import GROUP, THINGS, TOPIC, Workshop, WriteDown, running

pytestmark = pytest.mark.integration

PLATFORM = ["chassis/0001_platform.sql", "chassis/0002_who_did_it.sql"]


@pytest_asyncio.fixture
async def service(postgres_url: str) -> AsyncIterator[str]:
    """A name for a service that exists for one test only."""
    name = f"try_{secrets.token_hex(4)}"
    yield name
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f'drop database if exists "amends_{name}" with (force)')
    for kind in ("owner", "app", "system"):
        await admin.execute(f'drop role if exists "amends_{name}_{kind}"')
    await admin.close()


async def connects(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn)
    except asyncpg.InvalidPasswordError:
        return False
    await connection.close()
    return True


async def test_a_service_gets_its_roles_and_database_and_a_second_run_changes_only_passwords(
    postgres_url: str, service: str
) -> None:
    first = await provision(postgres_url, service)
    assert await migrate(first.owner, None) == PLATFORM
    second = await provision(postgres_url, service)
    assert [await connects(dsn) for dsn in (second.owner, second.app, second.system)] == [True] * 3
    assert not await connects(first.app)
    assert await migrate(second.owner, None) == []


async def test_several_at_the_same_time_do_not_disturb_each_other(postgres_url: str, service: str) -> None:
    made: list[Dsns] = await asyncio.gather(*(provision(postgres_url, service) for _ in range(4)))
    works = [dsns for dsns in made if await connects(dsns.owner)]
    applied = await asyncio.gather(*(migrate(works[-1].owner, None) for _ in range(4)))
    assert sorted(applied) == [[], [], [], PLATFORM]


async def test_nobody_else_may_enter_the_database(postgres_url: str, service: str, dsns_for: DsnsFor) -> None:
    await provision(postgres_url, service)
    stranger = (await dsns_for("chassis")).app.rpartition("/")[0]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{stranger}/amends_{service}")


@pytest.mark.parametrize("name", ["", "Big", "a-b", 'x"; drop role y', "1st", "a" * 60])
async def test_a_name_that_could_be_sql_is_refused(postgres_url: str, name: str) -> None:
    with pytest.raises(InvalidArgument, match="bad_name"):
        await provision(postgres_url, name)


async def test_a_server_that_is_away_is_worth_another_try() -> None:
    with pytest.raises(Retryable):
        await provision("postgresql://nobody:x@127.0.0.1:1/postgres", "x")


async def test_a_migration_that_fails_leaves_nothing_and_the_next_try_goes_on_there(
    dsns_for: DsnsFor, tmp_path: Path
) -> None:
    dsns = await dsns_for("chassis")
    (tmp_path / "0001_good.sql").write_text(
        "create table good (tenant_id text); select amends_protect('good')"
    )
    (tmp_path / "0002_bad.sql").write_text("create table half (id int); select no_such_function()")
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await migrate(dsns.owner, tmp_path)
    (tmp_path / "0002_bad.sql").write_text("create table half (id int); select amends_share('half')")
    assert await migrate(dsns.owner, tmp_path) == ["service/0002_bad.sql"]
    (tmp_path / "0001_good.sql").write_text("select 1")
    with pytest.raises(MigrationChanged):
        await migrate(dsns.owner, tmp_path)


async def test_every_test_gets_a_database_of_its_own(database_templates: Templates) -> None:
    one, other = await database_templates.clone("chassis"), await database_templates.clone("chassis")
    assert one.app != other.app
    await database_templates.drop(one)
    await database_templates.drop(other)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(one.app)


async def test_every_test_gets_topics_of_its_own_and_they_go_with_what_was_made_beside_them(
    kafka_bootstrap: str,
) -> None:
    prefixes = Prefixes(kafka_bootstrap, wanted=2)
    one, other = [await asyncio.to_thread(prefixes.take) for _ in range(2)]
    assert one != other
    await asyncio.to_thread(topics.apply, kafka_bootstrap, one, [THINGS])
    for prefix, beside in ((one, [THINGS]), (other, [])):
        assert await asyncio.to_thread(topics.apply, kafka_bootstrap, prefix, [*topics.load(), *beside]) == []
    await asyncio.to_thread(prefixes.close)
    with closing(KafkaAdminClient(bootstrap_servers=kafka_bootstrap)) as admin:
        assert [name for name in admin.list_topics() if name.startswith((one, other))] == []


async def test_topics_are_created_once_with_a_dead_letter_topic_per_reader(kafka_bootstrap: str) -> None:
    prefix = f"t{secrets.token_hex(4)}."
    wanted = [replace(THINGS, consumers=("one", "two"))]
    made = await asyncio.to_thread(topics.apply, kafka_bootstrap, prefix, wanted)
    assert made == [prefix + TOPIC, f"{prefix}{TOPIC}.one.dlq", f"{prefix}{TOPIC}.two.dlq"]
    assert await asyncio.to_thread(topics.apply, kafka_bootstrap, prefix, wanted) == []
    await asyncio.to_thread(topics.remove, kafka_bootstrap, made)


async def test_lag_is_what_the_group_has_not_handled_yet(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chassis.polling._REPORT_S", 0.05)
    consumer = workshop.consumer(WriteDown())

    async def behind() -> dict[tuple[str, int], int]:
        return await asyncio.to_thread(topics.lag, workshop.bootstrap, GROUP)

    ours = {(workshop.topic, number) for number in range(3)}
    async with running(await workshop.relay()):
        async with running(consumer):
            await workshop.say(*((f"k{number}", "x") for number in range(60)))
            await wait_for(lambda: _settled(behind, ours, 0))
            assert sum(consumer.lag().values()) == 0
        await workshop.say(*((f"k{number}", "x") for number in range(30)))
        await wait_for(lambda: _settled(behind, ours, 30))


async def _settled(
    behind: Callable[[], Awaitable[dict[tuple[str, int], int]]], ours: set[tuple[str, int]], total: int
) -> bool:
    found = {place: count for place, count in (await behind()).items() if place in ours}
    return set(found) == ours and sum(found.values()) == total
