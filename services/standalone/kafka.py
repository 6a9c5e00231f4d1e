"""A real Apache Kafka on this machine: one node that is broker and controller (KRaft), data kept between starts."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from services.standalone.errors import StartFailed
from services.standalone.jars import Jars, Progress, obtain
from services.standalone.java import Java, find_java
from services.standalone.layout import Layout
from services.standalone.ports import LOCALHOST, free_ports, kept_ports
from services.standalone.process import Process

_NAME = "kafka"
_STARTUP_S = 120.0  # a restart with about 100 topics takes 7 s on one core; a loaded machine takes a multiple
_STOP_S = 30.0


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How the broker's JVM runs: `heap_mb` mebibytes; `fast_start` stops at the first compiler (half the start-up
    time, less throughput: turn it off for load)."""

    heap_mb: int = 256
    fast_start: bool = True


class EmbeddedKafka:
    """`async with EmbeddedKafka(layout) as kafka: kafka.bootstrap`. The caller holds the layout's lock.

    `port` fixes the broker's port; without it a free one is chosen at the first start and kept.
    Raises on entry: ToolMissing, JarsUnobtainable, JarTampered, StartFailed (with the end of the log).
    """

    def __init__(
        self,
        layout: Layout,
        port: int | None = None,
        *,
        options: KafkaOptions | None = None,
        env: Mapping[str, str] | None = None,
        progress: Progress = lambda line: None,
    ) -> None:
        self._layout = layout
        self._port = port
        self._options = options or KafkaOptions()
        self._env = dict(os.environ if env is None else env)
        self._progress = progress
        self._process: Process | None = None
        self.bootstrap = ""

    async def __aenter__(self) -> EmbeddedKafka:
        self._layout.prepare()
        java = await find_java(self._env)
        jars = await obtain(self._layout, self._env, java, self._progress)
        ports = self._ports()
        self.bootstrap = f"{LOCALHOST}:{ports[0]}"
        config = self._write_config(*ports)
        log = self._layout.logs / "kafka.log"
        await self._format_once(java, jars, config, log)
        self._progress(f"starting Kafka on {self.bootstrap} (Java {java.version} from {java.origin})")
        command = [*self._java_command(java, jars), "kafka.Kafka", str(config)]
        self._process = await Process.start(_NAME, command, log=log, env=self._env)
        try:
            await _ready(self._process, self.bootstrap)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def process(self) -> Process:
        """The running broker, for supervision and for fault tests."""
        assert self._process is not None, "the broker runs inside its `async with` only"
        return self._process

    async def _stop(self) -> None:
        if self._process is not None:
            await self._process.stop(signal.SIGTERM, _STOP_S)

    def _ports(self) -> list[int]:
        if self._port is not None:
            return [self._port, *free_ports(1)]
        return kept_ports(self._layout.kafka / "ports", 2)

    def _write_config(self, broker: int, controller: int) -> Path:
        config = self._layout.kafka / "server.properties"
        config.write_text(server_properties(self._layout.kafka / "data", broker, controller), encoding="utf-8")
        return config

    async def _format_once(self, java: Java, jars: Jars, config: Path, log: Path) -> None:
        """Give an empty data folder its cluster id; one that has it is left as it is."""
        if (self._layout.kafka / "data" / "meta.properties").exists():
            return
        self._progress("formatting Kafka's data folder")
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        command = [
            *self._java_command(java, jars), "kafka.tools.StorageTool", "format",
            "--cluster-id", cluster_id, "--config", str(config), "--ignore-formatted",
        ]  # fmt: skip
        process = await Process.start(_NAME, command, log=log, env=self._env)
        if await process.wait() != 0:
            raise StartFailed("Kafka", "its data folder could not be formatted", log, process.tail())

    def _java_command(self, java: Java, jars: Jars) -> list[str]:
        heap = f"{self._options.heap_mb}m"
        return [
            str(java.executable),
            f"-Xms{heap}",
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            *(["-XX:TieredStopAtLevel=1"] if self._options.fast_start else []),
            "-Xshare:auto",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
            "-cp",
            f"{jars.folder}/*",
        ]


def server_properties(data: Path, broker: int, controller: int) -> str:
    """The broker's configuration: one node in both roles, so every internal topic has one replica."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOCALHOST}:{controller}",
        "listeners": f"PLAINTEXT://{LOCALHOST}:{broker},CONTROLLER://{LOCALHOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{LOCALHOST}:{broker}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": _escaped(data),
        # A topic that nobody provisioned is a mistake to be seen, not one to be papered over.
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "log.cleaner.dedupe.buffer.size": "16777216",
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _escaped(path: Path) -> str:
    """A path as a Java properties value: the backslash is that format's escape character."""
    return str(path).replace("\\", "\\\\")


async def _ready(process: Process, bootstrap: str) -> None:
    """Wait until the broker answers a metadata request with itself in it; StartFailed when it ends or never does."""
    ended = asyncio.create_task(process.wait())
    answers = asyncio.create_task(_answers(bootstrap))
    try:
        async with asyncio.timeout(_STARTUP_S):
            await asyncio.wait({ended, answers}, return_when=asyncio.FIRST_COMPLETED)
    except TimeoutError:
        raise StartFailed("Kafka", f"no answer in {_STARTUP_S:.0f} s", process.log, process.tail()) from None
    finally:
        for task in (ended, answers):
            task.cancel()
    if process.returncode is not None:
        raise StartFailed("Kafka", f"it ended with status {process.returncode}", process.log, process.tail())
    await answers


async def _answers(bootstrap: str) -> None:
    """Return once the broker is registered with its controller: only then does metadata name it."""
    host, _, port = bootstrap.partition(":")
    while not await _accepts(host, int(port)) or not await asyncio.to_thread(_names_a_broker, bootstrap):
        await asyncio.sleep(0.05)


async def _accepts(host: str, port: int) -> bool:
    """Whether something listens. Asked first, because a client that meets a closed port backs off for long."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


def _names_a_broker(bootstrap: str) -> bool:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "reconnect.backoff.max.ms": 100})
    try:
        return bool(admin.list_topics(timeout=5).brokers)
    except KafkaException:
        return False
