"""What an account may send, and how a provider's answers are sorted by what to do next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import ConfigError
from services.followup.adapters.senders.api import Answer, post
from services.followup.bootstrap import paces_from
from services.followup.domain.contact import Throttled, TryAgain, Unseen
from services.followup.domain.pace import Pace, admitted
from services.followup.domain.words import Via
from tests.unit.followup.cases import at


def test_a_silent_account_may_send_all_that_its_pace_saves_up_and_then_waits() -> None:
    pace = Pace(3, 30)
    may, spent = admitted(pace, None, at(100), 5)
    assert may == 3
    assert admitted(pace, spent, at(109), 2)[0] == 0
    assert admitted(pace, spent, at(110), 2)[0] == 1


def test_what_a_provider_asked_to_wait_is_waited() -> None:
    assert admitted(Pace(3, 30), at(200), at(199), 1) == (0, at(200))


@given(
    st.integers(1, 50),
    st.floats(0.1, 1000),
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 100)), max_size=30),
)
def test_no_two_windows_of_a_pace_hold_more_than_twice_its_count(
    count: int, seconds: float, asked: list[tuple[float, int]]
) -> None:
    pace, spent, now = Pace(count, seconds), None, at(0)
    sent: list[tuple[datetime, int]] = []
    for wait, wanted in asked:
        now += timedelta(seconds=wait)
        may, spent = admitted(pace, spent, now, wanted)
        assert 0 <= may <= wanted
        sent.append((now, may))
    for begin, _ in sent:
        window = [may for when, may in sent if begin <= when < begin + timedelta(seconds=seconds)]
        assert sum(window) <= 2 * count


@pytest.mark.parametrize("entry", ["telegram", "telegram:0/1", "telegram:3/0", "pigeon:1/1", "x:a/b"])
def test_a_pace_that_is_none_stops_the_start(entry: str) -> None:
    with pytest.raises(ConfigError):
        paces_from((entry,))


def test_paces_are_per_provider() -> None:
    assert paces_from(("telegram:30/1", "x:15/900")) == {Via.TELEGRAM: Pace(30, 1), Via.X: Pace(15, 900)}


@asynccontextmanager
async def answering(status: int, headers: dict[str, str], body: str) -> AsyncIterator[str]:
    """An API that answers everything alike."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers, text=body)

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def answered(status: int, headers: dict[str, str] | None = None, body: str = "") -> Answer | TryAgain:
    async with answering(status, headers or {}, body) as url, aiohttp.ClientSession() as session:
        return await post(session, url)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (429, Throttled),
        (408, TryAgain),
        (401, TryAgain),
        (500, Unseen),
        (503, Unseen),
        (400, Answer),
        (200, Answer),
    ],
)
async def test_an_answer_says_what_to_do_next(status: int, outcome: type) -> None:
    assert type(await answered(status)) is outcome


async def test_how_long_to_wait_is_read_from_seconds_a_date_or_telegrams_body() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    by_seconds = await answered(429, {"Retry-After": "7"})
    by_date = await answered(429, {"Retry-After": later})
    by_body = await answered(429, body='{"parameters": {"retry_after": 9}}')
    nothing = await answered(429, {"Retry-After": "soon"})
    assert isinstance(by_seconds, TryAgain)
    assert isinstance(by_date, TryAgain)
    assert isinstance(by_body, TryAgain)
    assert isinstance(nothing, TryAgain)
    assert (by_seconds.after_s, by_body.after_s, nothing.after_s) == (7, 9, None)
    assert by_date.after_s is not None
    assert 3500 < by_date.after_s <= 3600


async def test_nobody_there_is_no_unseen_outcome() -> None:
    async with aiohttp.ClientSession() as session:
        assert type(await post(session, "http://127.0.0.1:1/")) is TryAgain
