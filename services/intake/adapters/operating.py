"""What operators ask of intake over gRPC: tail, show, reprocess, replay; all by the scope intake:operate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis.clock import stamp_or_none, to_proto
from services.chassis.errors import NotFound
from services.chassis.log import get_logger
from services.chassis.rpc import principal
from services.chassis.security import Principal, Scope, require
from services.intake.adapters.replaying import Replaying, Wanted
from services.intake.adapters.rereading import Rereader
from services.intake.adapters.tailing import Tailing
from services.intake.app.handlers import Reception
from services.intake.app.ports import Archive, KeptInput, Queries, Splits, StoredRefusal
from services.intake.domain.records import Origin

log = get_logger(__name__)

_RAW_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tools:
    """What stands behind the calls of operators, and those about queries, customers and calls."""

    tailing: Tailing
    rereader: Rereader
    replaying: Replaying
    queries: Queries
    splits: Splits
    reception: Reception


class OperatingServicer(service_pb2_grpc.IntakeServiceServicer):
    """The operators' part of IntakeService; every answer is about the caller's tenant alone."""

    def __init__(self, archive: Archive, tools: Tools) -> None:
        self._archive = archive
        self._tools = tools

    async def TailIntake(
        self, request: pb.TailIntakeRequest, context: Any
    ) -> AsyncIterator[pb.TailIntakeResponse]:
        """Events as they are said; see Tailing.follow."""
        caller = _operator()
        async for told in self._tools.tailing.follow(caller.tenant_id, request.resume_token):
            yield told

    async def ShowInput(self, request: pb.ShowInputRequest, context: Any) -> pb.ShowInputResponse:
        """One input as it came."""
        caller = _operator()
        kept = await self._archive.kept(caller.tenant_id, UUID(request.input_id))
        if kept is None:
            raise NotFound("unknown_input", "no such input is kept")
        log.info("input shown", tenant_id=caller.tenant_id, key_id=caller.key_id, raw_id=str(kept.raw_id))
        return _shown(kept, request.raw_offset)

    async def ReprocessInput(
        self, request: pb.ReprocessInputRequest, context: Any
    ) -> pb.ReprocessInputResponse:
        """Read it again; see Rereader."""
        caller = _operator()
        input_id = UUID(request.input_id)
        reread = await self._tools.rereader.reprocess(caller.tenant_id, input_id)
        log.info(
            "input read again",
            tenant_id=caller.tenant_id,
            key_id=caller.key_id,
            input_id=str(input_id),
            rule=reread.code,
        )
        items = [
            pb.ReprocessInputResponse.Item(
                event_id=item.source.event_id,
                outcome=answer.outcome.value,
                conversation_id=_word(answer.conversation_id),
                message_id=_word(answer.message_id),
                repeated_before=answer.duplicate,
            )
            for item, answer in reread.made
        ]
        return pb.ReprocessInputResponse(items=items, code=reread.code, detail=reread.detail)

    async def ReplayEvents(self, request: pb.ReplayEventsRequest, context: Any) -> pb.ReplayEventsResponse:
        """A page of events into the journal again; see Replaying."""
        caller = _operator()
        since, until = stamp_or_none(request, "since"), stamp_or_none(request, "until")
        wanted = Wanted(request.key, since, until)
        done = await self._tools.replaying.replay(caller.tenant_id, wanted, request.page_token)
        log.info("events replayed", tenant_id=caller.tenant_id, key_id=caller.key_id, count=done.count)
        return pb.ReplayEventsResponse(replayed=done.count, next_page_token=done.next_page_token)


def refusal_item(of: StoredRefusal) -> pb.ListRejectedResponse.Item:
    """One line of the list of what was refused."""
    return pb.ListRejectedResponse.Item(
        reject_id=str(of.reject_id),
        channel=of.channel,
        provider=of.provider,
        account=of.account,
        code=of.code,
        detail=of.detail,
        received_at=to_proto(of.received_at),
        raw_size_bytes=of.raw_size_bytes,
        reprocessed_at=None if of.reprocessed_at is None else to_proto(of.reprocessed_at),
    )


def _operator() -> Principal:
    caller = principal()
    require(caller, Scope.INTAKE_OPERATE)
    return caller


def _shown(kept: KeptInput, offset: int) -> pb.ShowInputResponse:
    origin = kept.origin or Origin()
    return pb.ShowInputResponse(
        raw_id=str(kept.raw_id),
        media_type=kept.media_type,
        raw_size_bytes=kept.size_bytes,
        kept_size_bytes=len(kept.body),
        raw=kept.body[offset : offset + _RAW_AT_ONCE],
        received_at=to_proto(kept.received_at),
        hook=origin.hook,
        verified=origin.verified,
        protocol=origin.protocol,
        sender=origin.sender,
        recipients=origin.recipients,
        items=[
            pb.ShowInputResponse.Item(
                provider=one.provider,
                account=one.account,
                event_id=one.event_id,
                outcome=one.outcome,
                conversation_id=_word(one.conversation_id),
                message_id=_word(one.message_id),
            )
            for one in kept.items
        ],
        refusals=[refusal_item(one) for one in kept.refusals],
    )


def _word(of: UUID | None) -> str:
    return "" if of is None else str(of)
