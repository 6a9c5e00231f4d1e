"""How one complaint goes over real HTTP: what ends a row, what ends the run, and what is tried again."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.chassis.errors import InvalidArgument, Retryable
from services.cli.importing import sending
from services.cli.importing.mapping import RowError
from services.cli.importing.sending import Door

Answer = Callable[[], web.Response]


async def hand_in(*answers: Answer) -> tuple[str, list[web.Request]]:
    """One row against a server that answers so, one after the other."""
    asked: list[web.Request] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]()

    app = web.Application()
    app.router.add_post("/v1/complaints", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        return await Door(session, str(server.make_url("/")), "ak_x", "main").hand_in(
            "import-1", b"{}"
        ), asked


def told(status: int, **body: str) -> Answer:
    return lambda: web.json_response(body, status=status)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_WAITS_S", (0.0, 0.0))


async def test_a_busy_platform_is_asked_again_with_the_same_key() -> None:
    case, asked = await hand_in(told(503), told(429), told(201, case_id="c1"))
    assert case == "c1"
    assert [one.headers["idempotency-key"] for one in asked] == ["import-1"] * 3
    assert {one.headers["authorization"] for one in asked} == {"Bearer ak_x"}


async def test_a_refused_row_says_its_rule_and_what_to_do() -> None:
    with pytest.raises(RowError, match="bad_phone: write the number") as refused:
        await hand_in(told(422, rule="bad_phone", detail="no number"))
    assert "(no number)" in refused.value.what_to_do


@pytest.mark.parametrize("answer", [told(401, rule="bad_key"), told(404), told(200)])
async def test_what_every_row_would_meet_ends_the_run(answer: Answer) -> None:
    with pytest.raises(InvalidArgument):
        await hand_in(answer)


async def test_a_platform_that_stays_away_ends_the_run_to_be_resumed() -> None:
    with pytest.raises(Retryable, match="status 500; run the same command again"):
        await hand_in(told(500))
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Retryable, match="ClientConnectorError"):
            await Door(session, "http://127.0.0.1:1", "ak_x", "main").hand_in("k", b"{}")
