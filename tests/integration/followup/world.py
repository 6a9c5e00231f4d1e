"""Follow-up as it runs, between a real Kafka, a real PostgreSQL and a provider that listens; seen from
outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

import asyncpg
from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as out
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message

from services.chassis import rpc
from services.chassis.broker import Producer
from services.chassis.clock import to_proto
from services.chassis.db import Database
from services.chassis.envelope import EventRegistry, Record, headers_of
from services.chassis.probes import Health
from services.chassis.provision import Dsns
from services.chassis.runner import Component
from services.chassis.service import Role
from services.chassis.testing.waiting import wait_for
from services.followup.bootstrap import bootstrap
from services.followup.config import Settings
from services.standalone.provider import Provider

INTAKE = "amends.intake.events.v1"
RECEIPTS = "amends.intake.receipts.v1"
RESOLUTION = "amends.resolution.events.v1"
RESPONSES = ("response_60s", "first_response", "next_response")
M = TypeVar("M", bound=Message)


@dataclass
class World:
    """One running follow-up and everything around it."""

    settings: Settings
    database: Database
    provider: Provider
    producer: Producer
    tenant: str = "acme"
    port: int = 0  # of the gRPC server
    _running: dict[str, tuple[asyncio.Task[None], asyncio.Event]] = field(default_factory=dict)

    async def say(self, topic: str, key: str, *messages: Message, tenant: str = "") -> None:
        """Publish events as the other services do."""
        now = datetime.now(UTC)
        records = [
            Record(
                f"{self.settings.topic_prefix}{topic}",
                key.encode(),
                message.SerializeToString(),
                headers_of(
                    source=topic.split(".")[1],
                    event_id=str(uuid4()),
                    type_name=message.DESCRIPTOR.full_name,
                    tenant_id=tenant or self.tenant,
                    key=key,
                    occurred_at=now,
                    correlation_id=key,
                ),
            )
            for message in messages
        ]
        await self.producer.publish(records)

    async def said(self, case_id: str, kind: type[M]) -> list[M]:
        """What follow-up has said about a case, of one kind, oldest first."""
        registry = EventRegistry(out)
        async with self.database.transaction({self.tenant}) as tx:
            rows = await tx.fetch(
                "select type, payload from journal where key = $1 and type = $2 order by position",
                case_id,
                kind.DESCRIPTOR.full_name,
            )
        found: list[M] = []
        for row in rows:
            message = registry.message_class(row["type"])()
            message.ParseFromString(row["payload"])
            assert isinstance(message, kind)
            found.append(message)
        return found

    async def hear(
        self, case_id: str, kind: type[M], count: int = 1, clocks: tuple[str, ...] = ()
    ) -> list[M]:
        """Wait until follow-up has said `count` such things, of clocks whose name begins so where that is
        asked, and return them."""

        async def enough() -> list[M]:
            found = await self.said(case_id, kind)
            if clocks:
                found = [one for one in found if one.clock.startswith(clocks)]  # type: ignore[attr-defined]
            return found if len(found) >= count else []

        return await wait_for(enough, what=f"{count} {kind.DESCRIPTOR.name}")

    async def rows(self, query: str, *args: object) -> list[asyncpg.Record]:
        async with self.database.transaction({self.tenant}) as tx:
            return list(await tx.fetch(query, *args))

    def start(self, component: Component) -> None:
        stop = asyncio.Event()
        self._running[component.name] = asyncio.create_task(component.run(stop)), stop

    async def stop(self) -> None:
        for task, stop in self._running.values():
            stop.set()
            await task
        self._running.clear()


@asynccontextmanager
async def world(
    settings: Settings, provider: Provider, dsns: Dsns, *, without: Sequence[str] = ()
) -> AsyncIterator[World]:
    """Run follow-up for as long as the block lasts, all roles in one process as `run` does."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(dsns.app, dsns.system, name="test/followup"))
        producer = await stack.enter_async_context(Producer.open(settings.kafka_bootstrap, "test"))
        components = await stack.enter_async_context(bootstrap(settings, Role.RUN, Health()))
        running = World(settings, database, provider, producer)
        for component in components:
            if isinstance(component, rpc.RpcServer):
                running.port = component.port
            if component.name not in without:
                running.start(component)
        try:
            yield running
        finally:
            await running.stop()


@dataclass
class Story:
    """The events of one case as intake and resolution would say them."""

    case_id: str = field(default_factory=lambda: str(uuid4()))
    channel: int = common_pb2.CHANNEL_EMAIL
    provider: str = "smtp"
    account: str = "care@air.example"
    party: common_pb2.Party = field(
        default_factory=lambda: common_pb2.Party(
            kind="email", value="ana@home.example", display_name="Ana Lima"
        )
    )
    t0: datetime = field(default_factory=lambda: datetime.now(UTC))
    live: bool = False
    language: str = ""

    def inbound(self, text: str, **more: object) -> common_pb2.InboundMessage:
        now = datetime.now(UTC)
        return common_pb2.InboundMessage(
            message_id=str(uuid4()),
            provider_message_id=f"{uuid4()}@home.example",
            channel=self.channel,  # type: ignore[arg-type]
            provider=self.provider,
            channel_account=self.account,
            thread_key="thread",
            party=self.party,
            subject="Four hours late",
            text=text,
            occurred_at=to_proto(min(self.t0, now)),
            received_at=to_proto(now),
            language=self.language,
            **more,  # type: ignore[arg-type]
        )

    def complaint(
        self, text: str = "My flight is four hours late", **more: object
    ) -> intake.ComplaintReceived:
        return intake.ComplaintReceived(
            case_id=self.case_id,
            interaction_id=str(uuid4()),
            customer=common_pb2.CustomerRef(customer_id=str(uuid4()), first_name="Ana"),
            message=self.inbound(text, **more),
            severity=common_pb2.SEVERITY_NORMAL,
            live=self.live,
        )

    def customer_says(self, text: str) -> intake.CustomerMessageReceived:
        message = self.inbound(text)
        message.occurred_at.CopyFrom(to_proto(datetime.now(UTC)))
        return intake.CustomerMessageReceived(case_id=self.case_id, message=message)

    def opened(self) -> resolution.CaseOpened:
        now = to_proto(datetime.now(UTC))
        return resolution.CaseOpened(case_id=self.case_id, severity=common_pb2.SEVERITY_NORMAL, opened_at=now)

    def graver(self) -> resolution.SeverityAssessed:
        """The owner finds it critical."""
        critical, now = common_pb2.SEVERITY_CRITICAL, to_proto(datetime.now(UTC))
        return resolution.SeverityAssessed(case_id=self.case_id, severity=critical, assessed_at=now)

    def owned(self, employee_id: str = "maria") -> resolution.OwnerAssigned:
        now = to_proto(datetime.now(UTC))
        return resolution.OwnerAssigned(case_id=self.case_id, owner=self.person(employee_id), accepted_at=now)

    def person(self, employee_id: str = "maria") -> resolution.EmployeeRef:
        return resolution.EmployeeRef(
            employee_id=employee_id, display_name=employee_id.title(), contact=f"{employee_id}@air.example"
        )

    def reply(
        self,
        text: str = "I am sorry, Ana. The lounge is yours.",
        kind: resolution.ReplyKind = resolution.REPLY_KIND_REPLY,
        **more: object,
    ) -> resolution.ReplySent:
        return resolution.ReplySent(
            case_id=self.case_id,
            reply_id=str(uuid4()),
            kind=kind,
            author=self.person(),
            channel=self.channel,  # type: ignore[arg-type]
            to=self.party,
            channel_account=self.account,
            subject="Re: Four hours late",
            text=text,
            in_reply_to="m1@home.example",
            released_at=to_proto(datetime.now(UTC)),
            **more,  # type: ignore[arg-type]
        )

    def resolved(self) -> resolution.CaseResolved:
        now = to_proto(datetime.now(UTC))
        return resolution.CaseResolved(
            case_id=self.case_id, resolved_at=now, first_contact_employee_id="maria", employee_id="maria"
        )

    def closed(self) -> resolution.CaseClosed:
        now = to_proto(datetime.now(UTC))
        return resolution.CaseClosed(case_id=self.case_id, closed_at=now)

    def merged(self, survivor: Story) -> resolution.CaseClosed:
        """It is a part of another case from now on."""
        closed = self.closed()
        closed.closing, closed.survivor_case_id = resolution.CLOSING_MERGED, survivor.case_id
        return closed

    def given_back(self) -> resolution.CaseReopened:
        now = to_proto(datetime.now(UTC))
        return resolution.CaseReopened(case_id=self.case_id, because="merge_undone", reopened_at=now)

    def receipt(
        self,
        provider_message_id: str,
        at: datetime | None = None,
        outcome: intake.DeliveryReceiptReceived.Outcome = intake.DeliveryReceiptReceived.OUTCOME_DELIVERED,
    ) -> intake.DeliveryReceiptReceived:
        now = datetime.now(UTC)
        return intake.DeliveryReceiptReceived(
            provider=self.provider,
            provider_message_id=provider_message_id,
            channel=self.channel,  # type: ignore[arg-type]
            outcome=outcome,
            occurred_at=to_proto(at or now),
            received_at=to_proto(now),
        )


def by_sms() -> Story:
    party = common_pb2.Party(kind="phone", value="+351910000001", display_name="Ana Lima")
    return Story(channel=common_pb2.CHANNEL_SMS, provider="twilio", account="+351210000001", party=party)


def by_whatsapp() -> Story:
    party = common_pb2.Party(kind="phone", value="+351910000002", display_name="Ana Lima")
    return Story(channel=common_pb2.CHANNEL_WHATSAPP, provider="whatsapp", account="555000", party=party)


def by_messenger() -> Story:
    party = common_pb2.Party(kind="messenger", value="psid-1", display_name="Ana Lima")
    return Story(channel=common_pb2.CHANNEL_MESSENGER, provider="messenger", account="page-1", party=party)


def by_telegram() -> Story:
    party = common_pb2.Party(kind="telegram", value="427", display_name="Ana Lima")
    return Story(channel=common_pb2.CHANNEL_TELEGRAM, provider="telegram", account="1618", party=party)


def by_handle(kind: str, channel: common_pb2.Channel, account: str) -> Story:
    """On a channel whose customers are handles of the provider's."""
    party = common_pb2.Party(kind=kind, value=f"{kind}-1", display_name="Ana Lima")
    return Story(channel=channel, provider=kind, account=account, party=party)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
