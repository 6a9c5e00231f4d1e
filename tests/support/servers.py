"""Servers, databases and topics of one benchmark, outside pytest: nothing of it outlives the run."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from kafka.admin import KafkaAdminClient

from services.chassis import topics
from services.chassis.provision import Dsns
from services.standalone.kafka import KafkaOptions
from services.standalone.preparation import prepare_databases
from services.standalone.servers import Servers, ServerSettings, servers


@dataclass(frozen=True, slots=True)
class Ground:
    """Addresses of a Kafka and a PostgreSQL, and a suffix that keeps this run's databases its own."""

    bootstrap: str
    superuser_url: str
    suffix: str
    pids: dict[str, int] = field(default_factory=dict)  # of embedded servers: "kafka", "postgres"

    async def databases(self, names: Sequence[str], further: str = "") -> dict[str, Dsns]:
        """Fresh migrated databases of some services; `further` tells several sets of one run apart."""
        return await prepare_databases(
            self.superuser_url, names, fallback_secret="bench", suffix=f"_{self.suffix}{further}"
        )

    def superuser(self, dsns: Dsns) -> str:
        """The superuser's address of one of these databases: COPY is refused to whom row security binds."""
        parts = urlsplit(self.superuser_url)
        return urlunsplit((parts.scheme, parts.netloc, urlsplit(dsns.owner).path, parts.query, ""))

    async def topics(self, prefix: str) -> list[str]:
        """Every topic of topics.yaml under `prefix`."""
        return await asyncio.to_thread(topics.apply, self.bootstrap, prefix)


@asynccontextmanager
async def ground(*, kafka: bool = True) -> AsyncIterator[Ground]:
    """The servers the environment names, else embedded ones in a folder that goes with them.

    On external servers the run's databases and topics are removed at the end. `kafka=False` starts none.
    """
    with tempfile.TemporaryDirectory(prefix="amends-run-") as home:
        settings = ServerSettings.from_environment({**os.environ, "AMENDS_HOME": str(Path(home) / "data")})
        wanted = ServerSettings(
            settings.layout,
            settings.env,
            settings.kafka_bootstrap if kafka else "none",
            settings.database_url,
            keep=False,
            kafka_options=KafkaOptions(heap_mb=512),
        )
        async with servers(wanted) as running:
            made = Ground(running.bootstrap, running.database_url, secrets.token_hex(4), _pids(running))
            try:
                yield made
            finally:
                if running.postgres is None:
                    await _drop_databases(made)
                if kafka and running.kafka is None:
                    await asyncio.to_thread(_drop_topics, made)


def _pids(running: Servers) -> dict[str, int]:
    started = {"kafka": running.kafka, "postgres": running.postgres}
    return {name: server.keeper.pid for name, server in started.items() if server and server.keeper.pid}


async def _drop_databases(made: Ground) -> None:
    admin = await asyncpg.connect(made.superuser_url)
    try:
        names = await admin.fetch(
            "select datname from pg_database where datname like $1", f"%\\_{made.suffix}%"
        )
        for row in names:
            await admin.execute(f'drop database if exists "{row["datname"]}" with (force)')
    finally:
        await admin.close()


def _drop_topics(made: Ground) -> None:
    """All that carry the run's suffix, those that Faust made for its tables included."""
    with closing(KafkaAdminClient(bootstrap_servers=made.bootstrap)) as admin:
        ours = [name for name in admin.list_topics() if made.suffix in name]
    topics.remove(made.bootstrap, ours)
