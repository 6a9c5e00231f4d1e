"""Resolution as it runs, between a real Kafka and a real PostgreSQL; employees call it over gRPC with
their own keys, intake and follow-up speak to it by events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

import asyncpg
import grpc.aio
import pytest
from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb
from amends.resolution.v1.service_pb2_grpc import ResolutionServiceStub
from google.protobuf.message import Message

from services.chassis import calling, rpc
from services.chassis.broker import Producer
from services.chassis.clock import to_proto
from services.chassis.db import Database
from services.chassis.envelope import EventRegistry, Record, headers_of
from services.chassis.ids import RandomIds
from services.chassis.probes import Health
from services.chassis.provision import Dsns
from services.chassis.security import ApiKeys
from services.chassis.service import Role
from services.chassis.testing.waiting import wait_for
from services.resolution.adapters import data
from services.resolution.app.rules import Rules
from services.resolution.bootstrap import bootstrap
from services.resolution.config import Settings

INTAKE, FOLLOWUP = "amends.intake.events.v1", "amends.followup.events.v1"
FIRST_REPLY = (
    "Dear Maria, I am sorry that we let you down. Thank you for telling me. I am taking care of this "
    "myself, and you will hear from me again by 6 pm today."
)
M = TypeVar("M", bound=Message)
_IDS = RandomIds()


@dataclass
class World:
    """One running resolution and the people of one tenant."""

    settings: Settings
    database: Database
    producer: Producer
    stack: AsyncExitStack
    tenant: str = "air"
    port: int = 0
    stops: list[asyncio.Event] = field(default_factory=list)
    _desks: dict[tuple[str, str], ResolutionServiceStub] = field(default_factory=dict)

    async def say(self, topic: str, *messages: Message, tenant: str = "", event_id: str = "") -> None:
        """Publish events as intake and follow-up do, keyed by their case or by the surviving customer."""
        records = [
            Record(
                f"{self.settings.topic_prefix}{topic}",
                key.encode(),
                message.SerializeToString(),
                headers_of(
                    source=topic.split(".")[1],
                    event_id=event_id or str(uuid4()),
                    type_name=message.DESCRIPTOR.full_name,
                    tenant_id=tenant or self.tenant,
                    key=key,
                    occurred_at=datetime.now(UTC),
                    correlation_id=key,
                ),
            )
            for message in messages
            for key in [_key_of(message)]
        ]
        await self.producer.publish(records)

    async def desk(self, employee_id: str, role: str = "agent", tenant: str = "") -> ResolutionServiceStub:
        """The service as this employee reaches it, with a key of their own."""
        tenant = tenant or self.tenant
        known = (tenant, employee_id)
        if known not in self._desks:
            token = await ApiKeys(self.database).create(tenant, role, employee_id)
            channel = await self.stack.enter_async_context(calling.connect(f"127.0.0.1:{self.port}", token))
            self._desks[known] = ResolutionServiceStub(channel)
        return self._desks[known]

    async def hire(self, employee_id: str, *, rank: int = 0, tenant: str = "", **more: object) -> None:
        """Register an employee as the tenant's own systems do."""
        hr = await self.desk("hr", "supervisor", tenant)
        fields: dict[str, object] = {"present": True, "capacity": 100, **more}
        employee = pb.Employee(
            employee_id=employee_id,
            display_name=employee_id.title(),
            rank=rank,
            contact=f"{employee_id}@air.example",
            **fields,  # type: ignore[arg-type]
        )
        await hr.RegisterEmployee(pb.RegisterEmployeeRequest(employee=employee))

    async def said(self, case_id: str, kind: type[M], tenant: str = "") -> list[M]:
        """What resolution has said about a case, of one kind, oldest first."""
        registry = EventRegistry(out)
        rows = await self.rows(
            "select payload from journal where key = $1 and type = $2 order by position",
            case_id,
            kind.DESCRIPTOR.full_name,
            tenant=tenant,
        )
        found: list[M] = []
        for row in rows:
            message = registry.message_class(kind.DESCRIPTOR.full_name)()
            message.ParseFromString(row["payload"])
            assert isinstance(message, kind)
            found.append(message)
        return found

    async def hear(self, case_id: str, kind: type[M], count: int = 1, tenant: str = "") -> list[M]:
        """Wait until resolution has said `count` such things, and return them."""

        async def enough() -> list[M]:
            found = await self.said(case_id, kind, tenant)
            return found if len(found) >= count else []

        return await wait_for(enough, what=f"{count} {kind.DESCRIPTOR.name}")

    @property
    def rules(self) -> Rules:
        """The data that ships, as these settings choose from it."""
        return data.load(self.settings)

    async def rows(self, query: str, *args: object, tenant: str = "") -> list[asyncpg.Record]:
        async with self.database.transaction({tenant or self.tenant}) as tx:
            return list(await tx.fetch(query, *args))

    async def of_server(self, query: str) -> list[asyncpg.Record]:
        """A query of the system role, on what PostgreSQL itself knows."""
        async with self.database.system() as tx:
            return list(await tx.fetch(query))

    async def case(self, case_id: str, by: str = "ana") -> pb.Case:
        desk = await self.desk(by)
        answer: pb.Case = await desk.GetCase(pb.GetCaseRequest(case_id=case_id))
        return answer

    async def open(self, story: Story | None = None) -> Story:
        """A complaint, and wait until it is somebody's."""
        story = story or Story()
        await self.say(INTAKE, story.complaint())
        await self.hear(story.case_id, out.OwnerAssigned)
        return story

    async def hear_customer(self, story: Story, text: str = "Yes, thank you") -> str:
        """A written word of the customer; its message id, once resolution knows it."""
        message = story.customer_says(text)
        await self.say(INTAKE, message)
        message_id = message.message.message_id
        await self.known(message_id)
        return message_id

    async def known(self, message_id: str) -> None:
        """Wait until resolution has this word of a customer, on whatever case."""
        query = "select true from customer_word where message_id = $1"
        await wait_for(lambda: self.rows(query, message_id), what="the customer's word")


def _key_of(message: Message) -> str:
    if isinstance(message, intake.CustomersMerged | intake.CustomersSplit):
        return message.surviving_customer_id
    return str(message.case_id)  # type: ignore[attr-defined]  # every other message has one


@asynccontextmanager
async def world(settings: Settings, dsns: Dsns, role: Role = Role.RUN) -> AsyncIterator[World]:
    """Run resolution for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database.open(dsns.app, dsns.system, name="test/resolution")
        )
        producer = await stack.enter_async_context(Producer.open(settings.kafka_bootstrap, "test"))
        components = await stack.enter_async_context(bootstrap(settings, role, Health()))
        running = World(settings, database, producer, await stack.enter_async_context(AsyncExitStack()))
        tasks = []
        for component in components:
            if isinstance(component, rpc.RpcServer):
                running.port = component.port
            stop = asyncio.Event()
            running.stops.append(stop)
            tasks.append((asyncio.create_task(component.run(stop)), stop))
        try:
            yield running
        finally:
            for task, stop in tasks:
                stop.set()
                await task


@dataclass
class Story:
    """One complaint and what the customer says later, as intake would publish it."""

    case_id: str = field(default_factory=lambda: str(_IDS.new()))
    channel: int = common_pb2.CHANNEL_EMAIL
    party: common_pb2.Party = field(
        default_factory=lambda: common_pb2.Party(
            kind="email", value="maria@home.example", display_name="Maria Rossi"
        )
    )
    first_name: str = "Maria"
    live: bool = False
    point_of_contact: str = ""
    interaction_id: str = field(default_factory=lambda: str(uuid4()))
    skill: str = ""
    language: str = ""
    customer_id: str = field(default_factory=lambda: str(uuid4()))

    def complaint(self, text: str = "My flight is four hours late") -> intake.ComplaintReceived:
        return intake.ComplaintReceived(
            case_id=self.case_id,
            interaction_id=self.interaction_id,
            customer=common_pb2.CustomerRef(
                customer_id=self.customer_id, first_name=self.first_name, full_name=f"{self.first_name} Rossi"
            ),
            message=self._inbound(text),
            severity=common_pb2.SEVERITY_HIGH,
            category="delay",
            live=self.live,
            point_of_contact_id=self.point_of_contact,
            required_skill=self.skill,
        )

    def customer_says(self, text: str) -> intake.CustomerMessageReceived:
        return intake.CustomerMessageReceived(case_id=self.case_id, message=self._inbound(text))

    def _inbound(self, text: str) -> common_pb2.InboundMessage:
        now = to_proto(datetime.now(UTC))
        return common_pb2.InboundMessage(
            message_id=str(uuid4()),
            provider_message_id=f"{uuid4()}@home.example",
            channel=self.channel,  # type: ignore[arg-type]
            provider="smtp",
            channel_account="care@air.example",
            thread_key="thread",
            party=self.party,
            subject="Four hours late",
            text=text,
            language=self.language,
            occurred_at=now,
            received_at=now,
        )

    def speaks(self, who: str, text: str) -> intake.TranscriptSegmentReceived:
        """A stretch of speech; `who` is "" for the customer, else the employee."""
        speaker = intake.TranscriptSegmentReceived
        now = to_proto(datetime.now(UTC))
        return speaker(
            case_id=self.case_id,
            interaction_id=self.interaction_id,
            segment_id=str(uuid4()),
            speaker=speaker.SPEAKER_EMPLOYEE if who else speaker.SPEAKER_CUSTOMER,
            employee_id=who,
            text=text,
            occurred_at=now,
            received_at=now,
        )

    def joined(self, employee_id: str) -> intake.InteractionJoined:
        return intake.InteractionJoined(
            case_id=self.case_id,
            interaction_id=self.interaction_id,
            employee_id=employee_id,
            provider_session_id="CA-1",
            occurred_at=to_proto(datetime.now(UTC)),
        )

    def introduced(self, hand_off_id: str) -> followup.ContactDelivered:
        now = to_proto(datetime.now(UTC))
        return followup.ContactDelivered(
            case_id=self.case_id,
            contact_id=str(uuid4()),
            kind=followup.CONTACT_KIND_REPLY,
            human=True,
            channel=self.channel,  # type: ignore[arg-type]
            reply_kind=out.REPLY_KIND_INTRODUCTION,
            hand_off_id=hand_off_id,
            sent_at=now,
            delivered_at=now,
        )

    def feedback(
        self, solved: followup.FeedbackReceived.Solved, message_id: str = ""
    ) -> followup.FeedbackReceived:
        return followup.FeedbackReceived(
            case_id=self.case_id,
            message_id=message_id or str(uuid4()),
            solved=solved,
            words="...",
            recommend=-1,
            given_at=to_proto(datetime.now(UTC)),
        )


def by_phone(**more: object) -> Story:
    """A complaint made on a call that is still on."""
    party = common_pb2.Party(kind="phone", value="+351910000001", display_name="Maria Rossi")
    return Story(channel=common_pb2.CHANNEL_PHONE, party=party, live=True, **more)  # type: ignore[arg-type]


def refused(
    failure: pytest.ExceptionInfo[grpc.aio.AioRpcError],
) -> tuple[grpc.StatusCode, str, dict[str, str]]:
    """Code, rule, and what would be allowed."""
    rule, allowed = rpc.error_reason(failure.value)
    return failure.value.code(), rule, allowed
