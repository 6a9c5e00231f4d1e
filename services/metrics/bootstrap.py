"""Puts metrics together; the only file that knows every concrete class."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import grpc.aio
from amends.metrics.v1 import service_pb2_grpc

from services.chassis import rpc
from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.errors import ConfigError
from services.chassis.probes import Health
from services.chassis.runner import Component
from services.chassis.security import ApiKeys
from services.chassis.service import Role
from services.metrics.adapters.gauges import Gauges
from services.metrics.adapters.progress import Progress
from services.metrics.adapters.results import RecountWatch
from services.metrics.adapters.rollup import Rollup
from services.metrics.adapters.rpc import ERRORS, NAME, MetricsServicer
from services.metrics.adapters.stream import MetricsStream, Settings
from services.metrics.app.book import WindowBook
from services.metrics.app.cuts import Cuts
from services.metrics.app.queries import Windows
from services.metrics.config import MetricsSettings


@asynccontextmanager
async def bootstrap(
    settings: MetricsSettings, role: Role, health: Health
) -> AsyncIterator[Sequence[Component]]:
    """Everything open, as components in the order in which they stop. Raises ConfigError, Retryable."""
    if role is not Role.RUN:
        raise ConfigError("role_not_split", "metrics answers from what it streams: its only role is run")
    clock, book = SystemClock(), WindowBook()
    grace = timedelta(seconds=settings.window_grace_s)
    progress = Progress(clock, timedelta(seconds=settings.max_age_s), timedelta(seconds=settings.stall_s))
    stream = MetricsStream(
        Settings(settings.kafka_bootstrap, settings.topic_prefix, grace, settings.rejects_in_a_row),
        book,
        progress,
        clock,
    )
    health.add("stream", progress.current)
    cuts = Cuts(book, progress, grace)
    servicer = MetricsServicer(Windows(book, progress, grace), cuts)

    def register(server: grpc.aio.Server) -> None:
        service_pb2_grpc.add_MetricsServiceServicer_to_server(servicer, server)

    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database.open(settings.app_dsn, settings.system_dsn, name="metrics", max_size=2)
        )
        for end in Gauges(book, progress, clock, timedelta(seconds=settings.gauges_s)).install():
            stack.callback(end)
        server = await stack.enter_async_context(
            rpc.serve(
                settings.grpc_bind,
                register,
                [NAME],
                ApiKeys(database),
                ERRORS,
                health,
                reflection=settings.grpc_reflection,
                grace_s=settings.grace_s,
            )
        )
        rollup = Rollup(book, cuts, database, settings.rollup_s)
        yield [server, stream, rollup, RecountWatch(database, clock)]
