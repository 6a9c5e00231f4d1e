"""gRPC from the calling side: a channel that carries key and trace, with deadlines and metrics. Apart from
`rpc`, so that a process that serves nothing need not carry a server.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import grpc.aio
from opentelemetry.trace import SpanKind

from services.chassis import meters
from services.chassis.telemetry import current_traceparent, span_from

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
SIZES = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
)
"""Options of a channel and of a server: how long a message may be."""


def record(metric: meters.Metric, began: float, method: str, code: grpc.StatusCode) -> None:
    """How long a call took that `began` then (perf_counter), served or made."""
    elapsed = time.perf_counter() - began
    metric.record(elapsed, rpc_system_name="grpc", rpc_method=method, rpc_response_status_code=code.name)


def connect(target: str, token: str | None = None, *, default_deadline_s: float = 30.0) -> grpc.aio.Channel:
    """A channel that sends the token and the trace context and limits sizes; close it (`async with`).

    A unary call without a timeout gets `default_deadline_s`; a lost server is tried again within two seconds.
    """
    options = (
        *SIZES,
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2000),
    )
    interceptors = [_UnaryCaller(token, default_deadline_s), _StreamCaller(token)]
    return grpc.aio.insecure_channel(target, options=options, interceptors=interceptors)


class _UnaryCaller(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, token: str | None, default_deadline_s: float) -> None:
        self._token = token
        self._default_deadline_s = default_deadline_s

    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Once per call: waits for its end, so that span and metric cover it."""
        method = _text(client_call_details.method).removeprefix("/")
        began, code = time.perf_counter(), grpc.StatusCode.CANCELLED
        with span_from(None, method, SpanKind.CLIENT) as span:
            details = _dressed(client_call_details, self._token, self._default_deadline_s)
            call = await continuation(details, request)
            try:
                code = await call.code()
            except asyncio.CancelledError:
                call.cancel()
                raise
            finally:
                record(meters.RPC_CLIENT_DURATION, began, method, code)
            if code is not grpc.StatusCode.OK:
                span.set_attribute("error.type", code.name)
        return call


class _StreamCaller(grpc.aio.UnaryStreamClientInterceptor):
    def __init__(self, token: str | None) -> None:
        self._token = token

    async def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Once per call; a stream lives as long as its reader wants."""
        return await continuation(_dressed(client_call_details, self._token, None), request)


def _dressed(details: Any, token: str | None, default_deadline_s: float | None) -> grpc.aio.ClientCallDetails:
    metadata = grpc.aio.Metadata(*(details.metadata or ()))
    if token is not None:
        metadata.add("authorization", f"Bearer {token}")
    traceparent = current_traceparent()
    if traceparent is not None:
        metadata.add("traceparent", traceparent)
    timeout = default_deadline_s if details.timeout is None else details.timeout
    return grpc.aio.ClientCallDetails(
        details.method, timeout, metadata, details.credentials, details.wait_for_ready
    )


def _text(method: bytes | str) -> str:
    return method.decode() if isinstance(method, bytes) else method
