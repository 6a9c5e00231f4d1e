"""gRPC over a real port: who calls, what a refusal says, what bad bytes meet, how it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
import pytest
import pytest_asyncio
from google.protobuf.struct_pb2 import Struct
from google.protobuf.wrappers_pb2 import BytesValue, StringValue
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.chassis import calling, errors, rpc
from services.chassis.probes import Health
from services.chassis.rpc import RpcServer
from services.chassis.security import AccessRole, Principal
from services.chassis.telemetry import current_traceparent, span_from
from services.chassis.testing.waiting import wait_for

pytestmark = pytest.mark.integration

NAME = "amends.test.Echo"
GOOD = "good"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
Code = grpc.StatusCode


class Keys:
    """One good token."""

    async def authenticate(self, token: str) -> Principal:
        if token != GOOD:
            raise errors.Unauthenticated("unknown_key", "no valid key was given")
        return Principal("acme", "k1", AccessRole.AGENT, "e1", frozenset())


class RankWouldRise(Exception):
    """A domain's own error."""

    rule = "rank_would_rise"
    detail = "ownership never moves to a higher rank"
    allowed = {"ranks": "0"}  # noqa: RUF012


class NotYours(RankWouldRise):
    """Mapped by the service."""


FAILURES: dict[str, Exception] = {
    "domain": RankWouldRise(),
    "mapped": NotYours(),
    "missing": errors.NotFound("unknown_case", "no such case"),
    "race": errors.Conflict("version", "changed meanwhile"),
    "away": errors.Retryable("database_away", "db-7.internal refused"),
    "broken": KeyError("jo@example.org"),
    "huge": errors.InvalidArgument("too_much", "x" * 50_000, {f"k{n}": "y" * 5000 for n in range(50)}),
}


class Echo:
    """A servicer written by hand: answers, fails on demand, hangs on demand."""

    def __init__(self) -> None:
        self.hanging = asyncio.Event()
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def unary(self, request: StringValue, context: Any) -> StringValue:
        if request.value in FAILURES:
            raise FAILURES[request.value]
        if request.value == "abort":
            await context.abort(Code.DATA_LOSS, "said by the handler")
        if request.value == "hang":
            await self._hang()
        return StringValue(value=f"{request.value} {rpc.principal().tenant_id} {current_traceparent()}")

    async def _hang(self) -> None:
        self.hanging.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def stream(self, request: StringValue, context: Any) -> AsyncIterator[StringValue]:
        for word in request.value.split():
            if word == "hang":
                await self._hang()
            if word in FAILURES:
                raise FAILURES[word]
            yield StringValue(value=f"{word} {rpc.principal().tenant_id}")

    async def upload(self, requests: Any, context: Any) -> StringValue:
        return StringValue(value="never")

    async def anything(self, request: Any, context: Any) -> StringValue:
        return StringValue(value="taken")

    def register(self, server: grpc.aio.Server) -> None:
        read, write = StringValue.FromString, StringValue.SerializeToString
        handlers = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.unary, read, write),
            "Stream": grpc.unary_stream_rpc_method_handler(self.stream, read, write),
            "Upload": grpc.stream_unary_rpc_method_handler(self.upload, read, write),
            "Struct": grpc.unary_unary_rpc_method_handler(self.anything, Struct.FromString, write),
            "Bytes": grpc.unary_unary_rpc_method_handler(self.anything, BytesValue.FromString, write),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, handlers),))


@dataclass
class Served:
    """A running server with what stands behind it."""

    server: RpcServer
    echo: Echo
    health: Health

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.server.port}"


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    echo, health = Echo(), Health()
    mapped = {NotYours: Code.PERMISSION_DENIED}
    async with rpc.serve(
        "127.0.0.1:0",
        echo.register,
        [NAME],
        Keys(),
        mapped,
        health,
        reflection=True,
        default_deadline_s=0.2,
        max_streams=1,
    ) as server:
        yield Served(server, echo, health)
        echo.release.set()


@pytest_asyncio.fixture
async def channel(served: Served) -> AsyncIterator[grpc.aio.Channel]:
    async with calling.connect(served.target, GOOD) as channel:
        yield channel


async def call(channel: grpc.aio.Channel, value: str, method: str = "Unary", **more: Any) -> str:
    made = channel.unary_unary(f"/{NAME}/{method}", StringValue.SerializeToString, StringValue.FromString)
    answer: StringValue = await made(StringValue(value=value), **more)
    return answer.value


async def refused(channel: grpc.aio.Channel, value: str, **more: Any) -> tuple[Code, str, dict[str, str]]:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call(channel, value, **more)
    return failure.value.code(), *rpc.error_reason(failure.value)


async def raw(channel: grpc.aio.Channel, method: str, body: bytes) -> str:
    try:
        answer: bytes = await channel.unary_unary(f"/{NAME}/{method}", None, None)(body)
    except grpc.aio.AioRpcError as failure:
        return rpc.error_reason(failure)[0] or failure.code().name
    return StringValue.FromString(answer).value


async def test_a_call_knows_its_caller_and_continues_the_trace(channel: grpc.aio.Channel) -> None:
    with span_from(TRACE, "caller"):
        assert await call(channel, "hi") == f"hi acme {TRACE}"


async def test_without_a_good_key_nothing_is_served(served: Served) -> None:
    for token, rule in ((None, "no_key"), ("bad", "unknown_key"), ("", "no_key")):
        async with calling.connect(served.target, token) as channel:
            assert await refused(channel, "hi") == (Code.UNAUTHENTICATED, rule, {})


@pytest.mark.parametrize(
    ("value", "code", "rule", "allowed"),
    [
        ("domain", Code.FAILED_PRECONDITION, "rank_would_rise", {"ranks": "0"}),
        ("mapped", Code.PERMISSION_DENIED, "rank_would_rise", {"ranks": "0"}),
        ("missing", Code.NOT_FOUND, "unknown_case", {}),
        ("race", Code.ABORTED, "version", {}),
        ("away", Code.UNAVAILABLE, "database_away", {}),
    ],
)
async def test_a_refusal_says_its_rule_and_what_would_be_allowed(
    channel: grpc.aio.Channel, value: str, code: Code, rule: str, allowed: dict[str, str]
) -> None:
    assert await refused(channel, value) == (code, rule, allowed)


async def test_what_is_away_is_not_named_to_the_caller(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call(channel, "away")
    assert "db-7" not in str(failure.value)


async def test_an_unknown_failure_tells_an_opaque_id_alone(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call(channel, "broken")
    rule, allowed = rpc.error_reason(failure.value)
    assert (failure.value.code(), rule) == (Code.INTERNAL, "internal")
    assert allowed["error_id"] in (failure.value.details() or "")
    assert "jo@example.org" not in str(failure.value)


async def test_a_refusal_too_long_for_the_trailers_still_arrives(channel: grpc.aio.Channel) -> None:
    code, rule, _ = await refused(channel, "huge")
    assert (code, rule) == (Code.INVALID_ARGUMENT, "too_much")


async def test_a_handlers_own_abort_passes_unchanged(channel: grpc.aio.Channel) -> None:
    assert await refused(channel, "abort") == (Code.DATA_LOSS, "", {})


async def test_a_stream_is_guarded_as_a_unary_call_is(served: Served, channel: grpc.aio.Channel) -> None:
    async def read(channel: grpc.aio.Channel, words: str) -> list[str]:
        made = channel.unary_stream(f"/{NAME}/Stream", StringValue.SerializeToString, StringValue.FromString)
        return [answer.value async for answer in made(StringValue(value=words))]

    assert await read(channel, "a b") == ["a acme", "b acme"]
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await read(channel, "a domain b")
    assert rpc.error_reason(failure.value) == ("rank_would_rise", {"ranks": "0"})
    async with calling.connect(served.target) as stranger:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await read(stranger, "a")
    assert failure.value.code() is Code.UNAUTHENTICATED


async def test_bytes_that_are_no_such_message_are_the_callers_fault(channel: grpc.aio.Channel) -> None:
    assert await raw(channel, "Unary", b"\xff\xff\xff") == "undecodable_request"
    assert (
        await raw(channel, "Unary", b"\x0a\x02\xff\xfe") == "undecodable_request"
    )  # a string that is not UTF-8


async def test_a_null_byte_in_a_string_at_any_depth_is_refused_and_in_bytes_is_not(
    channel: grpc.aio.Channel,
) -> None:
    deep = Struct()
    deep.update({"outer": [{"inner": "a\0b"}]})
    key = Struct()
    key.update({"a\0b": 1})
    assert await raw(channel, "Unary", StringValue(value="a\0b").SerializeToString()) == "null_byte"
    assert await raw(channel, "Struct", deep.SerializeToString()) == "null_byte"
    assert await raw(channel, "Struct", key.SerializeToString()) == "null_byte"
    assert await raw(channel, "Bytes", BytesValue(value=b"a\0b").SerializeToString()) == "taken"


async def test_a_message_over_four_mebibytes_is_refused(served: Served) -> None:
    metadata = (("authorization", f"Bearer {GOOD}"),)
    async with grpc.aio.insecure_channel(served.target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await channel.unary_unary(f"/{NAME}/Unary", None, None)(
                b"\0" * (4 * 1024 * 1024 + 1), metadata=metadata
            )
    assert failure.value.code() is Code.RESOURCE_EXHAUSTED


async def test_open_streams_keep_no_call_out_and_one_too_many_is_told_to_come_back(
    served: Served, channel: grpc.aio.Channel
) -> None:
    listen = channel.unary_stream(f"/{NAME}/Stream", StringValue.SerializeToString, StringValue.FromString)
    first = listen(StringValue(value="a hang"))
    assert (await first.read()).value == "a acme"
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await listen(StringValue(value="a")).read()
    assert failure.value.code() is Code.RESOURCE_EXHAUSTED
    told = rpc.read_error(failure.value)
    assert (told.rule, told.retry_after_s) == ("too_many_streams", 1.0)
    assert (await call(channel, "hi")).startswith("hi acme")
    served.echo.release.set()
    assert [(await first.read()).value, await first.read()] == ["hang acme", grpc.aio.EOF]
    assert (await listen(StringValue(value="a")).read()).value == "a acme"


async def test_unknown_and_client_streaming_methods_are_not_served(channel: grpc.aio.Channel) -> None:
    assert await raw(channel, "Nothing", b"") == "UNIMPLEMENTED"
    assert await raw(channel, "Upload", b"") == "UNIMPLEMENTED"


async def test_the_callers_deadline_cancels_the_handler(served: Served, channel: grpc.aio.Channel) -> None:
    code, _, _ = await refused(channel, "hang", timeout=0.1)
    assert code is Code.DEADLINE_EXCEEDED
    await served.echo.cancelled.wait()


async def test_a_caller_that_gives_up_cancels_the_handler(served: Served, channel: grpc.aio.Channel) -> None:
    waiting = asyncio.create_task(call(channel, "hang"))
    await served.echo.hanging.wait()
    waiting.cancel()
    await served.echo.cancelled.wait()


async def test_a_caller_without_a_deadline_gets_one(served: Served) -> None:
    metadata = (("authorization", f"Bearer {GOOD}"),)
    async with grpc.aio.insecure_channel(served.target) as plain:
        code, rule, _ = await refused(plain, "hang", metadata=metadata)
    assert (code, rule) == (Code.DEADLINE_EXCEEDED, "deadline_exceeded")
    assert served.echo.cancelled.is_set()


async def test_health_is_open_to_all_and_says_so_before_the_port_closes(served: Served) -> None:
    async with grpc.aio.insecure_channel(served.target) as plain:
        stub = health_pb2_grpc.HealthStub(plain)  # type: ignore[no-untyped-call]

        async def status(name: str) -> int:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
            return int(answer.status)

        serving = health_pb2.HealthCheckResponse.SERVING
        assert [await status(""), await status(NAME)] == [serving, serving]
        served.health.stopping()
        await wait_for(lambda: _is(status, NAME, health_pb2.HealthCheckResponse.NOT_SERVING))


async def _is(status: Any, name: str, wanted: int) -> bool:
    return bool(await status(name) == wanted)


async def test_reflection_names_the_services_when_asked_for(served: Served) -> None:
    async with grpc.aio.insecure_channel(served.target) as plain:
        stub = reflection_pb2_grpc.ServerReflectionStub(plain)  # type: ignore[no-untyped-call]
        stream = stub.ServerReflectionInfo()
        await stream.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        answer = await stream.read()
        await stream.done_writing()
    assert NAME in [service.name for service in answer.list_services_response.service]


async def test_reflection_is_off_unless_asked_for() -> None:
    async with (
        rpc.serve("127.0.0.1:0", Echo().register, [NAME], Keys()) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as plain,
    ):
        ask = plain.unary_unary("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", None, None)
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await ask(b"")
    assert failure.value.code() is Code.UNIMPLEMENTED


async def test_a_call_in_flight_is_finished_when_the_server_stops() -> None:
    echo, stop = Echo(), asyncio.Event()
    async with rpc.serve("127.0.0.1:0", echo.register, [NAME], Keys()) as server:
        running = asyncio.create_task(server.run(stop))
        async with calling.connect(f"127.0.0.1:{server.port}", GOOD) as channel:
            waiting = asyncio.create_task(call(channel, "hang"))
            await echo.hanging.wait()
            stop.set()
            async with calling.connect(f"127.0.0.1:{server.port}", GOOD) as late:
                await wait_for(lambda: _refuses(late))
            echo.release.set()
            assert (await waiting).startswith("hang acme")
        await running


async def _refuses(channel: grpc.aio.Channel) -> bool:
    try:
        await call(channel, "hi", timeout=0.5)
    except grpc.aio.AioRpcError as failure:
        return failure.code() is Code.UNAVAILABLE
    return False


async def test_a_port_in_use_is_a_configuration_error(served: Served) -> None:
    with pytest.raises(errors.ConfigError):
        async with rpc.serve(served.target, Echo().register, [NAME], Keys()):
            pass


async def test_a_client_finds_a_restarted_server_by_itself() -> None:
    async with rpc.serve("127.0.0.1:0", Echo().register, [NAME], Keys()) as first:
        target = f"127.0.0.1:{first.port}"
        channel = calling.connect(target, GOOD)
        await call(channel, "hi")
    assert await _refuses(channel)
    async with rpc.serve(target, Echo().register, [NAME], Keys()), channel:
        await wait_for(lambda: _answers(channel))


async def _answers(channel: grpc.aio.Channel) -> bool:
    try:
        return (await call(channel, "hi", timeout=1)).startswith("hi")
    except grpc.aio.AioRpcError:
        return False
