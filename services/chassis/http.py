"""HTTP edge: uvicorn inside the running loop, bodies and heads with limits, problem documents (RFC 9457)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import uvicorn
from opentelemetry.trace import SpanKind
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from services.chassis import errors, meters
from services.chassis.log import get_logger
from services.chassis.rpc import Authenticator
from services.chassis.security import Principal
from services.chassis.telemetry import mark_failed, span_from

log = get_logger(__name__)

ErrorMap = Mapping[type[Exception], int]

MAX_HEAD_BYTES = 64 * 1024
HEAD_TIMEOUT_S = 15.0
BODY_TIMEOUT_S = 30.0
MAX_CONNECTIONS = 2048
# A peer that is gone without a word is noticed after both: a WebSocket may be silent for hours.
PING_EVERY_S = 20.0
PONG_TIMEOUT_S = 20.0
RETRY_AFTER_S = 1


class BodyTooLarge(errors.AmendsError):
    """The request's body is over the limit: 413, and the rest of it is not read."""


class BodyTooSlow(errors.AmendsError):
    """The request's body did not arrive in time: 408, the client may send it again."""


STATUS_OF: ErrorMap = {
    errors.InvalidArgument: 400,
    errors.Unauthenticated: 401,
    errors.PermissionRefused: 403,
    errors.NotFound: 404,
    BodyTooSlow: 408,
    errors.Conflict: 409,
    errors.PreconditionFailed: 409,
    BodyTooLarge: 413,
    errors.Rejected: 422,
    errors.Retryable: 503,
}

# For answers that machines read; an application that serves pages sets its own.
SECURITY_HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}


# ------------------------------------------------------------------------------------------------- serving
class HttpServer:
    """A running HTTP server; also a Component: `run(stop)` waits, finishes requests in flight and closes."""

    def __init__(self, name: str, port: int, server: _Uvicorn, task: asyncio.Task[None]) -> None:
        self.name = name
        self.port = port
        self._server = server
        self._task = task

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, refuse new connections, finish requests in flight.

        Raises what ended the server when it ends before that.
        """
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([stopping, self._task], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await self.close()

    async def close(self) -> None:
        """Stop and wait; again does nothing."""
        self._server.should_exit = True
        await self._task


@asynccontextmanager
async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    name: str = "http",
    error_map: ErrorMap | None = None,
    grace_s: float = 10.0,
    socket_bytes: int = 0,
) -> AsyncIterator[HttpServer]:
    """Serve `app` (port 0 = any) behind `edge`; signals stay with the runner, no access log.

    `socket_bytes` is the most that one message of a WebSocket may have, 0: none are opened here. Whoever
    sends faster than the application takes is not read meanwhile; a stop closes them with 1012.
    Raises ConfigError when the address cannot be bound.
    """
    listener = _bind(host, port)
    config = uvicorn.Config(
        edge(app, error_map, name=name),
        http=type("_NamedProtocol", (_LimitedProtocol,), {"server_name": name}),
        ws=_Sockets if socket_bytes else "none",
        ws_max_size=socket_bytes,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_TIMEOUT_S,
        ws_per_message_deflate=False,  # a small message can be made to unpack to a large one
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=max(1, round(grace_s)),
    )
    server = _Uvicorn(config)
    task = asyncio.create_task(server.serve([listener]), name=name)
    running = HttpServer(name, listener.getsockname()[1], server, task)
    try:
        up = asyncio.create_task(server.up.wait())
        await asyncio.wait([up, task], return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        log.info("listening", component=name, host=host, port=running.port)
        yield running
    finally:
        await running.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as failure:
        raise errors.ConfigError(
            "address_unusable", f"cannot listen on {host}:{port}: {failure.strerror}"
        ) from failure


class _Uvicorn(uvicorn.Server):
    """Leaves the signals alone and says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


class _LimitedProtocol(HttpToolsProtocol):
    """The parser has no bound for the head of a request, neither in bytes nor in time: these are ours."""

    server_name = "http"
    _head_bytes = 0
    _in_head = True
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._start_timer()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._stop_timer()
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def send_400_response(self, msg: str) -> None:
        """Count what is answered before an application sees it; a request it sees is counted by `edge`."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            meters.HTTP_SERVER_DURATION.record(
                0.0, http_request_method="_OTHER", http_response_status_code="400", server=self.server_name
            )
        super().send_400_response(msg)

    def _start_timer(self) -> None:
        self._stop_timer()
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class _Sockets(WebSocketsSansIOProtocol):
    """Upstream leaves a head that the WebSocket's parser refuses without an answer, for ever; and it does not
    count an answer in place of a WebSocket as one, and logs each as an error of ours.
    """

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:  # the first data are the whole head
            self.transport.write(_BAD_REQUEST)
            self.transport.close()

    async def send(self, message: Message) -> None:  # type: ignore[override]  # untyped dicts are as good
        await super().send(message)  # type: ignore[arg-type]
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True


# ------------------------------------------------------------------------------------------------- the edge
def edge(app: ASGIApp, error_map: ErrorMap | None = None, *, name: str = "http") -> ASGIApp:
    """Around an application: errors to problem documents, security headers, trace continued, time recorded.

    An exception with `rule`, `detail` and `allowed` gets the status of its nearest base in `error_map` and
    STATUS_OF, else 409; anything else is 500 with an opaque id that the log repeats.
    """
    statuses = {**STATUS_OF, **(error_map or {})}

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await _socket(app, statuses, name, scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        answer = _Answer(send)
        began = time.perf_counter()
        try:
            with span_from(header(scope, "traceparent"), f"{_method(scope)} {name}", SpanKind.SERVER) as span:
                try:
                    await app(scope, receive, answer.send)
                except Exception as failure:  # noqa: BLE001 - every failure becomes an answer
                    mark_failed(span, failure)
                    await _tell(failure, statuses, answer, scope, receive)
        finally:
            _record(time.perf_counter() - began, _method(scope), answer, name)

    return served


def _record(elapsed: float, method: str, answer: _Answer, name: str) -> None:
    meters.HTTP_SERVER_DURATION.record(
        elapsed,
        http_request_method=method,
        http_response_status_code=str(answer.status or 499),
        server=name,
    )


async def _socket(
    app: ASGIApp, statuses: ErrorMap, name: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """A WebSocket: what fails before it is accepted gets an answer, what fails later closes it with 1011. No
    span: one lasts for days. Its time is that of the handshake.
    """
    answer, began = _Answer(send), time.perf_counter()
    try:
        await app(scope, receive, answer.send)
    except Exception as failure:
        if answer.status is None:
            await _response_for(failure, statuses)(scope, receive, answer.send)
        else:
            log.error("a websocket failed", component=name, exc_info=failure)
            await send({"type": "websocket.close", "code": 1011})
    finally:
        _record((answer.left_at or time.perf_counter()) - began, "GET", answer, name)


class _Answer:
    """The way out: adds the security headers, knows the status that left and when (of `perf_counter`)."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.left_at = 0.0

    async def send(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.status, self.left_at = message["status"], time.perf_counter()
            _secure(message)
        elif message["type"] == "websocket.accept":
            self.status, self.left_at = HTTPStatus.SWITCHING_PROTOCOLS.value, time.perf_counter()
        await self._send(message)


def _secure(message: MutableMapping[str, Any]) -> None:
    headers = list(message.get("headers", ()))
    present = {key.lower() for key, _ in headers}
    headers.extend((key, value) for key, value in SECURITY_HEADERS.items() if key not in present)
    message["headers"] = headers


async def _tell(
    failure: Exception, statuses: ErrorMap, answer: _Answer, scope: Scope, receive: Receive
) -> None:
    if (
        answer.status is not None
    ):  # too late for a problem document: end the connection so that nobody trusts the rest
        raise failure
    await _response_for(failure, statuses)(scope, receive, answer.send)


def _response_for(failure: Exception, statuses: ErrorMap) -> Response:
    rule = getattr(failure, "rule", None)
    if rule is None or isinstance(failure, errors.ConfigError):
        return _unknown(failure)
    status = next((statuses[base] for base in type(failure).__mro__ if base in statuses), 409)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:  # the detail of what is away is the operator's business
        log.warning("a request met a dependency that is away", rule=rule, error=failure)
        return problem(status, rule, "try again in a moment", {"retry-after": str(RETRY_AFTER_S)})
    headers = {"www-authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers = {"retry-after": str(RETRY_AFTER_S)}
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        headers = {"connection": "close"}
    return problem(status, rule, getattr(failure, "detail", ""), headers, **getattr(failure, "allowed", {}))


def _unknown(failure: Exception) -> Response:
    error_id = secrets.token_hex(8)
    log.error("a request failed", error_id=error_id, exc_info=failure)
    return problem(500, "internal", f"our fault; quote {error_id} when you ask", error_id=error_id)


def problem(
    status: int, rule: str, detail: str, /, headers: Mapping[str, str] | None = None, **allowed: str
) -> Response:
    """An `application/problem+json` response: type, title, status, detail, rule, and `allowed` if any."""
    document: dict[str, Any] = {
        "type": f"urn:amends:problem:{rule}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "rule": rule,
    }
    if allowed:
        document["allowed"] = allowed
    return JSONResponse(document, status, headers, media_type="application/problem+json")


# ------------------------------------------------------------------------------------------------- requests
async def read_body(scope: Scope, receive: Receive, limit: int, timeout_s: float = BODY_TIMEOUT_S) -> bytes:
    """The raw body, for signatures. For a Starlette request: `read_body(request.scope, request.receive, n)`.

    Raises BodyTooLarge as soon as more than `limit` bytes are announced or arrive, BodyTooSlow after
    `timeout_s`, Retryable("client_gone") when the client hangs up before the end.
    """
    announced = header(scope, "content-length") or "0"
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(timeout_s):
            return await _collect(receive, limit)
    except TimeoutError:
        raise BodyTooSlow("body_too_slow", f"the body did not arrive within {timeout_s:g} s") from None


async def _collect(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise errors.Retryable("client_gone", "the client hung up before the end of its body")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge("body_too_large", f"at most {limit} bytes", {"bytes": str(limit)})


async def authenticate(scope: Scope, api_keys: Authenticator) -> Principal:
    """The caller by `Authorization: Bearer <token>`. Raises Unauthenticated."""
    scheme, _, token = (header(scope, "authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise errors.Unauthenticated("no_key", "an Authorization: Bearer header is needed")
    return await api_keys.authenticate(token.strip())


def header(scope: Scope, name: str) -> str | None:
    """The last value of a request header (latin-1), None when absent. `name` in any case."""
    wanted = name.lower().encode("latin-1")
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    return next((value.decode("latin-1") for key, value in reversed(headers) if key == wanted), None)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(scope: Scope) -> str:
    """Bounded: anybody can invent a method."""
    return scope["method"] if scope["method"] in _METHODS else "_OTHER"
