"""Bodies in memory: counted over all requests, given back at the end, sent away when they are too many."""

from __future__ import annotations

import pytest
from starlette.types import Message, Receive

from services.chassis.errors import Retryable
from services.chassis.http import BodyTooLarge
from services.intake.adapters.bodies import Held, whole_body

SCOPE = {"type": "http", "headers": []}


def sending(*parts: bytes) -> Receive:
    """A client that sends these parts, one after the other."""
    left = list(parts)

    async def receive() -> Message:
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return receive


async def test_what_all_requests_hold_is_counted_until_each_ends() -> None:
    held = Held(limit=10)
    with held.counting(sending(b"1234", b"56")) as first:
        assert await whole_body(SCOPE, first, 100) == b"123456"
        with held.counting(sending(b"1234")) as second:
            assert await whole_body(SCOPE, second, 100) == b"1234"
            assert held.size == 10
        assert held.size == 6
    assert held.size == 0


async def test_who_comes_while_too_much_is_held_is_sent_away_and_the_others_are_served() -> None:
    held = Held(limit=10)
    with held.counting(sending(b"12345678", b"90")) as early:
        assert (await early())["body"] == b"12345678"
        with held.counting(sending(b"123")) as late, pytest.raises(Retryable) as told:
            await whole_body(SCOPE, late, 100)
        assert told.value.rule == "busy"
        assert await whole_body(SCOPE, early, 100) == b"90"
    assert held.size == 0


async def test_a_body_that_is_refused_is_given_back_too() -> None:
    held = Held(limit=100)
    with held.counting(sending(b"12345", b"67890", b"1")) as receive, pytest.raises(BodyTooLarge):
        await whole_body(SCOPE, receive, 7)
    assert held.size == 0
