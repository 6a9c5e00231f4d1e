"""`amends recount`: every figure again from the journals of intake, resolution and follow-up.

Reads the primary (a replica may show an order that never was), tenant by tenant, through the system role. The
stream is asked only when it can have seen everything that was read: the relays have published it, and the
stream is complete up to a moment after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

import asyncpg
import grpc
from amends.metrics.v1 import service_pb2, service_pb2_grpc
from google.protobuf.message import DecodeError

from services.chassis.calling import connect
from services.chassis.clock import Clock, from_proto, to_proto
from services.chassis.db import retryable_losses
from services.chassis.envelope import Event
from services.chassis.errors import InvalidArgument, PreconditionFailed, Rejected, Retryable
from services.chassis.relay import sequence
from services.metrics.adapters.wire import Reader, figures_from_proto, summary_from_proto
from services.metrics.app.queries import SummaryLine
from services.metrics.app.recount import GROUPED, Recounted, Report, compare, group_name

T = TypeVar("T")
TOPICS: Mapping[str, str] = {
    "intake": "amends.intake.events.v1",
    "resolution": "amends.resolution.events.v1",
    "followup": "amends.followup.events.v1",
}
_POLL_S = 0.1
_CHUNK = 2000

_IS_REPLICA = "select pg_is_in_recovery()"
_END = "select coalesce(max(position), 0) from journal"
_EPOCH = "select epoch from journal_epoch"
# headers is set on dead letters only, which are no events of this service
_EVENTS = """
    select position, key, event_id, type, correlation_id, occurred_at, payload
    from journal
    where tenant_id = $1 and topic = $2 and type = any($3::text[]) and headers is null and position <= $4
    order by position"""
_PUBLISHED = "select position from relay_cursor where source = $1"


class Journals(NamedTuple):
    """What to compare: the journals (service -> DSN of its system role) and where metrics answers."""

    dsns: Mapping[str, str]
    target: str
    token: str


class Wanted(NamedTuple):
    """Whose figures, of windows that start in [since, until); None leaves an end open."""

    tenant_id: str
    since: datetime | None = None
    until: datetime | None = None


async def recount(journals: Journals, wanted: Wanted, clock: Clock, patience: timedelta) -> Report:
    """Count, wait for the stream, compare; again while the journals grow, at most for `patience`.

    Raises Retryable("not_settled") when relays or stream do not catch up in time, or a server is away;
    PreconditionFailed("not_the_primary"); InvalidArgument("other_tenant") for a token of another tenant.
    """
    deadline = clock.now() + patience
    async with connect(journals.target, journals.token) as channel:
        stub = service_pb2_grpc.MetricsServiceStub(channel)
        while True:
            counted, ends = await _count(journals, wanted)
            await _until(partial(_published, journals, ends), clock, deadline, "the relays")
            streaming = partial(_streamed, stub, wanted, clock.now())
            streamed, as_of = await _until(streaming, clock, deadline, "the stream")
            lines = compare(counted.summary(wanted.since, wanted.until), streamed)
            report = Report(wanted.tenant_id, lines, ends, as_of, counted.refused)
            if report.equal or await _ends(journals) == ends or clock.now() >= deadline:
                return report


async def _count(journals: Journals, wanted: Wanted) -> tuple[Recounted, dict[str, int]]:
    counted, reader, ends = Recounted(wanted.tenant_id), Reader(), await _ends(journals)
    for service, dsn in journals.dsns.items():
        async with _primary(dsn) as connection:
            epoch = await connection.fetchval(_EPOCH)
            rows = connection.cursor(
                _EVENTS, wanted.tenant_id, TOPICS[service], reader.wanted, ends[service], prefetch=_CHUNK
            )
            async for row in rows:
                _tell(counted, reader, wanted.tenant_id, epoch, row)
    return counted, ends


def _tell(counted: Recounted, reader: Reader, tenant_id: str, epoch: int, row: asyncpg.Record) -> None:
    """What the stream could not read, and parked, is not counted here either."""
    try:
        told = reader.read(_event(reader, tenant_id, epoch, row))
    except (Rejected, DecodeError):
        counted.refused += 1
    else:
        if told:
            counted.tell(told.case_id, told.observation)


def _event(reader: Reader, tenant_id: str, epoch: int, row: asyncpg.Record) -> Event:
    message = reader.registry.message_class(row["type"])()
    message.ParseFromString(row["payload"])
    return Event(
        topic="",
        partition=-1,
        offset=-1,
        key=row["key"],
        event_id=str(row["event_id"]),
        type=row["type"],
        tenant_id=tenant_id,
        time=row["occurred_at"],
        correlation_id=row["correlation_id"],
        causation_id=None,
        traceparent=None,
        sequence=sequence(epoch, row["position"]),
        message=message,
    )


async def _ends(journals: Journals) -> dict[str, int]:
    ends = {}
    for service, dsn in journals.dsns.items():
        async with _primary(dsn) as connection:
            ends[service] = int(await connection.fetchval(_END))
    return ends


async def _published(journals: Journals, ends: Mapping[str, int]) -> bool:
    for service, dsn in journals.dsns.items():
        async with _primary(dsn) as connection:
            if (await connection.fetchval(_PUBLISHED, service) or 0) < ends[service]:
                return False
    return True


async def _streamed(
    stub: Any,
    wanted: Wanted,
    published_at: datetime,
) -> tuple[list[SummaryLine], datetime] | None:
    """The stream's summary, or None while it is not complete up to `published_at`."""
    since = to_proto(wanted.since) if wanted.since else None
    until = to_proto(wanted.until) if wanted.until else None
    try:
        answer = await stub.Summarize(service_pb2.QueryWindowsRequest(since=since, until=until))
        groups = []
        for name in GROUPED:
            cut = await stub.Query(service_pb2.QueryRequest(since=since, until=until, group_by=[name]))
            groups += [
                SummaryLine(group_name(name, row.group[name]), figures_from_proto(row.window))
                for row in cut.rows
            ]
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return None
        raise
    if any(window.tenant_id != wanted.tenant_id for window in answer.windows):
        raise InvalidArgument("other_tenant", f"the token is not one of tenant {wanted.tenant_id}")
    as_of = from_proto(answer.as_of)
    if as_of <= published_at:
        return None
    return [*summary_from_proto(answer.windows), *groups], as_of


async def _until(look: Callable[[], Awaitable[T | None]], clock: Clock, deadline: datetime, what: str) -> T:
    while not (found := await look()):
        if clock.now() >= deadline:
            raise Retryable("not_settled", f"{what} did not catch up with what the journals hold")
        await asyncio.sleep(_POLL_S)
    return found


@asynccontextmanager
async def _primary(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    with retryable_losses():
        connection = await asyncpg.connect(dsn, server_settings={"application_name": "recount"})
        try:
            if await connection.fetchval(_IS_REPLICA):
                raise PreconditionFailed("not_the_primary", "a recount reads the primary alone")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection
        finally:
            await connection.close()
