"""What becomes of messages that nobody saw the end of, of senders that died, and of accounts that send too
fast.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as out

from services.chassis.testing.waiting import wait_for
from services.followup.adapters import claimers
from services.standalone.provider import Fault
from tests.integration.followup.conftest import Run
from tests.integration.followup.world import (
    RESOLUTION,
    Story,
    World,
    by_handle,
    by_messenger,
    by_sms,
    by_telegram,
    by_whatsapp,
    seconds,
)

# docs/sending.md: the provider knows it by our key, the provider is asked, or the customer may have it twice.
ONCE = (by_sms(), by_handle("line", common_pb2.CHANNEL_LINE, "U1"))
TWICE = (
    Story(),
    by_whatsapp(),
    by_messenger(),
    by_telegram(),
    by_handle("viber", common_pb2.CHANNEL_VIBER, "care"),
    by_handle("x", common_pb2.CHANNEL_X, "7"),
    by_handle("instagram", common_pb2.CHANNEL_INSTAGRAM, "ig-1"),
)


async def test_a_message_that_nobody_saw_the_end_of_is_sent_once_or_counted(run: Run) -> None:
    """Each provider takes the message and closes the connection without an answer."""
    async with run() as world:
        for story in (*ONCE, *TWICE):
            world.provider.order(Fault(story.provider, 0, after_accept=True))
            await world.say(RESOLUTION, story.case_id, story.reply("once"))
        for story in (*ONCE, *TWICE):
            (sent,) = await world.hear(story.case_id, out.ContactSent)
            taken = world.provider.ledger.find(provider=story.provider)
            repeated = story in TWICE
            assert (sent.attempt, sent.maybe_twice, len(taken)) == (2, repeated, 1 + repeated), story.provider


async def test_what_a_dead_sender_had_claimed_is_taken_over_and_what_a_living_one_has_is_not(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claimers, "GRACE_S", 0.0)
    dead, living = by_sms(), by_telegram()
    async with run(without=("outbox",)) as world:
        await world.say(RESOLUTION, dead.case_id, dead.reply())
        await world.say(RESOLUTION, living.case_id, living.reply())
        await wait_for(lambda: _queued(world, 2), what="the queued replies")
        claimed = """update contact set state = 'sending', attempt = 1, claimed_by = $2,
                     not_before = now() + interval '1 minute' where case_id = $1 returning 1"""
        sender = claimers.Claimer(world.database)
        stop = asyncio.Event()
        alive = asyncio.create_task(sender.run(stop))
        await wait_for(lambda: _holds(world, sender.number), what="the living one's number")
        await world.rows(claimed, dead.case_id, sender.number ^ 1)
        await world.rows(claimed, living.case_id, sender.number)
        async with run() as other:
            (sent,) = await other.hear(dead.case_id, out.ContactSent)
            assert sent.attempt == 2
            held = await world.rows("select state, attempt from contact where case_id = $1", living.case_id)
            assert [tuple(row) for row in held] == [("sending", 1)]
        stop.set()
        await alive


async def test_an_account_sends_at_its_pace_and_waits_as_long_as_its_provider_asks(run: Run) -> None:
    chats, other = [by_telegram() for _ in range(3)], by_sms()
    rest = "update account_pace set spent_until = now() - interval '2 hours' returning via"
    async with run(send_paces=("telegram:2/3600",)) as world:
        for story in chats:
            await world.say(RESOLUTION, story.case_id, story.reply())
        await world.say(RESOLUTION, other.case_id, other.reply())
        await world.hear(other.case_id, out.ContactSent)
        await wait_for(lambda: len(world.provider.ledger.find(provider="telegram")) == 2)
        assert await _queued(world, 1), "the third one waits"
        world.provider.order(Fault("telegram", 429, retry_after=3600))
        await world.rows(rest)
        spent = "select 1 from account_pace where spent_until > $1"
        await wait_for(lambda: world.rows(spent, datetime.now(UTC) + seconds(3000)), what="the hold")
        await world.say(RESOLUTION, chats[0].case_id, chats[0].reply("later"))
        await world.say(RESOLUTION, other.case_id, other.reply("now"))
        await world.hear(other.case_id, out.ContactSent, 2)
        assert len(world.provider.ledger.find(provider="telegram")) == 2
        await world.rows("update contact set not_before = now() where state = 'queued' returning 1")
        await world.rows(rest)
        await wait_for(lambda: len(world.provider.ledger.find(provider="telegram")) == 4)


async def _queued(world: World, count: int) -> bool:
    return len(await world.rows("select 1 from contact where state = 'queued'")) == count


async def _holds(world: World, number: int) -> bool:
    return bool(await world.rows("select 1 from pg_locks where locktype = 'advisory' and objid = $1", number))
