"""A small OTLP/HTTP receiver: it keeps every span it is sent, by trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from services.standalone.ports import LOCALHOST

_PROTOBUF = "application/x-protobuf"


@dataclass(frozen=True, slots=True)
class Span:
    """One finished span: whose, of which trace, below which span; ids in hex, `parent_id` "" at a root."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]


@dataclass(slots=True)
class Collected:
    """Everything received so far; `url` is the endpoint for OTEL_EXPORTER_OTLP_ENDPOINT."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of one trace."""
        return [span for span in self.spans if span.trace_id == trace_id]

    def names(self, trace_id: str) -> set[tuple[str, str]]:
        """(service, span name) of one trace."""
        return {(span.service, span.name) for span in self.trace(trace_id)}

    def orphans(self, trace_id: str, remote_parent: str = "") -> list[Span]:
        """Spans whose parent is neither in the trace nor the caller's own span: where a chain is broken."""
        known = {span.span_id for span in self.trace(trace_id)} | {remote_parent}
        return [span for span in self.trace(trace_id) if span.parent_id not in known]

    def above(self, span: Span) -> Iterator[Span]:
        """The spans from the parent of `span` up to the root, as far as received."""
        by_id = {one.span_id: one for one in self.trace(span.trace_id)}
        while span.parent_id in by_id:
            span = by_id[span.parent_id]
            yield span

    async def take(self, request: web.Request) -> web.Response:
        """`POST /v1/traces`; 400 for what is no ExportTraceServiceRequest."""
        try:
            exported = ExportTraceServiceRequest.FromString(await request.read())
        except DecodeError as error:
            raise web.HTTPBadRequest(text="not an ExportTraceServiceRequest") from error
        self.spans.extend(_spans(exported))
        return web.Response(body=ExportTraceServiceResponse().SerializeToString(), content_type=_PROTOBUF)


def _spans(exported: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in exported.resource_spans:
        named = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    named["service.name"],
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    {one.key: one.value.string_value for one in span.attributes},
                )


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(body=ExportMetricsServiceResponse().SerializeToString(), content_type=_PROTOBUF)


@asynccontextmanager
async def collector() -> AsyncIterator[Collected]:
    """Listen on a free port for as long as the block lasts."""
    collected = Collected()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes([web.post("/v1/traces", collected.take), web.post("/v1/metrics", _metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOCALHOST, 0)
        await site.start()
        collected.url = f"http://{LOCALHOST}:{runner.addresses[0][1]}"
        yield collected
    finally:
        await runner.cleanup()
