"""What the other services say, said by a test; and metrics as it runs, in the test's loop or as a process."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.metrics.v1 import service_pb2, service_pb2_grpc
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from services.chassis import calling, rpc
from services.chassis.broker import Producer
from services.chassis.clock import to_proto
from services.chassis.db import Database
from services.chassis.envelope import Record, headers_of
from services.chassis.probes import Health
from services.chassis.provision import Dsns
from services.chassis.security import ApiKeys
from services.chassis.service import Role
from services.chassis.testing.waiting import wait_for
from services.metrics.bootstrap import bootstrap
from services.metrics.config import MetricsSettings

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
EMAIL, SMS, PHONE = common.CHANNEL_EMAIL, common.CHANNEL_SMS, common.CHANNEL_PHONE
Answer = service_pb2.QueryWindowsResponse


class Said(NamedTuple):
    """One event of one service."""

    service: str
    tenant_id: str
    case_id: str
    message: Message
    at: datetime
    event_id: UUID

    @property
    def topic(self) -> str:
        return f"amends.{self.service}.events.v1"


@dataclass
class Story:
    """One case, told event by event; `t` are seconds after the complaint."""

    tenant_id: str = "acme"
    channel: Any = EMAIL
    begins: datetime = NOON

    def __post_init__(self) -> None:
        self.case_id = str(uuid4())
        self.said: list[Said] = []

    def after(self, t: float) -> datetime:
        return self.begins + timedelta(seconds=t)

    def say(self, service: str, message: Message, t: float) -> Story:
        self.said.append(Said(service, self.tenant_id, self.case_id, message, self.after(t), uuid4()))
        return self

    def complains(self, *, t0: float | None = 0.0) -> Story:
        said = common.InboundMessage(
            channel=self.channel,
            received_at=to_proto(self.after(0.1)),
            normalised_at=to_proto(self.after(0.2)),
        )
        if t0 is not None:
            said.occurred_at.CopyFrom(to_proto(self.after(t0)))
        return self.say("intake", intake.ComplaintReceived(case_id=self.case_id, message=said), 0.2)

    def is_owned(
        self, t: float = 0.5, *, severity: Any = common.SEVERITY_NORMAL, team: str = "cards"
    ) -> Story:
        at = to_proto(self.after(t))
        opened = resolution.CaseOpened(
            case_id=self.case_id,
            channel=self.channel,
            severity=severity,
            playbook_id="sixty-seconds",
            opened_at=at,
        )
        owner = resolution.EmployeeRef(team=team)
        owned = resolution.OwnerAssigned(case_id=self.case_id, owner=owner, offered_at=at, accepted_at=at)
        return self.say("resolution", opened, t).say("resolution", owned, t)

    def is_answered(self, t: float, *, human: bool = True) -> Story:
        delivered = followup.ContactDelivered(
            case_id=self.case_id,
            contact_id=str(uuid4()),
            human=human,
            channel=self.channel,
            sent_at=to_proto(self.after(t - 1)),
            delivered_at=to_proto(self.after(t)),
        )
        return self.say("followup", delivered, t)

    def meets_its_clock(self, t: float) -> Story:
        met = followup.ClockMet(
            case_id=self.case_id, clock="response_60s", instance_id=str(uuid4()), in_time=True
        )
        return self.say("followup", met, t)

    def keeps_its_promise(self, t: float) -> Story:
        kept = followup.PromiseKept(case_id=self.case_id, promise_id=str(uuid4()))
        return self.say("followup", kept, t)

    def is_closed(
        self, t: float, closing: resolution.Closing = resolution.CLOSING_CONFIRMED, survivor: str = ""
    ) -> Story:
        closed = resolution.CaseClosed(case_id=self.case_id, closing=closing, survivor_case_id=survivor)
        return self.say("resolution", closed, t)

    def is_reopened(self, t: float, because: str = "not_solved") -> Story:
        return self.say("resolution", resolution.CaseReopened(case_id=self.case_id, because=because), t)

    def is_given(self, grant_id: str, t: float) -> Story:
        return self.say("resolution", resolution.RemedyGranted(case_id=self.case_id, grant_id=grant_id), t)

    def is_recovered(self, t: float, unit: str = "EUR") -> Story:
        """Apology, responsibility, decision and, last, a remedy of 5 for us and 9 for the customer."""
        for step in ("apologise", "take-responsibility"):
            completed = resolution.StepCompleted(
                case_id=self.case_id, step_id=step, completed_at=to_proto(self.after(t - 2))
            )
            self.say("resolution", completed, t - 2)
        decided = resolution.SolutionProposed(case_id=self.case_id, proposed_at=to_proto(self.after(t - 1)))
        granted = resolution.RemedyGranted(
            case_id=self.case_id,
            grant_id=str(uuid4()),
            cost=common.Amount(unit=unit, value=500),
            value=common.Amount(unit=unit, value=900),
            granted_at=to_proto(self.after(t)),
        )
        return self.say("resolution", decided, t - 1).say("resolution", granted, t)

    def is_felt(self, t: float, recommend: int = -1, satisfaction: int = 0, effort: int = 0) -> Story:
        """The circle-back is kept, and answered."""
        asked = followup.PromiseKept(
            case_id=self.case_id, promise_id=str(uuid4()), kind=followup.PROMISE_KIND_CIRCLE_BACK
        )
        felt = followup.FeedbackReceived(
            case_id=self.case_id,
            recommend=recommend,
            satisfaction=satisfaction,
            effort=effort,
            answers_circle_back=True,
        )
        return self.say("followup", asked, t).say("followup", felt, t)

    def is_taken_back(self, grant_id: str, t: float) -> Story:
        return self.say("resolution", resolution.RemedyRevoked(case_id=self.case_id, grant_id=grant_id), t)


def told(
    *, tenant_id: str = "acme", channel: Any = EMAIL, answer_after: float = 20.0, n: int = 1
) -> list[Said]:
    """`n` cases from complaint to confirmed closure."""
    stories = [
        Story(tenant_id, channel)
        .complains()
        .is_owned()
        .is_answered(answer_after)
        .meets_its_clock(answer_after)
        for _ in range(n)
    ]
    return [said for story in stories for said in story.keeps_its_promise(60).is_closed(90).said]


class Speaker:
    """Publishes what is said to this test's topics, as the relays would."""

    def __init__(self, producer: Producer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix
        self._sequence = count(1)

    async def say(self, said: Iterable[Said]) -> None:
        await self._producer.publish([self.record(one) for one in said])

    async def publish(self, records: Sequence[Record]) -> None:
        """What `record` made, again or later than its turn."""
        await self._producer.publish(records)

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Any = (), *, place: int = -1
    ) -> None:
        """Anything at all, to a topic named without its prefix (and, if need be, one partition of it)."""
        await self._producer.publish([Record(self._prefix + topic, key, value, list(headers), place)])

    def record(self, said: Said) -> Record:
        headers = headers_of(
            source=said.service,
            event_id=str(said.event_id),
            type_name=said.message.DESCRIPTOR.full_name,
            tenant_id=said.tenant_id,
            key=said.case_id,
            occurred_at=said.at,
            correlation_id=said.case_id,
            sequence=f"{next(self._sequence):032x}",
        )
        return Record(
            self._prefix + said.topic, said.case_id.encode(), said.message.SerializeToString(), headers
        )


class Client:
    """Asks metrics as one tenant."""

    def __init__(self, stub: service_pb2_grpc.MetricsServiceStub) -> None:
        self.query = stub.QueryWindows
        self.summarize = stub.Summarize
        self.cut = stub.Query
        self.watch = stub.Watch

    async def all(self) -> dict[str, Any]:
        """The line over all channels, or nothing while metrics is catching up."""
        answer = await self.current(NOON - timedelta(days=365 * 50))
        return {} if answer is None else {"as_of": answer.as_of, **_figures(answer.windows[-1])}

    async def current(self, published_at: datetime) -> Answer | None:
        """The summary once everything published before `published_at` is in it, else None."""
        try:
            answer: Answer = await self.summarize(service_pb2.QueryWindowsRequest())
        except rpc.grpc.aio.AioRpcError as error:
            if error.code() is rpc.grpc.StatusCode.UNAVAILABLE:
                return None
            raise
        return answer if answer.as_of.ToDatetime(tzinfo=UTC) > published_at else None


def _figures(window: Any) -> dict[str, Any]:
    return {field.name: getattr(window, field.name) for field in window.DESCRIPTOR.fields}


@dataclass(frozen=True)
class World:
    """Where this test's metrics finds its servers."""

    settings: MetricsSettings
    dsns: Dsns
    database: Database

    def with_settings(self, **changed: Any) -> World:
        return replace(self, settings=replace(self.settings, **changed))

    async def token(self, tenant_id: str = "acme", role: str = "supervisor") -> str:
        return await ApiKeys(self.database).create(tenant_id, role)

    @asynccontextmanager
    async def client(self, port: int, tenant_id: str = "acme") -> AsyncIterator[Client]:
        async with calling.connect(f"127.0.0.1:{port}", await self.token(tenant_id)) as channel:
            yield Client(service_pb2_grpc.MetricsServiceStub(channel))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running]:
        """Metrics in this loop; what fails in it fails the block when it ends."""
        stop, health = asyncio.Event(), Health()
        async with bootstrap(self.settings, Role.RUN, health) as (server, stream, *others):
            work: asyncio.Task[None] = asyncio.create_task(stream.run(stop))
            beside = {one.name: one for one in others}
            running = Running(self, server.port, stream, work, health, beside)  # type: ignore[attr-defined]
            try:
                yield running
            finally:
                stop.set()
                await asyncio.wait([work])
        if not running.failure_expected:
            work.result()

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Process]:
        """Metrics as an operating system's process; killed at the end if it still runs."""
        port, admin = _free_ports(2)
        env = {
            **os.environ,
            "KAFKA_BOOTSTRAP": self.settings.kafka_bootstrap,
            "AMENDS_TOPIC_PREFIX": self.settings.topic_prefix,
            "AMENDS_METRICS_APP_DSN": self.dsns.app,
            "AMENDS_METRICS_SYSTEM_DSN": self.dsns.system,
            "AMENDS_METRICS_GRPC_BIND": f"127.0.0.1:{port}",
            "AMENDS_METRICS_ADMIN_PORT": str(admin),
            "AMENDS_METRICS_REJECTS_IN_A_ROW": str(self.settings.rejects_in_a_row),
        }
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.metrics", "run", env=env, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield Process(self, port, admin, child)
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()


@dataclass
class Running:
    """Metrics in the test's loop."""

    world: World
    port: int
    stream: Any
    work: asyncio.Task[None]
    health: Health
    beside: dict[str, Any]  # the other components, which nobody runs here
    failure_expected: bool = False

    async def ready(self) -> bool:
        """Readiness as the probe would say, without the parts only a runner sets."""
        return (await self.health.ready())["stream"]

    async def shows(self, tenant_id: str = "acme", **wanted: object) -> None:
        """Waits until the line over all channels says this."""
        async with self.world.client(self.port, tenant_id) as client:

            async def look() -> bool:
                if self.work.done():
                    self.work.result()  # says why nothing is shown any more
                line = await client.all()
                return all(line.get(name) == value for name, value in wanted.items())

            await wait_for(look, 40, what=f"{wanted}")

    async def failure(self) -> BaseException | None:
        """What ended the stream; it is not an error of the test then."""
        self.failure_expected = True
        await asyncio.wait([self.work])
        return self.work.exception()


@dataclass
class Process:
    """Metrics as a process."""

    world: World
    port: int
    admin: int
    child: asyncio.subprocess.Process


def records_of(bootstrap: str, topic: str) -> list[Any]:
    """Every record that lies in a topic now, in the order of writing. Blocks."""
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")) as reader:
        places = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ()]
        reader.assign(places)
        ends = reader.end_offsets(places)
        found: list[Any] = []
        while any(reader.position(place) < ends[place] for place in places):
            found += [record for batch in reader.poll(timeout_ms=1000).values() for record in batch]
        return sorted(found, key=lambda record: record.timestamp)


def alter(bootstrap: str, topic: str, **configs: str) -> None:
    """Change a topic's settings, written with `_` for `.`. Blocks."""
    named = {name.replace("_", "."): value for name, value in configs.items()}
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])


def forget(bootstrap: str, topic: str) -> None:
    """Delete every record of a topic, as retention would. Blocks."""
    with closing(KafkaConsumer(bootstrap_servers=bootstrap)) as reader:
        places = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ()]
        ends = reader.end_offsets(places)
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.delete_records(ends)


def _free_ports(n: int) -> Sequence[int]:
    probes = [socket.socket() for _ in range(n)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
