"""Cases that are merged and given back, on real topics, timers and rows."""

from __future__ import annotations

from datetime import UTC, datetime

from amends.followup.v1 import events_pb2 as out
from google.protobuf.message import Message

from services.chassis.testing.waiting import wait_for
from tests.integration.followup.conftest import Run
from tests.integration.followup.world import INTAKE, RESOLUTION, RESPONSES, Story, World, seconds


def ago(count: float) -> datetime:
    return datetime.now(UTC) - seconds(count)


async def begin(world: World, *stories: Story) -> None:
    """Complaints with their owner, each with its two first clocks and its next promise."""
    for story in stories:
        await world.say(INTAKE, story.case_id, story.complaint())
        await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
    for story in stories:
        await world.hear(story.case_id, out.PromiseMade)
        await world.hear(story.case_id, out.ClockStarted, 2)


async def owed(world: World, story: Story) -> list[str]:
    """The ids of the promises that are pending, as the rows say that employees list."""
    query = "select promise_id::text as id from promise where case_id = $1 and state = 'pending'"
    return [row["id"] for row in await world.rows(query, story.case_id)]


async def timer_of(world: World, story: Story) -> bool:
    return bool(await world.rows("select true from timer where key = $1", story.case_id))


async def test_the_survivors_owner_answers_the_merged_cases_wait_in_time(run: Run) -> None:
    merged, survivor = Story(t0=ago(20)), Story()
    async with run() as world:
        await begin(world, merged, survivor)
        await world.say(RESOLUTION, merged.case_id, merged.merged(survivor))
        started = await world.hear(survivor.case_id, out.ClockStarted, 4, RESPONSES)
        own, brought = started[:2], started[2:]
        assert [one.started_at.ToDatetime(tzinfo=UTC) for one in brought] == [merged.t0] * 2
        there = await world.hear(merged.case_id, out.ClockStarted, 2, RESPONSES)
        assert [one.due_at for one in brought] == [one.due_at for one in there]
        await world.hear(merged.case_id, out.ClockPaused, 2)
        assert (await owed(world, merged), len(await owed(world, survivor))) == ([], 1)
        assert not await timer_of(world, merged)
        await world.say(RESOLUTION, survivor.case_id, survivor.reply())
        met = await world.hear(survivor.case_id, out.ClockMet, 4, RESPONSES)
        assert {one.instance_id for one in met} == {one.instance_id for one in (*own, *brought)}
        assert all(one.in_time for one in met)
        assert await world.said(merged.case_id, out.ClockMet) == []


async def test_a_wait_that_nobody_answers_is_breached_once_where_it_went(run: Run) -> None:
    merged, survivor = Story(t0=ago(55)), Story()
    async with run() as world:
        await begin(world, merged, survivor)
        await world.say(RESOLUTION, merged.case_id, merged.merged(survivor))
        (breach,) = await world.hear(survivor.case_id, out.ClockBreached)
        assert breach.clock == "response_60s"
        assert breach.breached_at.ToDatetime(tzinfo=UTC) == merged.t0 + seconds(60)
        await world.say(RESOLUTION, merged.case_id, merged.given_back())
        await world.hear(merged.case_id, out.ClockResumed)
        assert await world.said(merged.case_id, out.ClockBreached) == []
        assert (len(await owed(world, merged)), len(await owed(world, survivor))) == (1, 1)
        assert await timer_of(world, merged)


async def test_a_word_to_the_merged_case_waits_at_the_survivor_whichever_topic_is_first(run: Run) -> None:
    merged, survivor, late = Story(), Story(), Story()
    async with run() as world:
        await begin(world, merged, survivor, late)
        for story in (merged, survivor, late):
            await world.say(RESOLUTION, story.case_id, story.reply())
            await world.hear(story.case_id, out.ClockMet, 2)

        async def waits(story: Story, word: Message) -> bool:
            started = await world.said(story.case_id, out.ClockStarted)
            spoken = word.message.received_at  # type: ignore[attr-defined]
            return any(one.clock == "next_response" and one.started_at == spoken for one in started)

        closing = merged.merged(survivor)
        word = merged.customer_says("Is anybody there?")
        await world.say(INTAKE, merged.case_id, word)
        await wait_for(lambda: waits(merged, word), what="the wait, before the merge is heard of")
        await world.say(RESOLUTION, merged.case_id, closing)
        await wait_for(lambda: waits(survivor, word), what="the same wait at the survivor")
        await world.say(RESOLUTION, late.case_id, late.merged(survivor))
        await world.hear(late.case_id, out.PromiseSuperseded)
        again = late.customer_says("Hello?")
        await world.say(INTAKE, late.case_id, again)
        await world.say(RESOLUTION, survivor.case_id, survivor.reply("Yes, Ana: I am sorry."))
        await world.hear(survivor.case_id, out.ClockMet, 3, RESPONSES)
        assert not await waits(late, again)
