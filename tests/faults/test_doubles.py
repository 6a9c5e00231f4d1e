"""Everything delivered twice, at every place where it can be: nothing happens twice."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg
import pytest

from services.chassis.testing.waiting import wait_for
from tests.support.checker import EVENTS, Checker
from tests.support.load import Load
from tests.support.platform import Platform

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="session"),
]

_REWIND_RELAY = "update relay_cursor set position = 0 where source = $1"
_RELAYED = """
    select coalesce((select position from relay_cursor where source = $1), 0)
           >= (select coalesce(max(position), 0) from journal)"""
_REWIND_CONSUMER = "update consumer_offset set next_offset = 0"
_READ_AGAIN = "select not exists (select from consumer_offset where next_offset = 0 and last_sequence <> '')"
CONSUMERS = ("resolution", "followup")


async def test_clients_that_send_everything_twice_are_answered_the_same_and_heard_once(
    platform: Platform, checker: Checker
) -> None:
    await Load(platform.clients, platform.ledger, "twice", 30, twice=True).run()
    rest = [one for one in platform.ledger.sent.values() if one.reference.startswith("ref-twice-")]
    assert all(one.accepted == 2 for one in rest)
    assert all(len(one.case_ids) <= 1 for one in rest), "two answers to one complaint"
    await checker.check()


async def test_journals_published_and_topics_read_a_second_time_change_nothing(
    platform: Platform, checker: Checker
) -> None:
    published = Load(platform.clients, platform.ledger, "relayed", 30, per_s=30)
    # A consumer learns that its offset was set back with the next record of that partition.
    read = Load(platform.clients, platform.ledger, "reread", 60, per_s=30)
    before = await _duplicates(platform)
    running = asyncio.create_task(published.run())
    for service in EVENTS:
        await _execute(platform, service, _REWIND_RELAY, service)
    await running
    for service in EVENTS:
        await wait_for(partial(_fetch, platform, service, _RELAYED, service), 60, what=f"{service}'s relay")
    between = await wait_for(partial(_more, platform, before), 60, what="events that come a second time")
    running = asyncio.create_task(read.run())
    for service in CONSUMERS:
        await _execute(platform, service, _REWIND_CONSUMER)
    await running
    for service in CONSUMERS:
        await wait_for(partial(_fetch, platform, service, _READ_AGAIN), 60, what=f"{service}'s consumer")
    await checker.check()
    assert await _duplicates(platform) > between, "everything was read a second time"


async def _more(platform: Platform, before: float) -> float:
    """How many records the consumers knew already, once these are more; 0 until then."""
    now = await _duplicates(platform)
    return now if now > before else 0.0


async def _duplicates(platform: Platform) -> float:
    """Records that the consumers knew already."""
    return sum(
        [await platform.figure(service, "messaging_client_consumed_messages_total", outcome="duplicate")
         for service in CONSUMERS]
    )  # fmt: skip


async def _execute(platform: Platform, service: str, statement: str, *args: object) -> None:
    """As the system role, which relays and consumers use: no data of a tenant is touched."""
    connection = await asyncpg.connect(platform.stack.databases[service].system)
    try:
        await connection.execute(statement, *args)
    finally:
        await connection.close()


async def _fetch(platform: Platform, service: str, query: str, *args: object) -> object:
    connection = await asyncpg.connect(platform.stack.databases[service].system)
    try:
        return await connection.fetchval(query, *args)
    finally:
        await connection.close()
