"""gRPC edge: one way to serve and to call, with authentication, typed errors, traces, metrics, deadlines and health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import grpc
import grpc.aio

from services.chassis.probes import Health
from services.chassis.security import ApiKeys, Principal

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
ErrorMap = Mapping[type[Exception], grpc.StatusCode]


class Authenticator(Protocol):
    """Turns a token into its holder; ApiKeys is one."""

    async def authenticate(self, token: str) -> Principal:
        """The holder. Raises Unauthenticated."""


class RpcServer:
    """A running gRPC server; also a Component: `run(stop)` waits, then finishes calls in flight and closes."""

    name = "grpc"
    port: int

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, refuse new calls, finish those in flight."""


@asynccontextmanager
async def serve(
    bind: str,
    register: Callable[[grpc.aio.Server], None],
    names: Sequence[str],
    api_keys: Authenticator,
    error_map: ErrorMap | None = None,
    health: Health | None = None,
    *,
    reflection: bool = False,
    grace_s: float = 10.0,
    default_deadline_s: float = 30.0,
) -> AsyncIterator[RpcServer]:
    """Serve the servicers that `register` adds on `bind` ("host:port", port 0 = any).

    `names` are the full service names, for health and reflection. An exception with `rule`, `detail` and `allowed`
    becomes a status with ErrorInfo(reason=rule, domain="amends", metadata=allowed): its code is that of the first
    match of its type's bases in `error_map`, else of the chassis' own errors, else FAILED_PRECONDITION. Any other exception is
    INTERNAL with an opaque id that the log repeats.
    """
    raise RuntimeError
    yield


def principal() -> Principal:
    """The caller of the running call. Raises Unauthenticated outside an authenticated call."""
    raise RuntimeError


def connect(target: str, token: str | None = None) -> grpc.aio.Channel:
    """A channel that sends the token and the trace context and applies the size limits; close it (`async with`)."""
    raise RuntimeError


def error_reason(error: grpc.aio.AioRpcError) -> tuple[str, dict[str, str]]:
    """The rule and what would be allowed from a failed call's ErrorInfo; ("", {}) when it carries none."""
    return "", {}
