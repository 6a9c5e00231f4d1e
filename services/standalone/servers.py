"""Kafka and PostgreSQL for the platform: the ones the environment names, else embedded ones started here."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.standalone.kafka import EmbeddedKafka, KafkaOptions
from services.standalone.keeper import OnEvent, ignore_event
from services.standalone.layout import HOME_VARIABLE, Layout
from services.standalone.maven import Progress
from services.standalone.postgres import EmbeddedPostgres

BOOTSTRAP_VARIABLE = "KAFKA_BOOTSTRAP"
DATABASE_VARIABLE = "DATABASE_URL"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What is wanted: external addresses win over embedded servers.

    `fresh` empties the embedded servers' data before the start, `keep=False` after the stop (for tests: part
    of the data may lie outside the data folder, see `identity.settle`).
    """

    layout: Layout
    env: Mapping[str, str]
    kafka_bootstrap: str | None = None
    database_url: str | None = None
    fresh: bool = False
    keep: bool = True
    kafka_options: KafkaOptions = field(default_factory=KafkaOptions)

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None, *, fresh: bool = False) -> ServerSettings:
        """KAFKA_BOOTSTRAP and DATABASE_URL name external servers, AMENDS_HOME the data folder."""
        env = dict(os.environ if env is None else env)
        return cls(
            layout=Layout.from_environment(env, Path.cwd()),
            env=env,
            kafka_bootstrap=env.get(BOOTSTRAP_VARIABLE) or None,
            database_url=env.get(DATABASE_VARIABLE) or None,
            fresh=fresh,
        )

    @classmethod
    def apart(cls, home: Layout, folder: str) -> ServerSettings:
        """Embedded servers in a folder beside the installation's own data, emptied at each start."""
        env = {name: value for name, value in os.environ.items() if value}
        settings = cls.from_environment({**env, HOME_VARIABLE: str(home.home / folder)}, fresh=True)
        return replace(settings, kafka_bootstrap=None, database_url=None)


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of what runs; `kafka` and `postgres` are None where an external server is used."""

    bootstrap: str
    database_url: str
    kafka: EmbeddedKafka | None
    postgres: EmbeddedPostgres | None


@asynccontextmanager
async def servers(
    settings: ServerSettings,
    progress: Progress = lambda line: None,
    on_event: OnEvent = ignore_event,
) -> AsyncIterator[Servers]:
    """Run what is not external for as long as the block lasts, and hold the data folder meanwhile.

    `progress` gets a line for each step of the start; `on_event` hears of a server that died and was started
    again. Raises what EmbeddedKafka, EmbeddedPostgres and Layout.lock raise.
    """
    async with AsyncExitStack() as stack:
        kafka = postgres = None
        if settings.kafka_bootstrap is None or settings.database_url is None:
            stack.enter_context(settings.layout.lock())
            if settings.fresh:
                settings.layout.fresh()
            if not settings.keep:
                stack.callback(settings.layout.fresh)
        if settings.database_url is None:
            postgres = await stack.enter_async_context(
                EmbeddedPostgres(settings.layout, env=settings.env, progress=progress, on_event=on_event)
            )
        if settings.kafka_bootstrap is None:
            kafka = await stack.enter_async_context(
                EmbeddedKafka(
                    settings.layout,
                    options=settings.kafka_options,
                    env=settings.env,
                    progress=progress,
                    on_event=on_event,
                )
            )
        yield Servers(
            bootstrap=kafka.bootstrap if kafka else settings.kafka_bootstrap or "",
            database_url=postgres.url if postgres else settings.database_url or "",
            kafka=kafka,
            postgres=postgres,
        )
