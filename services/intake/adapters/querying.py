"""Queries over gRPC: listed for whoever may read cases, converted by whoever works on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from amends.intake.v1 import events_pb2, service_pb2_grpc
from amends.intake.v1 import service_pb2 as pb

from services.chassis.errors import NotFound
from services.chassis.rpc import principal
from services.chassis.security import Scope, require
from services.intake.adapters.operating import Tools
from services.intake.app.ports import StoredQuery

_PAGE_DEFAULT, _PAGE_LIMIT = 100, 500


class QueriesServicer(service_pb2_grpc.IntakeServiceServicer):
    """The part of IntakeService that is about queries; every answer is about the caller's tenant alone."""

    _tools: Tools

    async def ListQueries(self, request: pb.ListQueriesRequest, context: Any) -> pb.ListQueriesResponse:
        """What is no case, newest first."""
        caller = principal()
        require(caller, Scope.CASES_READ)
        size = min(request.page_size or _PAGE_DEFAULT, _PAGE_LIMIT)
        before = UUID(request.page_token) if request.page_token else None
        found = await self._tools.queries.waiting(caller.tenant_id, before, size + 1)
        items = [_query(one) for one in found[:size]]
        more = len(found) > size
        return pb.ListQueriesResponse(items=items, next_page_token=items[-1].conversation_id if more else "")

    async def ConvertToComplaint(
        self, request: pb.ConvertToComplaintRequest, context: Any
    ) -> pb.ConvertToComplaintResponse:
        """Turn a query into a case; NOT_FOUND also for another tenant's."""
        caller = principal()
        require(caller, Scope.CASES_WORK)
        conversation_id = UUID(request.conversation_id)
        by = caller.employee_id or caller.key_id
        converted = await self._tools.queries.convert(caller.tenant_id, conversation_id, by, request.reason)
        if converted is None:
            raise NotFound("unknown_conversation", "no such conversation")
        return pb.ConvertToComplaintResponse(case_id=str(conversation_id), converted=converted)


def _query(of: StoredQuery) -> pb.ListQueriesResponse.Item:
    received = events_pb2.QueryReceived.FromString(of.received)
    return pb.ListQueriesResponse.Item(
        conversation_id=str(of.conversation_id),
        customer=received.customer,
        message=received.message,
        classified_because=received.classified_because,
    )
