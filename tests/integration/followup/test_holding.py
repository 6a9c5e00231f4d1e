"""A message is held back in the very moment in which its customer wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

import pytest
from amends.followup.v1 import events_pb2 as out
from amends.followup.v1 import service_pb2 as pb

from services.chassis.testing.waiting import wait_for
from services.followup.adapters import contacts, holding
from services.followup.domain.words import Via
from tests.integration.followup.conftest import Run
from tests.integration.followup.test_deadlines import ago, client, quiet_in
from tests.integration.followup.world import INTAKE, RESOLUTION, World, by_sms, seconds


@pytest.mark.parametrize("waking", ["other wishes", "words", "an owner with a policy of their team"])
async def test_what_comes_while_a_message_is_being_held_back_waits_and_frees_it(
    run: Run, waking: str
) -> None:
    story = by_sms()
    story.t0 = ago(7200)
    complaint = story.complaint()
    customer_id = complaint.customer.customer_id
    lifted = pb.ContactPreferences(customer_id=customer_id)
    night = pb.ContactPreferences(customer_id=customer_id, **quiet_in("UTC"))
    async with run(without=("outbox",)) as world, client(world) as followup:
        await world.say(INTAKE, story.case_id, complaint)
        await world.say(RESOLUTION, story.case_id, story.opened(), story.owned(), story.reply())
        await world.hear(story.case_id, out.PromiseMade)
        await wait_for(lambda: waiting(world, "held_until is null"), what="the queued messages")
        await followup.SetContactPreferences(night)
        now = datetime.now(UTC)
        async with world.database.transaction({world.tenant}) as tx:
            claim = contacts.Claim(Via.TWILIO, 9, now, now + seconds(60))
            claimed = await contacts.claim(tx, claim)
            assert claimed
            assert await holding.sift(tx, claimed, {}, now) == ([], {})
            comes = {
                "other wishes": lambda: followup.SetContactPreferences(lifted),
                "words": lambda: world.say(INTAKE, story.case_id, story.customer_says("I cannot sleep")),
                "an owner with a policy of their team": lambda: world.say(
                    RESOLUTION, story.case_id, story.owned("jonas")
                ),
            }
            waiting_for_us = asyncio.create_task(answered(comes[waking]()))
            await wait_for(lambda: blocked(world), what="a transaction that waits for the case")
        await waiting_for_us
        await wait_for(
            lambda: waiting(world, "held_until is null and not_before <= now()"), what="the release"
        )
        assert not await waiting(world, "held_until is not null")


async def answered(call: Awaitable[object]) -> None:
    await call


async def waiting(world: World, which: str) -> bool:
    return bool(await world.rows(f"select 1 from contact where state = 'queued' and {which}"))  # noqa: S608


async def blocked(world: World) -> bool:
    return bool(
        await world.rows(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
    )
