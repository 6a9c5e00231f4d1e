"""Everything the platform says about each case, asked from outside once the play is over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import events_pb2 as followup_events
from amends.followup.v1 import service_pb2 as followup
from amends.resolution.v1 import events_pb2 as events
from amends.resolution.v1 import service_pb2 as resolution

from services.standalone.demo.desk import Desk

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """One recorded event: its short name and its fields as in the contract."""

    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One case with all that belongs to it."""

    case: resolution.Case
    facts: Sequence[Fact]
    messages: Sequence[common.InboundMessage]
    contacts: Sequence[followup.Contact]
    promises: Sequence[followup.Promise]
    clocks: Sequence[followup.Clock]

    def of(self, name: str) -> list[Mapping[str, Any]]:
        """The fields of every event of this name, oldest first."""
        return [fact.fields for fact in self.facts if fact.name == name]

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.case.status == events.STATUS_CLOSED

    @property
    def address(self) -> str:
        """Whom it is about: the address of the first message."""
        return self.messages[0].party.value if self.messages else ""

    @property
    def circle_backs(self) -> list[followup.Promise]:
        """The promises to ask whether it is solved."""
        kind = followup_events.PROMISE_KIND_CIRCLE_BACK
        return [promise for promise in self.promises if promise.kind == kind]

    @property
    def by_people(self) -> list[followup.Contact]:
        """What people said to the customer in writing."""
        return [contact for contact in self.contacts if contact.human]

    @property
    def name(self) -> str:
        """How a report calls it."""
        return f"{self.case.case_id} ({self.case.customer.full_name or self.address})"


async def collect(desk: Desk) -> list[Dossier]:
    """A dossier of every case, oldest first. Raises grpc.aio.AioRpcError."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(case: resolution.Case) -> Dossier:
        async with limit:
            case_id = case.case_id
            facts = [
                Fact(entry.type.rpartition(".")[2], json.loads(entry.json))
                for entry in await desk.history(case_id)
            ]
            return Dossier(
                case, facts, await desk.messages(case_id), await desk.contacts(case_id),
                await desk.promises(case_id=case_id), await desk.clocks(case_id),
            )  # fmt: skip

    cases = sorted(await desk.cases(), key=lambda case: case.opened_at.ToNanoseconds())
    return list(await asyncio.gather(*(one(case) for case in cases)))
