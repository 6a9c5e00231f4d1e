"""What is learnt of a case, and customers who left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis.clock import stamp_or_none
from services.chassis.security import Scope
from services.resolution.adapters.calls.callers import allowed, reader, uuid_of, worker
from services.resolution.adapters.calls.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.resolution.adapters.calls.callers import Context


class LearningCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def RecordCause(self, request: pb.RecordCauseRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        return self._case(
            await self._learning.record_cause(worker(), case_id, request.cause, request.cause_code)
        )

    async def HoldDebrief(self, request: pb.HoldDebriefRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        return self._case(
            await self._learning.hold_debrief(worker(), case_id, request.participant_ids, request.outcome)
        )

    async def RecordDefection(self, request: pb.RecordDefectionRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        return self._case(
            await self._learning.record_defection(worker(), case_id, request.why, request.evidence)
        )

    async def StartWinBack(self, request: pb.StartWinBackRequest, context: Context) -> pb.Case:
        due_at = stamp_or_none(request, "due_at")
        case_id = uuid_of(request.case_id)
        return self._case(await self._learning.start_win_back(worker(), case_id, request.employee_id, due_at))

    async def GiveUpWinBack(self, request: pb.GiveUpWinBackRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        return self._case(await self._learning.give_up_win_back(worker(), case_id))

    async def RecordWinBack(self, request: pb.RecordWinBackRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        return self._case(await self._learning.record_win_back(worker(), case_id, request.evidence))

    async def ListCauses(self, request: pb.ListCausesRequest, context: Context) -> pb.ListCausesResponse:
        return _causes(await self._learning.list_causes(reader()))

    async def SetCauses(self, request: pb.SetCausesRequest, context: Context) -> pb.ListCausesResponse:
        caller = allowed(Scope.POLICIES_WRITE)
        wanted = [(cause.code, cause.title) for cause in request.causes]
        return _causes(await self._learning.set_causes(caller, wanted))


def _causes(of: Mapping[str, str]) -> pb.ListCausesResponse:
    return pb.ListCausesResponse(causes=[pb.Cause(code=code, title=title) for code, title in of.items()])
