"""The HTTP edge without a socket: problem documents, limits, headers, who calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis import errors, http
from services.chassis.http import BodyTooLarge, BodyTooSlow, authenticate, edge, header, problem, read_body
from services.chassis.security import AccessRole, Principal
from services.chassis.telemetry import current_traceparent

Ask = Callable[..., Awaitable[Any]]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


class RankWouldRise(Exception):
    """A domain's own error: knows no chassis, has the three attributes."""

    rule = "rank_would_rise"
    detail = "ownership never moves to a higher rank"

    def __init__(self) -> None:
        self.allowed = {"ranks": "0"}


class StillRankWouldRise(RankWouldRise):
    """A special case of it."""


def failing(failure: Exception) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise failure

    return app


def reading(limit: int, timeout_s: float = 5.0) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive, limit, timeout_s)
        await PlainTextResponse(body)(scope, receive, send)

    return app


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (errors.InvalidArgument("bad_field", "no"), 400),
        (errors.Unauthenticated("no_key", "no"), 401),
        (errors.PermissionRefused("scope_missing", "no"), 403),
        (errors.NotFound("unknown_case", "no"), 404),
        (errors.Conflict("version", "no"), 409),
        (errors.PreconditionFailed("not_open", "no"), 409),
        (BodyTooLarge("body_too_large", "no"), 413),
        (BodyTooSlow("body_too_slow", "no"), 408),
        (errors.Rejected("malformed", "no"), 422),
        (RankWouldRise(), 409),
    ],
)
async def test_an_error_that_names_its_rule_becomes_a_problem_document(
    ask: Ask, failure: Exception, status: int
) -> None:
    answer = await ask(edge(failing(failure)), "/x", "POST")
    assert answer.status == status == answer.json["status"]
    assert answer.headers["content-type"] == "application/problem+json"
    rule = getattr(failure, "rule", None)
    assert (answer.json["rule"], answer.json["type"]) == (rule, f"urn:amends:problem:{rule}")
    assert answer.json["detail"] == getattr(failure, "detail", None)


async def test_a_service_maps_its_own_errors_and_their_special_cases(ask: Ask) -> None:
    answer = await ask(edge(failing(StillRankWouldRise()), {RankWouldRise: 403}), "/x")
    assert (answer.status, answer.json["allowed"]) == (403, {"ranks": "0"})


async def test_what_is_away_is_503_with_retry_after_and_without_its_name(ask: Ask) -> None:
    answer = await ask(edge(failing(errors.Retryable("database_away", "db-7.internal refused"))), "/x")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "db-7" not in answer.text


async def test_an_unknown_failure_is_500_with_an_opaque_id_alone(ask: Ask) -> None:
    answer = await ask(edge(failing(KeyError("jo@example.org"))), "/x")
    assert answer.status == 500
    assert "jo@example.org" not in answer.text
    assert answer.json["allowed"]["error_id"] in answer.json["detail"]


async def test_a_failure_after_the_head_left_ends_the_connection(ask: Ask) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise KeyError("late")

    with pytest.raises(KeyError):
        await ask(edge(app), "/x")


async def test_every_answer_has_the_security_headers_and_an_applications_own_win(ask: Ask) -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"content-security-policy": "default-src 'self'"}
        await PlainTextResponse("hello", headers=headers)(scope, receive, send)

    answer = await ask(edge(page), "/")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'self'"
    assert (await ask(edge(failing(KeyError())), "/")).headers["cache-control"] == "no-store"


async def test_the_callers_trace_goes_on_inside(ask: Ask) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(current_traceparent() or "none")(scope, receive, send)

    assert (await ask(edge(app), "/", headers={"traceparent": TRACE})).text == TRACE
    assert (await ask(edge(app), "/", headers={"traceparent": "junk"})).status == 200


async def test_a_body_up_to_the_limit_is_read_whole_in_whatever_parts(ask: Ask) -> None:
    answer = await ask(edge(reading(6)), "/", "POST", body=[b"ab", b"", b"cdef"])
    assert (answer.status, answer.body) == (200, b"abcdef")


async def test_a_body_over_the_limit_is_refused_while_it_streams(ask: Ask) -> None:
    endless = [b"abc"] * 1000
    answer = await ask(edge(reading(5)), "/", "POST", body=endless, hang_up=True)
    assert (answer.status, answer.json["rule"]) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"


async def test_an_announced_length_over_the_limit_is_refused_before_a_byte_is_read(ask: Ask) -> None:
    answer = await ask(edge(reading(5)), "/", "POST", headers={"Content-Length": "50000000"}, hang_up=True)
    assert answer.status == 413


async def test_a_client_that_hangs_up_is_not_an_error_of_ours(ask: Ask) -> None:
    answer = await ask(edge(reading(5)), "/", "POST", body=[b"ab"], hang_up=True)
    assert (answer.status, answer.json["rule"]) == (503, "client_gone")


async def test_a_body_that_never_comes_is_not_waited_for() -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    with pytest.raises(BodyTooSlow):
        await read_body({"type": "http", "headers": []}, never, 10, timeout_s=0.01)


class Keys:
    """One good token."""

    async def authenticate(self, token: str) -> Principal:
        if token != "good":
            raise errors.Unauthenticated("unknown_key", "no valid key was given")
        return Principal("acme", "k1", AccessRole.INTEGRATION, None, frozenset())


def scope_with(headers: Mapping[str, str]) -> Scope:
    return {
        "type": "http",
        "headers": [(key.lower().encode(), value.encode()) for key, value in headers.items()],
    }


async def test_a_bearer_token_names_the_caller() -> None:
    found = await authenticate(scope_with({"Authorization": "bearer good"}), Keys())
    assert found.tenant_id == "acme"


@pytest.mark.parametrize("given", ["", "good", "Basic good", "Bearer", "Bearer  ", "Bearer bad"])
async def test_anything_else_names_nobody(given: str) -> None:
    with pytest.raises(errors.Unauthenticated):
        await authenticate(scope_with({"Authorization": given}), Keys())


async def test_who_is_not_known_is_told_how_to_become_known(ask: Ask) -> None:
    answer = await ask(edge(failing(errors.Unauthenticated("no_key", "give one"))), "/")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_last_of_repeated_headers_counts_and_any_case_finds_it() -> None:
    scope = {"type": "http", "headers": [(b"x-a", b"1"), (b"x-a", b"2")]}
    assert header(scope, "X-A") == "2"
    assert header(scope, "x-b") is None


def test_a_problem_needs_no_allowed() -> None:
    assert b"allowed" not in problem(404, "unknown_path", "no such path").body


def test_methods_anybody_can_invent_do_not_become_labels() -> None:
    assert http._method({"type": "http", "method": "BREW"}) == "_OTHER"


async def opened(app: ASGIApp) -> list[Any]:
    """What goes out when a WebSocket is asked for."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/x", "headers": [], "query_string": b"", "subprotocols": []}
    await edge(app)(scope, receive, send)
    return sent


async def test_a_websocket_that_is_refused_gets_the_answer_a_request_would() -> None:
    start, body = await opened(failing(errors.Unauthenticated("no_key", "no")))
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)
    assert (b"x-content-type-options", b"nosniff") in start["headers"]
    assert b"no_key" in body["body"]


async def test_a_fault_in_an_open_websocket_closes_it_and_tells_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        raise KeyError("jo@example.org")

    assert await opened(app) == [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1011}]
