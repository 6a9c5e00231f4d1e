"""The figures recounted from the journals equal the stream's to the unit; when not, it is said."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from amends.common.v1 import common_pb2 as common
from amends.resolution.v1 import events_pb2 as resolution

from services.chassis.broker import Producer
from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.journal import NewEvent, append, notify
from services.chassis.provision import Dsns
from services.chassis.relay import Relay
from services.chassis.testing.fixtures import DsnsFor
from services.metrics.adapters.recount import Journals, Wanted, recount
from services.metrics.app.recount import Report
from services.metrics.domain.window import Counts
from tests.integration.metrics.world import (
    EMAIL,
    NOON,
    PHONE,
    SMS,
    Running,
    Said,
    Speaker,
    Story,
    World,
    told,
)

_PRETEND = """
    insert into relay_cursor (source, position) select $1, coalesce(max(position), 0) from journal
    on conflict (source) do update set position = excluded.position"""
SERVICES = ("intake", "resolution", "followup")
_AT_ONCE = 1000


@dataclass
class Writers:
    """The journals of the three services."""

    dsns: dict[str, Dsns]
    databases: dict[str, Database]

    async def write(self, said: Sequence[Said]) -> None:
        """Into each service's journal what it says, in one transaction per service."""
        for service, database in self.databases.items():
            ours = [one for one in said if one.service == service]
            async with database.transaction({one.tenant_id for one in ours}) as tx:
                await append(tx, service, [new_event(one) for one in ours])
                await notify(tx)

    async def pretend_published(self) -> None:
        for service, database in self.databases.items():
            async with database.system() as connection:
                await connection.execute(_PRETEND, service)

    async def compare(self, metrics: Running, tenant_id: str = "acme", patience: float = 40) -> Report:
        system = {service: dsns.system for service, dsns in self.dsns.items()}
        journals = Journals(system, f"127.0.0.1:{metrics.port}", await metrics.world.token(tenant_id))
        return await recount(journals, Wanted(tenant_id), SystemClock(), timedelta(seconds=patience))


def new_event(said: Said) -> NewEvent:
    return NewEvent(
        said.topic, said.case_id, said.tenant_id, said.message, said.event_id, said.at, said.case_id
    )


@pytest_asyncio.fixture
async def journals(dsns_for: DsnsFor) -> AsyncIterator[Writers]:
    async with AsyncExitStack() as stack:
        dsns = {service: await dsns_for("chassis") for service in SERVICES}
        databases = {
            service: await stack.enter_async_context(
                Database.open(one.app, one.system, name=f"test/{service}")
            )
            for service, one in dsns.items()
        }
        yield Writers(dsns, databases)


@pytest_asyncio.fixture
async def relays(journals: Writers, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[None]:
    """A relay per service, as in life."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        running = []
        for service, database in journals.databases.items():
            producer = await stack.enter_async_context(Producer.open(kafka_bootstrap, f"test-{service}"))
            relay = Relay(database, producer, service, topic_prefix=topic_prefix)
            running.append(asyncio.create_task(relay.run(stop)))
        yield
        stop.set()
        await asyncio.gather(*running)


def mixed() -> list[Said]:
    """Answered in time, late, never, by a bot, without an origin, with an impossible one, reopened."""
    late = Story(channel=SMS).complains().is_owned().is_answered(75).is_closed(200)
    silent = Story(channel=SMS).complains().is_owned()
    bot = Story().complains().is_owned().is_answered(3, human=False)
    unknown = Story(channel=PHONE).complains(t0=None).is_owned().is_answered(5)
    future = Story(channel=PHONE).complains(t0=40).is_owned().is_answered(50)
    again = Story().complains().is_owned().is_answered(9).is_closed(20).is_reopened(30)
    again.is_recovered(40).is_felt(50, recommend=9, satisfaction=2).is_felt(60, satisfaction=5)
    return [*told(n=5), *(one for story in (late, silent, bot, unknown, future, again) for one in story.said)]


@pytest.mark.usefixtures("relays")
async def test_recount_and_stream_are_equal_to_the_unit(world: World, journals: Writers) -> None:
    await journals.write([*mixed(), *told(tenant_id="globex", n=2)])
    async with world.running() as metrics:
        report = await journals.compare(metrics)
        globex = await journals.compare(metrics, "globex")
    assert report.differing == ()
    total = {line.name: line.recounted for line in report.lines if line.channel == "all"}
    assert (total["complaints"], total["answered"], total["unknown"], total["within_60s"]) == (11, 9, 2, 6)
    assert (total["recovery_offered.p50_s"], total["grant_cost.EUR"], total["grant_value.EUR"]) == (
        40,
        500,
        900,
    )
    assert (total["nps.promoters"], total["csat.answers"], total["csat.satisfied"]) == (1, 1, 1)
    assert (total["surveys.sent"], total["on_the_spot"], total["clock_met.response_60s"]) == (1, 1, 5)
    assert {line.channel for line in report.lines} == {
        *("all", "email", "phone", "sms"),
        *("severity=normal", "team=cards", "playbook=sixty-seconds"),
    }
    assert {line.recounted for line in globex.lines if line.name == "complaints"} == {2}


@pytest.mark.usefixtures("relays")
async def test_recount_and_stream_are_equal_over_a_merge_and_a_split(world: World, journals: Writers) -> None:
    """One complaint goes into another with what it was given; a second one too, and comes back."""
    merged, back, survivor = (Story().complains().is_owned() for _ in range(3))
    merged.is_given("g", 5).is_closed(10, resolution.CLOSING_MERGED, survivor.case_id)
    back.is_given("h", 6).is_closed(11, resolution.CLOSING_MERGED, survivor.case_id)
    survivor.is_reopened(11, "cases_merged").is_taken_back("g", 20).is_answered(25).meets_its_clock(25)
    back.is_reopened(30, "merge_undone").is_taken_back("h", 40)
    survivor.is_closed(90)
    gone = Story(channel=SMS).complains().is_owned().is_closed(50, resolution.CLOSING_WITHDRAWN)
    await journals.write([said for story in (merged, back, survivor, gone) for said in story.said])
    async with world.running() as metrics:
        report = await journals.compare(metrics)
    assert report.differing == ()
    total = {line.name: line.streamed for line in report.lines if line.channel == "all"}
    assert {name: total[name] for name in Counts._fields if total[name]} == {
        "clocks_met": 1,
        "grants": 2,
        "grants_revoked": 2,
        "closed_merged": 1,
        "closed_confirmed": 1,
        "closed_withdrawn": 1,
        "open": 1,
    }
    assert total["complaints"] == 4


async def test_a_figure_the_stream_does_not_have_is_told(
    world: World, journals: Writers, speaker: Speaker
) -> None:
    """Rows behind the cursor that never reached Kafka: there is no relay here, the test plays it."""
    said = told(n=1)
    await journals.write(said)
    await speaker.say(said)
    await journals.pretend_published()
    async with world.running() as metrics:
        assert (await journals.compare(metrics)).equal
        await journals.write(Story(channel=SMS).complains().said)
        await journals.pretend_published()
        report = await journals.compare(metrics, patience=8)
    assert not report.equal
    lost = {(line.channel, line.name, line.recounted, line.streamed) for line in report.differing}
    assert ("sms", "complaints", 1, 0) in lost


@pytest.mark.prove
@pytest.mark.timeout(6 * 3600)
async def test_recount_and_stream_are_equal_after_very_many_events_some_twice_and_some_late(
    world: World, journals: Writers, speaker: Speaker
) -> None:
    """A million unless AMENDS_TEST_EVENTS says otherwise: one in twenty twice, one in twenty at last."""
    wanted, chance = int(os.environ.get("AMENDS_TEST_EVENTS", "1000000")), random.Random(26)
    written, complaints, late = 0, 0, []
    async with world.running() as metrics:
        while written < wanted:
            said = [one for number in range(_AT_ONCE) for one in any_story(chance, number).said]
            await journals.write(said)
            written, complaints = written + len(said), complaints + _AT_ONCE
            records = [speaker.record(one) for one in said]
            chance.shuffle(records)
            held, now = records[: len(records) // 20], records[len(records) // 20 :]
            late += held
            await speaker.publish(now + chance.sample(now, len(records) // 20))
        chance.shuffle(late)
        await speaker.publish(late)
        await journals.pretend_published()
        report = await journals.compare(metrics, patience=5 * 3600)
    assert report.differing == ()
    assert [line.streamed for line in report.lines if (line.channel, line.name) == ("all", "complaints")] == [
        complaints
    ]


def any_story(chance: random.Random, number: int) -> Story:
    """Answered in time, late or never; with an origin, without one or with one that cannot be."""
    begins = NOON + timedelta(seconds=chance.randrange(86_400))
    story = Story(channel=chance.choice([EMAIL, SMS, PHONE]), begins=begins)
    story.complains(t0=chance.choice([0.0, 0.0, 0.0, None, 40.0]))
    severity = chance.choice([common.SEVERITY_LOW, common.SEVERITY_CRITICAL])
    story.is_owned(chance.uniform(0.3, 1), severity=severity, team=chance.choice(["cards", "travel", ""]))
    after = chance.choice([5, 20, 59, 61, 300])
    match number % 4:
        case 0:
            return story.is_answered(after, human=chance.random() < 0.9).meets_its_clock(after)
        case 1:
            story.is_answered(after).is_given(str(uuid4()), after + 1).keeps_its_promise(after + 60)
            story.is_recovered(after + chance.randrange(2, 30), chance.choice(["EUR", "miles"]))
            for _ in range(2):  # of two answers the last one counts
                story.is_felt(after + 200, chance.randrange(11), chance.randrange(6), chance.randrange(8))
            return story.is_closed(after + 90)
        case 2:
            return story.is_answered(after).is_closed(after + 90).is_reopened(after + 120)
    return story


async def test_without_a_relay_nothing_is_claimed(world: World, journals: Writers) -> None:
    """What the stream cannot have seen yet is no difference."""
    await journals.write(told(n=1))
    async with world.running() as metrics:
        with pytest.raises(Retryable) as refused:
            await journals.compare(metrics, patience=1)
    assert refused.value.rule == "not_settled"


@pytest.mark.usefixtures("relays")
async def test_what_the_stream_parked_the_recount_refuses_too(world: World, journals: Writers) -> None:
    twice = Story().complains().complains()
    await journals.write([*told(n=2), *twice.said])
    async with world.running() as metrics:
        report = await journals.compare(metrics)
    assert report.equal
    assert report.refused == 1


@pytest.mark.usefixtures("relays")
async def test_the_command_prints_the_comparison_and_answers_by_its_exit_code(
    world: World, journals: Writers
) -> None:
    await journals.write(told(n=3))
    async with world.running() as metrics:
        env = {
            **os.environ,
            **{f"AMENDS_{name.upper()}_SYSTEM_DSN": dsns.system for name, dsns in journals.dsns.items()},
            "AMENDS_METRICS_GRPC_BIND": f"127.0.0.1:{metrics.port}",
            "AMENDS_TOKEN": await world.token(),
        }
        code, shown = await command(env, "--tenant", "acme", "--json")
        assert code == 0
        found = json.loads(shown)
        assert found["equal"]
        assert {line["recounted"] for line in found["lines"] if line["name"] == "complaints"} == {3}
        metrics_dsns = {
            "AMENDS_METRICS_APP_DSN": world.dsns.app,
            "AMENDS_METRICS_SYSTEM_DSN": world.dsns.system,
        }
        code, _ = await command({**env, **metrics_dsns}, "--tenant", "acme", "--days", "1", "--keep")
        async with world.database.system() as connection:
            kept = await connection.fetchrow("select tenant_id, figures > 0, differing from recount_result")
        assert (code, tuple(kept or ())) == (0, ("acme", True, 0))
        await metrics.beside["recount-watch"].look()
        code, shown = await command(env, "--tenant", "acme")
        assert (code, shown.splitlines()[-1].endswith("equal")) == (0, True)
        assert (await command(env, "--tenant", "globex"))[0] == 2
        assert (await command({**env, "AMENDS_TOKEN": ""}, "--tenant", "acme"))[0] == 64


async def command(env: dict[str, Any], *arguments: str) -> tuple[int | None, str]:
    argv = [sys.executable, "-m", "services.metrics", "recount", *arguments]
    child = await asyncio.create_subprocess_exec(*argv, env=env, stdout=asyncio.subprocess.PIPE)
    shown, _ = await child.communicate()
    return child.returncode, shown.decode()
