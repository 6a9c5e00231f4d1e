"""Follow-up killed while it sends, by SMTP and by APIs that report back: no message is lost, and what went
out twice is counted.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg
import pytest
from amends.followup.v1 import events_pb2 as out

from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import compose
from services.standalone.demo.ledger import Answer
from tests.support.checker import Checker
from tests.support.platform import OURS, Platform

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="session"),
]

_WAITING = "select count(*) from contact where queued_at >= $1 and state in ('queued', 'sending', 'sent')"
_KNOWN = "select count(*) from contact where queued_at >= $1"
_CONTACTS = "select contact_id::text, via, state, provider_message_id from contact where queued_at >= $1"
_SENT = "select payload from journal where type = 'amends.followup.v1.ContactSent' and recorded_at >= $1"
# Whom our provider cannot be asked about, as the real ones (docs/sending.md).
_UNSURE = {"smtp", "whatsapp"}


@pytest.mark.parametrize("kills", [1, pytest.param(50, marks=[pytest.mark.prove, pytest.mark.timeout(1800)])])
async def test_a_killed_sender_loses_nothing_and_counts_what_may_be_out_twice(
    platform: Platform, checker: Checker, kills: int, record_testsuite_property: Callable[[str, object], None]
) -> None:
    begun, moments = datetime.now(UTC), random.Random(kills)
    for number in range(kills):
        burst = asyncio.create_task(_complain(platform, f"s{kills}x{number}"))
        await _kill_while_sending(platform, moments.randrange(1, 6))
        await burst
    await wait_for(partial(_count, platform, _KNOWN, begun, kills * _PER_BURST), 60, what="every message")
    await wait_for(partial(_count, platform, _WAITING, begun, 0), 120, what="every message to be delivered")
    told = await _told(platform, begun)
    assert told.states == {"delivered": kills * _PER_BURST}
    assert told.missing == set(), "lost"
    assert told.strange == [], "messages that no record knows: said twice although the provider can be asked"
    assert told.twice <= told.counted, "went out twice and was not counted"
    assert {told.via[one] for one in told.counted} <= _UNSURE, "counted although it cannot be"
    await checker.recount_is_equal()
    record_testsuite_property("messages", len(told.via))
    record_testsuite_property("in doubt", len(told.counted))
    record_testsuite_property("twice", len(told.twice))


@dataclass(frozen=True, slots=True)
class Told:
    """What follow-up says it sent, against what the provider got; contact ids."""

    states: Mapping[str, int]
    via: Mapping[str, str]
    missing: set[str]
    twice: set[str]
    counted: set[str]
    strange: list[str]


_PER_BURST = 12


async def _complain(platform: Platform, mark: str) -> None:
    """A burst of complaints by mail, SMS and WhatsApp, each of which is acknowledged."""
    clients = platform.clients

    async def one(number: int) -> Answer:
        text = f"My parcel never came and nobody answers, {mark} {number}."
        name, phone = f"Ada {number}", f"+4478{random.Random(f'{mark}{number}').randrange(10**8):08}"
        if number % 3 == 0:
            sender = f"c{number}@{mark}.example"
            _, raw = compose(name, sender, OURS.mailbox, "This cannot be right", text)
            return await clients.mail(raw, sender)
        _, post = clients.sms(phone, text) if number % 3 == 1 else clients.whatsapp(phone, name, text)
        return await clients.send(post)

    answers = await asyncio.gather(*(one(number) for number in range(_PER_BURST)))
    assert all(answer.accepted for answer in answers), answers


async def _kill_while_sending(platform: Platform, after: int) -> None:
    """Kill follow-up the moment the provider has taken some more messages, and wait until it is back."""
    pid = await wait_for(lambda: platform.pid("followup"), 60, what="follow-up to be up")
    seen = len(await _recorded(platform))
    for _ in range(after):
        seen += len(await _recorded(platform, after=seen, wait=20))
    platform.kill("followup")
    await wait_for(lambda: platform.pid("followup") not in (None, pid), 60, what="follow-up to be back")


async def _recorded(platform: Platform, **query: int) -> list[Mapping[str, Any]]:
    url = f"{platform.stack.url('provider.http')}/recorded"
    async with platform.session.get(url, params=query) as response:
        found: list[Mapping[str, Any]] = (await response.json())["messages"]
        return found


async def _told(platform: Platform, begun: datetime) -> Told:
    contacts = await _rows(platform, _CONTACTS, begun)
    via = {row["contact_id"]: row["via"] for row in contacts}
    by_sid = {row["provider_message_id"]: row["contact_id"] for row in contacts}
    recorded = [
        one for one in await _recorded(platform) if datetime.fromisoformat(one["accepted_at"]) >= begun
    ]
    times = Counter(_contact_id(one, by_sid) for one in recorded)
    sent = [out.ContactSent.FromString(row["payload"]) for row in await _rows(platform, _SENT, begun)]
    return Told(
        states=Counter(row["state"] for row in contacts),
        via=via,
        missing=set(via) - set(times),
        twice={one for one, count in times.items() if count > 1 and one in via},
        counted={one.contact_id for one in sent if one.maybe_twice and one.contact_id in via},
        strange=[one for one in times if one not in via],
    )


def _contact_id(message: Mapping[str, Any], by_sid: Mapping[str, str]) -> str:
    """Which of our messages it is, by what we gave along with it."""
    if message["provider"] == "smtp":
        return str(message["message_id"]).partition(".m.")[2].partition("@")[0]
    if message["provider"] == "whatsapp":
        return str(message["details"]["biz_opaque_callback_data"])
    return by_sid.get(message["message_id"], f"unknown {message['message_id']}")


async def _count(platform: Platform, query: str, begun: datetime, wanted: int) -> bool:
    return int((await _rows(platform, query, begun))[0][0]) == wanted


async def _rows(platform: Platform, query: str, begun: datetime) -> Sequence[asyncpg.Record]:
    """As the system role, which reads across tenants."""
    connection = await asyncpg.connect(platform.stack.databases["followup"].system)
    try:
        return await connection.fetch(query, begun)
    finally:
        await connection.close()
