"""IntakeService over gRPC: the words of a case, the cases of a customer, what was refused, queries and wrong
merges."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import grpc
from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis.errors import InvalidArgument, NotFound
from services.chassis.rpc import ErrorMap, principal
from services.chassis.security import Scope, require
from services.intake.adapters import wire
from services.intake.adapters.customers import CustomersServicer, party_of
from services.intake.adapters.noting import NotingServicer
from services.intake.adapters.operating import OperatingServicer, Tools, refusal_item
from services.intake.adapters.querying import QueriesServicer
from services.intake.adapters.tailing import TooManyTails
from services.intake.app.ports import Archive

SERVICE_NAME = "amends.intake.v1.IntakeService"
RPC_ERRORS: ErrorMap = {TooManyTails: grpc.StatusCode.RESOURCE_EXHAUSTED}
_PAGE_DEFAULT = 100
_PAGE_LIMIT = 500


class IntakeServicer(OperatingServicer, QueriesServicer, CustomersServicer, NotingServicer):
    """The servicer; every answer is about the caller's tenant alone."""

    async def ListMessages(self, request: pb.ListMessagesRequest, context: Any) -> pb.ListMessagesResponse:
        """Words of a case, oldest first; NOT_FOUND also for another tenant's case."""
        caller = _reader()
        size = _page_size(request.page_size)
        case_id = UUID(request.case_id)
        words = await self._archive.words(caller, case_id, _position(request.page_token), size + 1)
        if words is None:
            raise NotFound("unknown_case", "no such case")
        more = len(words) > size
        return pb.ListMessagesResponse(
            messages=[common.InboundMessage.FromString(one.message) for one in words[:size]],
            next_page_token=str(words[size - 1].position) if more else "",
        )

    async def FindCases(self, request: pb.FindCasesRequest, context: Any) -> pb.FindCasesResponse:
        """The customer behind a party, and the cases; empty when nobody is known by it."""
        caller = _reader()
        found = await self._archive.cases_of(caller, party_of(request.party))
        if found is None:
            return pb.FindCasesResponse()
        return pb.FindCasesResponse(
            customer=wire.customer_ref(found.customer), case_ids=[str(one) for one in found.case_ids]
        )

    async def ListRejected(self, request: pb.ListRejectedRequest, context: Any) -> pb.ListRejectedResponse:
        """What was refused, newest first."""
        caller = _reader()
        size = _page_size(request.page_size)
        before = UUID(request.page_token) if request.page_token else None
        refused = await self._archive.refusals(caller, before, size + 1)
        items = [refusal_item(one) for one in refused[:size]]
        more = len(refused) > size
        return pb.ListRejectedResponse(items=items, next_page_token=items[-1].reject_id if more else "")


def servicers(archive: Archive, tools: Tools) -> Any:
    """What `chassis.rpc.serve` calls with its server."""

    def add(server: Any) -> None:
        service_pb2_grpc.add_IntakeServiceServicer_to_server(IntakeServicer(archive, tools), server)

    return add


def _reader() -> str:
    """The caller's tenant, once it is clear that the caller may read."""
    caller = principal()
    require(caller, Scope.CASES_READ)
    return caller.tenant_id


def _position(token: str) -> int:
    if token and not (token.isdecimal() and len(token) < 19):
        raise InvalidArgument("bad_page_token", "the page token is not one of ours")
    return int(token or 0)


def _page_size(asked: int) -> int:
    return min(asked or _PAGE_DEFAULT, _PAGE_LIMIT)
