"""Events in, figures out: over gRPC, for the caller's tenant, whatever order and however often they come."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from amends.metrics.v1 import service_pb2, service_pb2_grpc

from services.chassis import calling
from services.chassis.clock import to_proto
from services.chassis.testing.waiting import wait_for
from tests.integration.metrics.world import EMAIL, NOON, SMS, Client, Speaker, Story, World, told


def shows(client: Client, **wanted: object) -> Callable[[], Awaitable[bool]]:
    """Whether the line over all channels says this."""

    async def look() -> bool:
        line = await client.all()
        return all(line.get(name) == value for name, value in wanted.items())

    return look


async def test_a_case_from_complaint_to_closure_is_measured_in_its_minute(
    world: World, speaker: Speaker
) -> None:
    late = Story(channel=EMAIL, begins=NOON + timedelta(seconds=70)).complains().is_owned().is_answered(61)
    await speaker.say(told(answer_after=20) + late.said)
    async with world.running() as metrics, world.client(metrics.port) as client:
        await wait_for(shows(client, complaints=2, answered=2), what="both cases")
        answer = await client.query(service_pb2.QueryWindowsRequest())
        asked = service_pb2.QueryRequest(group_by=["severity", "team"], window_s=3600)
        hour = await client.cut(asked)
        watched = client.watch(asked)
        live = await watched.read()
        await speaker.say(Story(channel=SMS).complains().is_owned(team="travel").said)
        changed = await watched.read()
        while not any(row.group["team"] == "travel" for row in changed.rows):
            changed = await watched.read()
        watched.cancel()
        await metrics.beside["rollup"].write(asyncio.Event())
        async with world.database.transaction({"acme"}) as tx:
            hours = await tx.fetch("select * from figures_hourly order by team")
        await metrics.beside["rollup"].write(asyncio.Event())
    assert [(one["hour"], one["channel"], one["team"], one["complaints"]) for one in hours] == [
        (NOON, "email", "cards", 2),
        (NOON, "sms", "travel", 1),
    ]
    assert (hours[0]["within_60s"], hours[0]["headline_p95_s"], hours[0]["open"]) == (1, 61.0, 1)
    assert json.loads(hours[0]["more"]) == {"clock_met.response_60s": 1}
    (row,) = hour.rows
    assert (dict(row.group), row.window.complaints) == ({"severity": "normal", "team": "cards"}, 2)
    assert [(rate.name, rate.count, rate.n) for rate in row.rates[:2]] == [
        ("rate.within_60s", 1, 2),
        ("rate.clocks_met", 1, 1),
    ]
    assert live.rows == hour.rows
    assert all(row.group["team"] == "travel" for row in changed.rows)
    first, second = answer.windows
    assert (first.start.ToDatetime(tzinfo=UTC), first.channel, first.length_s) == (NOON, EMAIL, 60)
    assert (first.answered, first.within_60s, first.share_60s, first.open) == (1, 1, 1.0, 0)
    assert (first.clocks_met, first.promises_kept, first.closed_confirmed) == (1, 1, 1)
    assert {gap.name: gap.p50_s for gap in first.gaps} == {
        "t0_t1": 0.1,
        "t1_t2": 0.1,
        "t2_t3": 0.3,
        "t3_t4": 0.0,
        "t4_t5": 18.5,
        "t5_t6": 1.0,
        "headline": 20.0,
    }
    assert (second.answered, second.within_60s, second.open) == (1, 0, 1)


async def test_order_across_topics_and_repetition_change_nothing(world: World, speaker: Speaker) -> None:
    said = told(n=5) + told(n=3, channel=SMS, answer_after=90)
    chance = random.Random(7)
    resolution = [one for one in said if one.service == "resolution"]
    others = [one for one in said if one.service != "resolution"]
    chance.shuffle(others)
    await speaker.say(others[:20] + resolution + others[20:])
    async with world.running() as metrics, world.client(metrics.port) as client:
        once = {"complaints": 8, "answered": 8, "within_60s": 5, "closed_confirmed": 8, "clocks_met": 8}
        await wait_for(shows(client, **once), what="every case once")
        await speaker.say(said + said)
        again = datetime.now(UTC)
        assert await wait_for(lambda: client.current(again), what="the repeats read")
        assert await shows(client, **once)()


async def test_a_bot_is_no_answer_and_a_missing_origin_is_unknown(world: World, speaker: Speaker) -> None:
    bot = Story().complains().is_owned().is_answered(2, human=False)
    unknown = Story().complains(t0=None).is_owned().is_answered(5)
    await speaker.say(bot.said + unknown.said)
    async with world.running() as metrics, world.client(metrics.port) as client:
        await wait_for(shows(client, complaints=2, answered=1, unknown=1, within_60s=0), what="one unknown")


async def test_nobody_sees_another_tenants_windows(world: World, speaker: Speaker) -> None:
    await speaker.say(told(tenant_id="acme", n=2) + told(tenant_id="globex", n=3))
    async with (
        world.running() as metrics,
        world.client(metrics.port, "acme") as acme,
        world.client(metrics.port, "globex") as globex,
    ):
        await wait_for(shows(acme, complaints=2), what="acme's two")
        await wait_for(shows(globex, complaints=3), what="globex's three")
        windows = (await acme.query(service_pb2.QueryWindowsRequest())).windows
        assert {window.tenant_id for window in windows} == {"acme"}


async def test_without_a_key_nothing_is_answered(world: World) -> None:
    async with world.running() as metrics, calling.connect(f"127.0.0.1:{metrics.port}", "ak_x_y") as channel:
        stub = Client(service_pb2_grpc.MetricsServiceStub(channel))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.summarize(service_pb2.QueryWindowsRequest())
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_range_and_a_channel_narrow_the_answer(world: World, speaker: Speaker) -> None:
    later = Story(begins=NOON + timedelta(hours=1)).complains()
    await speaker.say(told(n=2) + told(n=1, channel=SMS) + later.said)
    async with world.running() as metrics, world.client(metrics.port) as client:
        await wait_for(shows(client, complaints=4), what="all four")
        hour = service_pb2.QueryWindowsRequest(until=to_proto(NOON + timedelta(hours=1)))
        lines = (await client.summarize(hour)).windows
        assert [(line.channel, line.complaints) for line in lines] == [(EMAIL, 2), (SMS, 1), (0, 3)]
        one = service_pb2.QueryWindowsRequest(since=hour.until, channel=EMAIL)
        assert [window.complaints for window in (await client.query(one)).windows] == [1]
