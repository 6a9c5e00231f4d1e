"""MetricsService: the caller's tenant's windows, never another's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import grpc
from amends.metrics.v1 import service_pb2, service_pb2_grpc

from services.chassis.clock import stamp_or_none, to_proto
from services.chassis.rpc import principal
from services.chassis.security import Scope, require
from services.metrics.adapters.rows import answer, cut_of, live
from services.metrics.adapters.wire import channel_name, summary_to_proto, window_to_proto
from services.metrics.app.cuts import Cut, Cuts
from services.metrics.app.ports import RangeTooWide, StreamBehind
from services.metrics.app.queries import Question, Windows

NAME = service_pb2.DESCRIPTOR.services_by_name["MetricsService"].full_name
ERRORS: Mapping[type[Exception], grpc.StatusCode] = {
    StreamBehind: grpc.StatusCode.UNAVAILABLE,
    RangeTooWide: grpc.StatusCode.INVALID_ARGUMENT,
}

Context = grpc.aio.ServicerContext[service_pb2.QueryWindowsRequest, service_pb2.QueryWindowsResponse]

Cutting = grpc.aio.ServicerContext[service_pb2.QueryRequest, service_pb2.QueryResponse]


class MetricsServicer(service_pb2_grpc.MetricsServiceServicer):
    """Every call answers from memory. UNAVAILABLE(stream_behind) while the stream is catching up."""

    def __init__(self, windows: Windows, cuts: Cuts) -> None:
        self._windows = windows
        self._cuts = cuts

    async def QueryWindows(
        self, request: service_pb2.QueryWindowsRequest, context: Context
    ) -> service_pb2.QueryWindowsResponse:
        """Windows that start in [since, until), oldest first; at most 5,000, else INVALID_ARGUMENT."""
        answers, as_of = self._windows.query(_question(request))
        return service_pb2.QueryWindowsResponse(
            windows=[window_to_proto(answer) for answer in answers], as_of=to_proto(as_of)
        )

    async def Summarize(
        self, request: service_pb2.QueryWindowsRequest, context: Context
    ) -> service_pb2.QueryWindowsResponse:
        """One line per channel, then one over all with channel unspecified."""
        asked = _question(request)
        lines, as_of = self._windows.summarize(asked)
        return service_pb2.QueryWindowsResponse(
            windows=[summary_to_proto(asked.tenant_id, line) for line in lines], as_of=to_proto(as_of)
        )

    async def Query(self, request: service_pb2.QueryRequest, context: Cutting) -> service_pb2.QueryResponse:
        """Rows by window and group; INVALID_ARGUMENT for a cut that makes no sense, or for too many rows."""
        asked = _cut(request)
        return answer(asked, *self._cuts.cut(asked))

    async def Watch(
        self, request: service_pb2.QueryRequest, context: Cutting
    ) -> AsyncIterator[service_pb2.QueryResponse]:
        """The same, as it changes."""
        async for told in live(self._cuts, _cut(request)):
            yield told


def _cut(request: service_pb2.QueryRequest) -> Cut:
    caller = principal()
    require(caller, Scope.METRICS_READ)
    return cut_of(caller.tenant_id, request)


def _question(request: service_pb2.QueryWindowsRequest) -> Question:
    caller = principal()
    require(caller, Scope.METRICS_READ)
    return Question(
        caller.tenant_id,
        stamp_or_none(request, "since"),
        stamp_or_none(request, "until"),
        channel_name(request.channel) if request.channel else None,
    )
