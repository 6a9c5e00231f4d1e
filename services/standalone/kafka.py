"""A real Apache Kafka on this machine: one node, broker and controller (KRaft), data kept between starts."""

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
from services.standalone.headstart import Headstart
from services.standalone.jars import Jars, obtain
from services.standalone.java import Java, find_java
from services.standalone.keeper import Keeper, OnEvent, ignore_event, ready_or_dead
from services.standalone.layout import Layout
from services.standalone.maven import Progress
from services.standalone.ports import LOCALHOST, free_ports, kept_ports
from services.standalone.process import Process
from services.standalone.waiting import until

_LONG_STOP_S = 90.0  # its classes are written in 4 to 6 s of computing, on a loaded machine in a multiple
_STARTUP_S = 120.0  # a restart with about 100 topics takes 7 s on one core; a loaded machine takes a multiple


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How the broker's JVM runs. `heap_mb` is in mebibytes."""

    heap_mb: int = 256


class EmbeddedKafka:
    """`async with EmbeddedKafka(layout) as kafka: kafka.bootstrap`. The caller holds the layout's lock.

    `port` fixes the broker's port; without it a free one is chosen at the first start and kept. A broker that
    dies is started again at the same address, and `on_event` told. Raises on entry: ToolMissing,
    JarsUnobtainable, JarTampered, StartFailed (with the end of the log).
    """

    name = "kafka"
    stop_signal = signal.SIGTERM
    stop_timeout_s = 30.0

    def __init__(
        self,
        layout: Layout,
        port: int | None = None,
        *,
        options: KafkaOptions | None = None,
        env: Mapping[str, str] | None = None,
        progress: Progress = lambda line: None,
        on_event: OnEvent = ignore_event,
    ) -> None:
        self._layout = layout
        self._port = port
        self._options = options or KafkaOptions()
        self._env = dict(os.environ if env is None else env)
        self._progress = progress
        self._log = layout.logs / f"{self.name}.log"
        self._command: list[str] = []
        self._headstart: Headstart | None = None
        self.keeper = Keeper(self, on_event)
        self.bootstrap = ""

    async def __aenter__(self) -> EmbeddedKafka:
        try:
            await self._prepare()
            await self.keeper.__aenter__()
        except BaseException:
            self._discard()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.keeper.__aexit__(kind, error, trace)
            if self._headstart is not None:
                await self._headstart.keep(self._env)
        finally:
            self._discard()

    def _discard(self) -> None:
        if self._headstart is not None:
            self._headstart.discard()

    async def start(self) -> Process:
        """See Supervised."""
        return await Process.start(self.name, self._command, log=self._log, env=self._env)

    async def ready(self, process: Process) -> None:
        """Return once the broker answers a metadata request with itself in it."""
        await ready_or_dead(process, _answers(self.bootstrap), _STARTUP_S)

    async def _prepare(self) -> None:
        """Everything that is done once, before the first start."""
        self._layout.prepare()
        java = await find_java(self._env)
        jars = await obtain(self._layout, self._env, java, self._progress)
        ports = self._ports()
        self.bootstrap = f"{LOCALHOST}:{ports[0]}"
        config = self._write_config(*ports)
        run = self._java_command(java, jars)
        self._headstart = Headstart(self._layout.jar_cache, java, jars.folder, run, self._log, self._progress)
        await self._format_once(run, config, self._headstart)
        options = await self._headstart.options(self._env)
        if self._headstart.making:
            self.stop_timeout_s = _LONG_STOP_S
        self._command = [*run, *options, "kafka.Kafka", str(config)]
        self._progress(f"starting Kafka on {self.bootstrap} (Java {java.version} from {java.origin})")

    def _ports(self) -> list[int]:
        if self._port is not None:
            return [self._port, *free_ports(1)]
        return kept_ports(self._layout.kafka / "ports", 2)

    def _write_config(self, broker: int, controller: int) -> Path:
        config = self._layout.kafka / "server.properties"
        text = server_properties(self._layout.kafka / "data", broker, controller)
        config.write_text(text, encoding="utf-8")
        return config

    async def _format_once(self, run: list[str], config: Path, headstart: Headstart) -> None:
        """Give an empty data folder its cluster id; one that has it is left as it is."""
        data = self._layout.kafka / "data"
        if (data / "meta.properties").exists():
            return
        if headstart.formatted(data, new_cluster_id(), new_cluster_id()):
            return
        self._progress("formatting Kafka's data folder")
        tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted"]
        command = [*run, *tool, "--cluster-id", new_cluster_id(), "--config", str(config)]
        process = await Process.start(self.name, command, log=self._log, env=self._env)
        if await process.wait() != 0:
            raise StartFailed(self.name, "its data folder could not be formatted", self._log, process.tail())
        headstart.keep_formatted(data)

    def _java_command(self, java: Java, jars: Jars) -> list[str]:
        heap = f"{self._options.heap_mb}m"
        return [
            str(java.executable),
            f"-Xms{heap}",
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",  # the first compiler alone: half the start-up time, less throughput
            "-Xshare:auto",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
            "-cp",
            f"{jars.folder}/*",
        ]


def new_cluster_id() -> str:
    """A random id in Kafka's form, 22 characters of base64url; like Kafka's own never with a dash in front.

    The storage tool, and every other that takes the id as an argument, would read that as an option.
    """
    while True:
        identifier = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        if not identifier.startswith("-"):
            return identifier


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
        # After a kill the controller turns the same broker away until its old session has run out.
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "500",
        "metadata.max.idle.interval.ms": "0",
        "log.cleaner.dedupe.buffer.size": "16777216",
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _escaped(path: Path) -> str:
    """A path as a Java properties value: the backslash is that format's escape character."""
    return str(path).replace("\\", "\\\\")


async def _answers(bootstrap: str) -> None:
    """Return once the broker is registered with its controller: only then does metadata name it."""
    host, _, port = bootstrap.partition(":")

    async def answered() -> bool:
        return await _accepts(host, int(port)) and await asyncio.to_thread(_names_a_broker, bootstrap)

    await until(answered)


async def _accepts(host: str, port: int) -> bool:
    """Whether something listens. Asked first: a client that meets a closed port backs off for long."""
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
