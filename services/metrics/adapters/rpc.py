"""MetricsService: the caller's tenant's windows, never another's."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
from amends.metrics.v1 import service_pb2, service_pb2_grpc

from services.chassis.clock import stamp_or_none, to_proto
from services.chassis.rpc import principal
from services.chassis.security import Scope, require
from services.metrics.adapters.wire import channel_name, summary_to_proto, window_to_proto
from services.metrics.app.ports import RangeTooWide, StreamBehind
from services.metrics.app.queries import Question, Windows

NAME = service_pb2.DESCRIPTOR.services_by_name["MetricsService"].full_name
ERRORS: Mapping[type[Exception], grpc.StatusCode] = {
    StreamBehind: grpc.StatusCode.UNAVAILABLE,
    RangeTooWide: grpc.StatusCode.INVALID_ARGUMENT,
}

Context = grpc.aio.ServicerContext[service_pb2.QueryWindowsRequest, service_pb2.QueryWindowsResponse]


class MetricsServicer(service_pb2_grpc.MetricsServiceServicer):
    """Both calls answer from memory. UNAVAILABLE(stream_behind) while the stream is catching up."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

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


def _question(request: service_pb2.QueryWindowsRequest) -> Question:
    caller = principal()
    require(caller, Scope.METRICS_READ)
    return Question(
        caller.tenant_id,
        stamp_or_none(request, "since"),
        stamp_or_none(request, "until"),
        channel_name(request.channel) if request.channel else None,
    )
