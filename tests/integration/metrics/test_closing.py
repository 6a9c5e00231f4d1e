"""WindowClosed: when a window is final, once per content; again when a customer's word changes it."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from amends.metrics.v1 import events_pb2 as metrics
from amends.metrics.v1 import service_pb2

from services.chassis.testing.waiting import wait_for
from services.metrics.adapters.stream import EVENTS
from tests.integration.metrics.world import Speaker, Story, World, records_of, told


def closed_windows(world: World) -> list[metrics.Window]:
    """What was published. Blocks."""
    topic = world.settings.topic_prefix + EVENTS
    found = records_of(world.settings.kafka_bootstrap, topic)
    return [metrics.WindowClosed.FromString(record.value).window for record in found]


async def published(world: World, count: int) -> list[metrics.Window]:
    """Waits until so many windows were published."""

    async def look() -> list[metrics.Window]:
        found = await asyncio.to_thread(closed_windows, world)
        return found if len(found) >= count else []

    return await wait_for(look, 40, what=f"{count} closed windows")


async def test_a_final_window_is_published_once_also_after_a_restart(world: World, speaker: Speaker) -> None:
    quick = world.with_settings(window_grace_s=0.5)
    await speaker.say(told(n=4))
    async with quick.running():
        (window,) = await published(world, 1)
    assert (window.complaints, window.closed_confirmed, window.open, window.final) == (4, 4, 0, True)
    other = Story(tenant_id="globex").complains().is_owned().is_closed(9)
    await speaker.say(other.said)
    async with quick.running() as running, world.client(running.port) as client:
        both = await published(world, 2)
        assert [one.tenant_id for one in both] == ["acme", "globex"]
        assert (await client.query(service_pb2.QueryWindowsRequest())).windows[0].final


async def test_an_open_case_keeps_its_window_from_closing(world: World, speaker: Speaker) -> None:
    pending = Story(tenant_id="acme").complains().is_owned()
    settled = Story(tenant_id="globex").complains().is_owned().is_closed(9)
    await speaker.say(pending.said + settled.said)
    async with world.with_settings(window_grace_s=0.5).running():
        assert [window.tenant_id for window in await published(world, 1)] == ["globex"]
        await speaker.say(pending.is_closed(99).said[-1:])
        assert [window.tenant_id for window in await published(world, 2)] == ["globex", "acme"]


async def test_a_window_changed_after_its_closing_is_published_again(world: World, speaker: Speaker) -> None:
    case = Story().complains().is_owned().is_closed(9)
    await speaker.say(case.said)
    async with world.with_settings(window_grace_s=0.5).running():
        await published(world, 1)
        await speaker.say(case.is_reopened(20).is_closed(30).said[-2:])
        first, second = await published(world, 2)
    assert (first.reopened, second.reopened) == (0, 1)


async def test_the_closing_of_one_content_is_one_event_however_often_it_is_asked_for(
    world: World, speaker: Speaker
) -> None:
    await speaker.say(told())
    quick = world.with_settings(window_grace_s=0.5)
    async with quick.running():
        await published(world, 1)
        fact = (await asyncio.to_thread(records_of, world.settings.kafka_bootstrap, facts_topic(world)))[-1]
        mark = metrics.CaseFact.FromString(fact.value)
        assert mark.case_id == ""
        headers = [(name, value) for name, value in fact.headers if name != "ce_id"]
        again = [*headers, ("ce_id", str(uuid4()).encode())]
        await speaker.send("amends.metrics.facts.v1", fact.key, fact.value, again, place=fact.partition)
        await speaker.say(Story(tenant_id="globex").complains().is_owned().is_closed(9).said)
        assert [window.tenant_id for window in await published(world, 2)] == ["acme", "globex"]


def facts_topic(world: World) -> str:
    return f"{world.settings.topic_prefix}amends.metrics.facts.v1"
