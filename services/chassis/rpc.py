"""gRPC edge: one way to serve, with keys, typed errors, traces, metrics, deadlines and health; `calling` is
the other end.

Unary and server-streaming calls; a client-streaming method is answered UNIMPLEMENTED.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

import grpc
import grpc.aio
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health as grpc_health
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection as grpc_reflection
from opentelemetry.trace import SpanKind

from services.chassis import errors, meters
from services.chassis.calling import SIZES, record
from services.chassis.log import get_logger
from services.chassis.rpcstatus import (
    CODE_OF,
    ErrorMap,
    code_from,
    code_of,
    error_reason,
    read_error,
    to_status,
    trailers,
)
from services.chassis.security import Principal
from services.chassis.telemetry import mark_failed, span_from
from services.chassis.validating import demand_valid

if TYPE_CHECKING:
    from services.chassis.probes import Health

__all__ = [
    "Authenticator",
    "ErrorMap",
    "RpcServer",
    "error_reason",
    "principal",
    "read_error",
    "serve",
]

log = get_logger(__name__)

Code = grpc.StatusCode
MAX_CALLS = 1024
# Open most of the time and at rest: counted apart, so that consoles never keep commands out.
MAX_STREAMS = 4096
# Answered without a key: probes and tools ask them, and they tell nothing about a tenant.
OPEN_SERVICES = ("grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection")


class Authenticator(Protocol):
    """Turns a token into its holder; ApiKeys is one."""

    async def authenticate(self, token: str) -> Principal:
        """The holder; asked on every call, so mostly from memory. Raises Unauthenticated."""
        ...


_principal: ContextVar[Principal] = ContextVar("principal")


def principal() -> Principal:
    """The caller of the running call. Raises Unauthenticated outside an authenticated call."""
    found = _principal.get(None)
    if found is None:
        raise errors.Unauthenticated("no_key", "there is no authenticated caller here")
    return found


# ------------------------------------------------------------------------------------------------- serving
class RpcServer:
    """A running gRPC server; also a Component: `run(stop)` waits, finishes calls in flight and closes."""

    name = "grpc"

    def __init__(self, server: grpc.aio.Server, port: int, servicer: _HealthServicer, grace_s: float) -> None:
        self.port = port
        self._server = server
        self._health = servicer
        self._grace_s = grace_s

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, refuse new calls, finish those in flight."""
        await stop.wait()
        await self.close()

    async def close(self) -> None:
        """Say NOT_SERVING, stop and wait; again does nothing."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._grace_s)


class _HealthServicer(grpc_health.aio.HealthServicer):
    """Says NOT_SERVING from the moment the process begins to stop, before the port closes."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names
        self._leaving: asyncio.Task[None] | None = None

    async def say_serving(self) -> None:
        for name in self._names:
            await self.set(name, health_pb2.HealthCheckResponse.SERVING)

    def leave(self) -> None:
        self._leaving = asyncio.get_running_loop().create_task(self.enter_graceful_shutdown())


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
    max_streams: int = MAX_STREAMS,
) -> AsyncIterator[RpcServer]:
    """Serve the servicers that `register` adds on `bind` ("host:port", port 0 = any).

    `names` are the full service names, for health and reflection. An exception with `rule`, `detail` and
    `allowed` becomes a status with ErrorInfo(reason=rule, domain="amends", metadata=allowed); its code is
    that of its nearest base in `error_map` and CODE_OF, else FAILED_PRECONDITION. Any other exception is
    INTERNAL with an opaque id that the log repeats. A unary call without a deadline gets
    `default_deadline_s`. More than MAX_CALLS calls or `max_streams` streams at once are answered
    RESOURCE_EXHAUSTED.
    Raises ConfigError when `bind` cannot be bound.
    """
    rooms = _Room("calls", MAX_CALLS), _Room("streams", max_streams)
    guard = _Guard(api_keys, {**CODE_OF, **(error_map or {})}, default_deadline_s, rooms)
    # beyond what the guard counts, those that it is refusing; the library's own bound knows no kinds
    most = 2 * (MAX_CALLS + max_streams)
    server = grpc.aio.server(interceptors=[guard], options=_OPTIONS, maximum_concurrent_rpcs=most)
    registrar: Any = _ByService(server)
    register(registrar)
    servicer = _HealthServicer(names)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, registrar)
    if reflection:
        grpc_reflection.enable_server_reflection([*names, *OPEN_SERVICES], registrar)
    try:
        port = server.add_insecure_port(bind)
    except RuntimeError as failure:
        raise errors.ConfigError("address_unusable", f"cannot serve gRPC on {bind}") from failure
    await server.start()
    await servicer.say_serving()
    if health is not None:
        health.on_stopping(servicer.leave)
    log.info("listening", component="grpc", bind=bind, port=port)
    running = RpcServer(server, port, servicer, grace_s)
    try:
        yield running
    finally:
        await running.close()


class _ByService:
    """A server as generated code registers with it, which also names every method on its own. grpc.aio keeps
    a pending call for each method so named and waits for all of them anew at every call: with sixty methods
    that costs as much as the call itself. A service as a whole is one."""

    def __init__(self, server: grpc.aio.Server) -> None:
        self.add_generic_rpc_handlers = server.add_generic_rpc_handlers

    def add_registered_method_handlers(self, service_name: str, method_handlers: object) -> None:
        """The same handlers once more."""


_OPTIONS = (
    *SIZES,
    # Two processes on one port would share its calls at random: the second one fails instead.
    ("grpc.so_reuseport", 0),
)


# ------------------------------------------------------------------------------------------------- the guard
@dataclass(frozen=True, slots=True)
class _Undecodable:
    """What the deserializer gives for bytes that are not the message, so that the guard can answer for it."""

    rule: str
    why: str


_NO_DEADLINE = nullcontext()
Handler = Any  # grpc.RpcMethodHandler: its stubs do not say what the generated code relies on
Context = grpc.aio.ServicerContext[Any, Any]


class _Room:
    """How many of one kind are under way, and the most there may be."""

    def __init__(self, kind: str, most: int) -> None:
        self._kind = kind
        self._most = most
        self._taken = 0

    def __enter__(self) -> None:
        """Raises Busy when there is no room."""
        if self._taken >= self._most:
            raise errors.Busy(
                f"too_many_{self._kind}", f"{self._most} {self._kind} are open; come back later"
            )
        self._taken += 1

    def __exit__(self, *_: object) -> None:
        self._taken -= 1


class _Guard(grpc.aio.ServerInterceptor):
    """Stands around every call: trace, key, deadline, room, errors, metrics."""

    def __init__(
        self,
        api_keys: Authenticator,
        codes: ErrorMap,
        default_deadline_s: float,
        rooms: tuple[_Room, _Room],
    ) -> None:
        self._api_keys = api_keys
        self._codes = codes
        self._default_deadline_s = default_deadline_s
        self._calls, self._streams = rooms
        self._guarded: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Once per call; the guarded handler of a method is made once."""
        method = handler_call_details.method.removeprefix("/")
        if method not in self._guarded:
            inner = await continuation(handler_call_details)
            if inner is None or method.startswith(OPEN_SERVICES):
                return inner
            self._guarded[method] = self._guard(inner, method)
        return self._guarded[method]

    def _guard(self, inner: Handler, method: str) -> Handler:
        if inner.request_streaming:
            return None

        async def unary(request: Any, context: Context) -> Any:
            async with self._call(method, context, request, self._calls), self._deadline(context):
                return await inner.unary_unary(_checked(request), context)

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            async with self._call(method, context, request, self._streams):
                async for response in inner.unary_stream(_checked(request), context):
                    yield response

        streams = inner.response_streaming
        make = grpc.unary_stream_rpc_method_handler if streams else grpc.unary_unary_rpc_method_handler
        return make(
            stream if streams else unary,
            request_deserializer=_safely(inner.request_deserializer),
            response_serializer=inner.response_serializer,
        )

    def _deadline(self, context: Context) -> AbstractAsyncContextManager[object]:
        """The caller's deadline cancels the call by itself; without one, ours does."""
        remaining: float | None = context.time_remaining()
        return asyncio.timeout(self._default_deadline_s) if remaining is None else _NO_DEADLINE

    @asynccontextmanager
    async def _call(self, method: str, context: Context, request: Any, room: _Room) -> AsyncIterator[None]:
        began = time.perf_counter()
        metadata = {
            key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)
        }
        code, status = Code.OK, None
        try:
            with span_from(metadata.get("traceparent"), method, SpanKind.SERVER) as span:
                try:
                    _principal.set(await self._authenticate(metadata))
                    with room:
                        yield
                except grpc.aio.AbortError:
                    raise
                except Exception as failure:  # noqa: BLE001 - the edge: every failure becomes a status
                    mark_failed(span, failure)
                    status = to_status(failure, self._codes, method, _subject(request))
            if status is not None:
                await context.abort(code_of(status), status.message, trailers(status))
        except grpc.aio.AbortError:
            code = code_from(context.code())
            raise
        except asyncio.CancelledError:
            code = Code.CANCELLED
            raise
        finally:
            record(meters.RPC_SERVER_DURATION, began, method, code)

    async def _authenticate(self, metadata: Mapping[str, str]) -> Principal:
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise errors.Unauthenticated("no_key", "metadata authorization: Bearer <key> is needed")
        return await self._api_keys.authenticate(token)


# ------------------------------------------------------------------------------------------------- requests
def _safely(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any]:
    """Bytes that are no such message, invalid UTF-8 in a string, or a null byte in one: told, not thrown.

    A null byte is legal in protobuf and in no PostgreSQL text.
    """

    def read(raw: bytes) -> Any:
        if deserialize is None:
            return raw
        try:
            message = deserialize(raw)
        except DecodeError:
            return _Undecodable(
                "undecodable_request", "the bytes are not this message, or a string is not UTF-8"
            )
        if b"\x00" in raw and _has_null(message):
            return _Undecodable("null_byte", "a string holds a null byte")
        return message

    return read


def _has_null(message: Message) -> bool:
    return any(_holds_null(field, value) for field, value in message.ListFields())


def _holds_null(field: FieldDescriptor, value: Any) -> bool:
    if field.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE):
        return False
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        parts: Iterable[Any] = chain(value.keys(), value.values())
    else:
        parts = [value] if isinstance(value, str | Message) else value
    return any(_has_null(part) if isinstance(part, Message) else "\x00" in str(part) for part in parts)


def _subject(request: Any) -> str:
    """What a call is about: the case it names."""
    case_id = getattr(request, "case_id", "")
    return f"case/{case_id}" if case_id else ""


def _checked(request: Any) -> Any:
    """Raises InvalidRequest, for every service, before anybody acts on a request that breaks a rule."""
    if isinstance(request, _Undecodable):
        raise errors.InvalidArgument(request.rule, request.why)
    demand_valid(request)
    return request
