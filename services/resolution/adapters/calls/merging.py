"""Two cases that are one complaint, and one that is two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.resolution.adapters.calls.callers import uuid_of, worker
from services.resolution.adapters.calls.calls import Calls

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class MergingCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def LinkCases(self, request: pb.LinkCasesRequest, context: Context) -> pb.Case:
        case_id, other_id = uuid_of(request.case_id), uuid_of(request.other_case_id, "other_case_id")
        return self._case(await self._merging.link_cases(worker(), case_id, other_id))

    async def MergeCases(self, request: pb.MergeCasesRequest, context: Context) -> pb.Case:
        case_id, other_id = uuid_of(request.case_id), uuid_of(request.merged_case_id, "merged_case_id")
        return self._case(await self._merging.merge_cases(worker(), case_id, other_id))

    async def SplitCase(self, request: pb.SplitCaseRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        merged_id = uuid_of(request.merged_case_id, "merged_case_id") if request.merged_case_id else ""
        return self._case(
            await self._merging.split_case(worker(), case_id, merged_id, list(request.message_ids))
        )
