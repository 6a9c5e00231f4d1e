"""The whole platform on one machine: servers, databases, topics, and every service as its own OS process.

    async with stack(StackSettings(ServerSettings.from_environment())) as running:
        running.grpc("resolution"), running.url("intake.http"), running.pids["intake"], ...

`amends up`, `amends demo` and the tests of faults all start it this way. What other commands need to reach it
is written to `run/stack.env` in the data folder, readable by its owner alone, as lines for a shell.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType

from services.chassis.provision import Dsns
from services.standalone.keeper import Keeper, OnEvent, Supervised, ignore_event
from services.standalone.layout import SERVICES, Layout
from services.standalone.maven import Progress
from services.standalone.pgcluster import kept_password
from services.standalone.plan import Plan, Ports
from services.standalone.preparation import prepare_databases, prepare_topics
from services.standalone.servers import Servers, ServerSettings, servers
from services.standalone.stackfile import told


@dataclass(frozen=True, slots=True)
class StackSettings:
    """What is wanted.

    `topic_prefix` and `database_suffix` keep platforms apart that share one Kafka or PostgreSQL. `settings`
    is further environment for the services and wins over what is planned. `provider` runs the recording
    provider, leads all outgoing channels to it and its receipts to `tenant`. `services` leaves some out.
    """

    servers: ServerSettings
    topic_prefix: str = ""
    database_suffix: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    provider: bool = True
    tenant: str = "main"
    services: tuple[str, ...] = SERVICES

    @property
    def layout(self) -> Layout:
        """The data folder."""
        return self.servers.layout


@dataclass(frozen=True, slots=True)
class Stack:
    """A running platform; `servers` are its Kafka and PostgreSQL, `plan` its addresses and environment."""

    servers: Servers
    plan: Plan
    processes: Processes

    @property
    def env(self) -> dict[str, str]:
        """Every variable of the platform: addresses, DSNs, prefix; for tools and for clients."""
        return self.plan.platform_env()

    @property
    def databases(self) -> Mapping[str, Dsns]:
        """How to connect to each service's database."""
        return self.plan.databases

    @property
    def pids(self) -> dict[str, int | None]:
        """The process id of each service now, None while it is down."""
        return self.processes.pids

    @property
    def restarts(self) -> dict[str, int]:
        """How often each had to be started again."""
        return self.processes.restarts

    def grpc(self, service: str) -> str:
        """`host:port` of a service's gRPC server."""
        return self.plan.ports.address(f"{service}.grpc")

    def address(self, listener: str) -> str:
        """`host:port` of one of plan.LISTENERS, such as "intake.smtp"."""
        return self.plan.ports.address(listener)

    def url(self, listener: str) -> str:
        """The same as an HTTP URL, such as "intake.http" or "resolution.admin"."""
        return self.plan.ports.url(listener)


class Processes:
    """Processes that start all at once and stop one after the other, in the order given."""

    def __init__(self, children: Sequence[Supervised], on_event: OnEvent = ignore_event) -> None:
        self._keepers = {child.name: Keeper(child, on_event) for child in children}

    async def __aenter__(self) -> Processes:
        entered: list[Keeper] = []

        async def enter(keeper: Keeper) -> None:
            await keeper.__aenter__()
            entered.append(keeper)

        try:
            async with asyncio.TaskGroup() as starting:
                for keeper in self._keepers.values():
                    starting.create_task(enter(keeper))
        except BaseException as failure:
            # Those not ready yet have been cancelled and have stopped their process themselves.
            await asyncio.gather(*(keeper.__aexit__(None, None, None) for keeper in entered))
            if isinstance(failure, BaseExceptionGroup):
                raise failure.exceptions[0] from None
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for keeper in self._keepers.values():
            await keeper.__aexit__(None, None, None)

    @property
    def pids(self) -> dict[str, int | None]:
        """The current process id of each, None while it is down."""
        return {name: keeper.pid for name, keeper in self._keepers.items()}

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process had to be started again."""
        return {name: keeper.restarts for name, keeper in self._keepers.items()}


@asynccontextmanager
async def stack(
    settings: StackSettings,
    progress: Progress = lambda line: None,
    on_event: OnEvent = ignore_event,
) -> AsyncIterator[Stack]:
    """Run the platform as long as the block lasts; every process is gone after it, however it ends.

    Raises what `servers` raises, what provisioning and migrations raise, and StartFailed with the end of the
    log when a service does not become ready.
    """
    async with AsyncExitStack() as opened:
        running = await opened.enter_async_context(servers(settings.servers, progress, on_event))
        if running.kafka is None and running.postgres is None:
            # Nothing embedded holds the folder, and the services' ports and logs want it to themselves.
            opened.enter_context(settings.layout.lock())
        prepared = await _prepare(settings, running, progress)
        if settings.provider:
            await opened.enter_async_context(Processes([prepared.provider_child()], on_event))
        progress("starting " + ", ".join(prepared.services))
        processes = await opened.enter_async_context(Processes(prepared.children(), on_event))
        opened.enter_context(told(settings.layout, prepared.platform_env()))
        yield Stack(running, prepared, processes)


async def _prepare(settings: StackSettings, running: Servers, progress: Progress) -> Plan:
    layout = settings.layout.prepare()
    secret = kept_password(layout.run / "secret")
    progress("preparing databases and topics")
    databases, created = await asyncio.gather(
        prepare_databases(
            running.database_url,
            settings.services,
            fallback_secret=secret,
            suffix=settings.database_suffix,
        ),
        prepare_topics(running.bootstrap, settings.topic_prefix),
    )
    if created:
        progress(f"created {len(created)} topics")
    return Plan(
        ports=Ports.kept(layout.run / "ports"),
        kafka_bootstrap=running.bootstrap,
        databases=databases,
        thread_secret=secret,
        logs=layout.logs,
        base=settings.servers.env,
        topic_prefix=settings.topic_prefix,
        provider=settings.provider,
        tenant=settings.tenant,
        settings=settings.settings,
        services=settings.services,
    )
