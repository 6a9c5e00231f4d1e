"""HTTP over a real socket: limits no client can talk its way around, and a stop that ends what it began."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from services.chassis import http
from services.chassis.errors import ConfigError, NotFound
from services.chassis.http import HttpServer, read_body, serve

pytestmark = pytest.mark.integration

LIMIT = 1024 * 1024


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how many bytes came."""
    body = await read_body(scope, receive, LIMIT)
    await PlainTextResponse(f"{scope['path']} {len(body)}")(scope, receive, send)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with serve(echo, "127.0.0.1", 0) as server:
        yield server


async def speak(server: HttpServer, *said: bytes, until_closed: bool = True) -> bytes:
    """Send raw bytes and read the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for part in said:
        writer.write(part)
        await writer.drain()
    answer = await reader.read() if until_closed else await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


async def cut_off(server: HttpServer, said: bytes) -> bool:
    """Whether the connection ended; the answer itself may be lost with what was sent and never read."""
    try:
        return (await speak(server, said)).partition(b" ")[2][:3] in (b"", b"400")
    except ConnectionError:
        return True


async def test_it_serves_and_says_nothing_of_itself(server: HttpServer) -> None:
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"http://127.0.0.1:{server.port}/hook", data=b"x" * 5000) as answer,
    ):
        assert (answer.status, await answer.text()) == (200, "/hook 5000")
        assert "server" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_chunked_body_without_a_length_meets_the_limit_while_it_comes(server: HttpServer) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    answer = await speak(server, head, *[chunk] * 17)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"body_too_large" in answer


async def test_a_large_body_in_one_write_with_its_head_is_no_large_head(server: HttpServer) -> None:
    body = b"x" * 200_000
    head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 200000\r\n\r\n"
    assert (await speak(server, head + body)).endswith(b"/ 200000")


async def test_an_endless_head_is_cut_off(server: HttpServer) -> None:
    head = b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * (http.MAX_HEAD_BYTES + 1)
    assert await cut_off(server, head)
    assert await cut_off(server, b"GET / HTTP/1.1\r\n" + b"x-a: b\r\n" * 10_000)


async def test_a_client_that_never_ends_its_head_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_TIMEOUT_S", 0.05)
    async with serve(echo, "127.0.0.1", 0) as server:
        assert await speak(server, b"GET / HTT") == b""
        assert await speak(server) == b""


async def test_a_second_request_on_the_same_connection_is_served(server: HttpServer) -> None:
    one = b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\n"
    two = b"GET /2 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await speak(server, one, two)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.endswith(b"/2 0")


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00", b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"]
)
async def test_what_is_no_http_gets_400_and_the_next_client_is_served(
    server: HttpServer, junk: bytes
) -> None:
    assert (await speak(server, junk)).startswith(b"HTTP/1.1 400")
    fine = b"GET /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert (await speak(server, fine)).endswith(b"/x 0")


ASKED = b" HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
KEY = b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /x" + ASKED + KEY, 404),
        (b"GET /x" + ASKED, 400),
        (b"POST /x" + ASKED + KEY, 405),
        (b"POST /x" + ASKED + KEY + b"content-length: 3\r\n", 400),
        (b"GET /x" + ASKED + KEY + b"x-a: b\r\n" * 300, 400),
        (b"GET /x" + ASKED + KEY + b"x-long: " + b"a" * 20_000 + b"\r\n", 400),
        (b"GET /" + b"a" * 20_000 + ASKED + KEY, 400),
    ],
)
async def test_a_head_that_asks_for_no_websocket_of_ours_is_answered_and_leaves_nothing_open(
    head: bytes, status: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise NotFound("unknown_hook", "nobody connects here")

    async with serve(app, "127.0.0.1", 0, socket_bytes=1000) as server, asyncio.timeout(20):
        assert (await speak(server, head + b"\r\n")).startswith(b"HTTP/1.1 %d " % status)


async def test_a_websocket_whose_peer_answers_no_ping_is_closed_and_the_others_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "PING_EVERY_S", 0.05)
    monkeypatch.setattr(http, "PONG_TIMEOUT_S", 1.0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async with (
        serve(app, "127.0.0.1", 0, socket_bytes=1000) as server,
        connect(f"ws://127.0.0.1:{server.port}/", ping_interval=None, proxy=None) as alive,
        asyncio.timeout(20),
    ):
        heard = await speak(server, b"GET /x" + ASKED + KEY + b"\r\n")
        assert heard.startswith(b"HTTP/1.1 101 ")
        assert b"\x88" + bytes([2 + len("keepalive ping timeout")]) + (1011).to_bytes(2) in heard
        await (await alive.ping())


async def test_a_request_in_flight_is_finished_when_the_server_stops() -> None:
    entered, release, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        entered.set()
        await release.wait()
        await PlainTextResponse("done")(scope, receive, send)

    async with serve(slow, "127.0.0.1", 0) as server, aiohttp.ClientSession() as client:
        running = asyncio.create_task(server.run(stop))
        asking = asyncio.create_task(client.get(f"http://127.0.0.1:{server.port}/"))
        await entered.wait()
        stop.set()
        release.set()
        answer = await asking
        assert (answer.status, await answer.text()) == (200, "done")
        await running
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(f"http://127.0.0.1:{server.port}/")


async def test_a_port_in_use_is_a_configuration_error(server: HttpServer) -> None:
    with pytest.raises(ConfigError):
        async with serve(echo, "127.0.0.1", server.port):
            pass
