"""Which Kafka and PostgreSQL a test run uses: the environment's, else containers, else embedded ones. Never
none.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from docker.errors import DockerException  # type: ignore[import-untyped]  # no stubs; testcontainers brings it
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:17"
_START_S = 900.0  # the first run on a machine may fetch the broker's jars or the images


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers answer: Kafka's bootstrap servers and the URL of a PostgreSQL superuser."""

    kafka_bootstrap: str
    postgres_url: str


Open = Callable[[Mapping[str, str]], AbstractAsyncContextManager[Addresses]]
# How to open embedded servers: set by the project's conftest, because the chassis knows no service.
EMBEDDED = pytest.StashKey[Open]()


class ServersInThread:
    """Servers that outlive any test's loop: opened and closed on a loop in a thread of their own.

    The thread lives as long as the servers, since child processes may be tied to the life of the thread
    that made them.
    """

    def __init__(self, open_servers: Open, env: Mapping[str, str]) -> None:
        self._open = open_servers
        self._env = env
        self._ready: Future[Addresses] = Future()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._main, name="test-servers", daemon=True)

    def start(self) -> Addresses:
        """Start and wait until both answer; raises what starting them raised."""
        self._thread.start()
        return self._ready.result(timeout=_START_S)

    def stop(self) -> None:
        """Stop what was started and wait for it."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=120)

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self._open(self._env) as addresses:
            self._ready.set_result(addresses)
            await self._stop.wait()


def choose(env: Mapping[str, str], embedded: Open) -> Open:
    """Servers named by the environment, containers where a Docker engine answers, else `embedded`."""
    if env.get("KAFKA_BOOTSTRAP") and env.get("DATABASE_URL"):
        return _external
    return _containers if docker_answers() else embedded


def docker_answers() -> bool:
    """Whether a Docker engine (not only a client) is there."""
    try:
        return bool(DockerClient().client.ping())
    except (DockerException, OSError):
        return False


@asynccontextmanager
async def _external(env: Mapping[str, str]) -> AsyncIterator[Addresses]:
    yield Addresses(env["KAFKA_BOOTSTRAP"], env["DATABASE_URL"])


@asynccontextmanager
async def _containers(env: Mapping[str, str]) -> AsyncIterator[Addresses]:
    """The images of docker-compose.yml; what the environment names is not started."""
    async with AsyncExitStack() as stack:
        bootstrap, url = env.get("KAFKA_BOOTSTRAP", ""), env.get("DATABASE_URL", "")
        if not bootstrap:
            port = _free_port()
            kafka = await asyncio.to_thread(stack.enter_context, _kafka(port))
            bootstrap = f"{kafka.get_container_host_ip()}:{port}"
        if not url:
            postgres = await asyncio.to_thread(
                stack.enter_context, PostgresContainer(POSTGRES_IMAGE, driver=None)
            )
            url = postgres.get_connection_url()
        yield Addresses(bootstrap, url)


def _kafka(port: int) -> DockerContainer:
    """One KRaft node; the same port inside and outside, because the broker tells clients its own."""
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    for name, value in settings.items():
        container = container.with_env(name, value)
    return container.waiting_for(LogMessageWaitStrategy("Kafka Server started"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
