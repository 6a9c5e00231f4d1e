"""HTTP edge: uvicorn inside the running loop, bodies with a limit, problem documents (RFC 9457), security headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope

from services.chassis.errors import AmendsError
from services.chassis.rpc import Authenticator
from services.chassis.security import Principal

ErrorMap = Mapping[type[Exception], int]


class BodyTooLarge(AmendsError):
    """The request's body is over the limit: 413, and the rest of it is not read."""


class HttpServer:
    """A running HTTP server; also a Component: `run(stop)` waits, then finishes requests in flight and closes."""

    name = "http"
    port: int

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, refuse new connections, finish requests in flight."""


@asynccontextmanager
async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    name: str = "http",
    error_map: ErrorMap | None = None,
    grace_s: float = 10.0,
) -> AsyncIterator[HttpServer]:
    """Serve `app` (port 0 = any) behind `edge`; signals stay with the runner, no access log."""
    raise RuntimeError
    yield


def edge(app: ASGIApp, error_map: ErrorMap | None = None) -> ASGIApp:
    """Around an application: errors to problem documents, security headers, trace continued, duration recorded.

    An exception with `rule`, `detail`, `allowed` gets its status from `error_map`, else from the chassis' own errors
    (InvalidArgument 400, Unauthenticated 401, PermissionRefused 403, NotFound 404, Conflict and PreconditionFailed 409,
    BodyTooLarge 413, Rejected 422, Retryable 503 with Retry-After), else 409; anything else is 500 with an opaque id.
    """
    return app


def problem(
    status: int, rule: str, detail: str, /, headers: Mapping[str, str] | None = None, **allowed: str
) -> Response:
    """An `application/problem+json` response: type, title, status, detail, rule, allowed."""
    raise RuntimeError


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The raw body, for signatures. Raises BodyTooLarge as soon as `limit` bytes are passed, by header or by stream.

    Raises Retryable("client_gone") when the client hangs up before the end. For a Starlette request: `read_body(request.scope,
    request.receive, limit)`.
    """
    return b""


async def authenticate(scope: Scope, api_keys: Authenticator) -> Principal:
    """The caller by `Authorization: Bearer <token>`. Raises Unauthenticated."""
    raise RuntimeError


def header(scope: Scope, name: str) -> str | None:
    """The last value of a request header (latin-1), None when absent."""
    return None
