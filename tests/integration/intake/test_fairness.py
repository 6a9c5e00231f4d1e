"""One tenant or source that floods does not keep the others waiting, and what it is told brings it back."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import aiohttp
import aiosmtplib
import pytest
import pytest_asyncio

from services.chassis.clock import SystemClock
from services.chassis.service import Role, open_many_files
from services.chassis.testing.fixtures import DsnsFor
from services.chassis.testing.waiting import wait_for
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import OTHER, TENANT, TOKEN, Intake, running

pytestmark = pytest.mark.integration

NUMBER = "+442079460101"
OTHERS_NUMBER = "+442079460201"
QUIET_EVERY_S = 0.02
QUIET = 20
FLOOD = 160


@pytest_asyncio.fixture
async def narrow(dsns_for: DsnsFor) -> AsyncIterator[Intake]:
    """A service that works on two requests of a source and three of a tenant at once, and lets eight wait."""
    async with running(
        await dsns_for("intake"), Role.SERVE, tenant_share=3, source_share=2, tenant_waiting=8
    ) as served:
        yield served


def form(number: str, mark: str) -> dict[str, str]:
    return {"MessageSid": f"SM{mark}", "From": "+447700900123", "To": number, "Body": "No heating"}


async def quiet(intake: Intake, mark: str) -> list[float | None]:
    """What the quiet tenant waits for each acknowledgement, in seconds; None for one that it did not get."""
    waits: list[float | None] = []
    for number in range(QUIET):
        began = time.perf_counter()
        status, _ = await intake.twilio("sms", form(OTHERS_NUMBER, f"{mark}{number}"), tenant=OTHER)
        waits.append(time.perf_counter() - began if status == 200 else None)
        await asyncio.sleep(QUIET_EVERY_S)
    return waits


async def flood(intake: Intake, senders: int, until: asyncio.Event) -> list[float | None]:
    """Distinct messages of the noisy tenant, by so many senders as fast as they are answered, over
    connections of their own: nobody else waits for one."""
    waits: list[float | None] = []
    sent = iter(range(1_000_000))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        noisy = replace(intake, session=session)

        async def send() -> None:
            while not until.is_set():
                began = time.perf_counter()
                status, _ = await noisy.twilio("sms", form(NUMBER, f"n{next(sent)}"))
                waits.append(time.perf_counter() - began if status == 200 else None)

        await asyncio.gather(*(send() for _ in range(senders)))
    return waits


async def with_quiet_tenant(intake: Intake) -> None:
    account = ChannelAccount(OTHER, "twilio", OTHERS_NUMBER, Channel.SMS, {}, (Secret("auth_token", TOKEN),))
    await register_account(intake.database, account, SystemClock().now())

    async def known() -> bool:
        return (await intake.twilio("sms", form(OTHERS_NUMBER, "first"), tenant=OTHER))[0] == 200

    await wait_for(known)


async def test_a_quiet_tenant_is_acknowledged_while_another_one_floods(intake: Intake) -> None:
    """All of its messages, with and without the flood side by side; the noisy one is not sent away either
    while there is room for its wait."""
    await with_quiet_tenant(intake)
    alone = await quiet(intake, "alone")
    over = asyncio.Event()
    flooding = asyncio.create_task(flood(intake, FLOOD, over))
    beside = await quiet(intake, "beside")
    over.set()
    told = await flooding
    report("acknowledged", alone=share(alone), beside=share(beside))
    report("median wait, ms", alone=median_ms(alone), beside=median_ms(beside), flood=median_ms(told))
    assert share(alone) == share(beside) == 1.0
    assert share(told) == 1.0
    # Of the flood 64 are worked on at once: whoever else comes waits behind a few of these, not behind all.
    assert median_ms(beside) < median_ms(told)


async def test_a_flood_over_its_share_is_told_to_come_again_and_loses_nothing(narrow: Intake) -> None:
    """503 with a time to a provider, 429 to a program; whoever repeats is taken in the end, once."""
    await with_quiet_tenant(narrow)

    async def by_provider(number: int) -> Sequence[int]:
        told = []
        while not told or told[-1] != 200:
            await asyncio.sleep(0.02 if told else 0)
            told.append((await narrow.twilio("sms", form(NUMBER, f"p{number}")))[0])
        return told

    async def by_program(number: int) -> Sequence[int]:
        told = []
        complaint = {"text": f"No {number}", "customer": {"email": f"a{number}@example.org"}}
        while not told or told[-1] != 201:
            await asyncio.sleep(0.02 if told else 0)
            told.append((await narrow.post("/v1/complaints", complaint, Idempotency_Key=f"k{number}"))[0])
        return told

    told = await asyncio.gather(*(call(n) for n in range(40) for call in (by_provider, by_program)))
    assert {status for each in told for status in each} == {200, 201, 429, 503}
    rows = await narrow.fetch("select count(*) from inbox")
    assert rows[0]["count"] == 80


async def test_another_tenant_is_served_while_one_has_no_room_left(narrow: Intake) -> None:
    await with_quiet_tenant(narrow)
    over = asyncio.Event()
    flooding = asyncio.create_task(flood(narrow, 60, over))
    waits = await quiet(narrow, "beside")
    over.set()
    assert share(waits) == 1.0
    assert share(await flooding) < 1.0


async def test_the_same_webhook_a_thousand_times_at_once_is_one_case_and_one_answer(intake: Intake) -> None:
    once = form(NUMBER, "once")
    open_many_files()  # both ends of every connection are here
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        provider = replace(intake, session=session)
        told = await asyncio.gather(*(provider.twilio("sms", once) for _ in range(1000)))
    assert Counter(told) == {told[0]: 1000}
    assert told[0][0] == 200
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_a_mailbox_over_its_share_is_told_to_come_again(narrow: Intake) -> None:
    async def send(number: int) -> int:
        mail = f"From: a{number}@example.org\r\nMessage-ID: <m{number}@x>\r\n\r\nHello\r\n".encode()
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=narrow.smtp_port, use_tls=False, start_tls=False)
        async with client:
            try:
                await client.sendmail(f"a{number}@example.org", ["care@harbour.example"], mail)
            except aiosmtplib.SMTPDataError as refused:
                return refused.code
        return 250

    told = Counter(await asyncio.gather(*(send(number) for number in range(60))))
    assert set(told) == {250, 451}
    assert len(await narrow.said("ComplaintReceived", TENANT)) == told[250]


def share(waits: Sequence[float | None]) -> float:
    return sum(one is not None for one in waits) / len(waits)


def median_ms(waits: Sequence[float | None]) -> float:
    known = sorted(one for one in waits if one is not None)
    return round(known[len(known) // 2] * 1000, 1)


def report(what: str, **figures: float) -> None:
    """For `pytest -s`: both sides of the run."""
    os.write(2, f"{what}: {figures}\n".encode())
