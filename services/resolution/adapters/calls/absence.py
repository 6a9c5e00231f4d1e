"""Being away, and leaving the company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis import rpc
from services.chassis.clock import stamp_or_none
from services.chassis.security import Scope
from services.resolution.adapters import answers
from services.resolution.adapters.calls.callers import allowed, reader, worker
from services.resolution.adapters.calls.calls import Calls
from services.resolution.app.turn import Caller
from services.resolution.domain.errors import BadCommand

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class AbsenceCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def StartCover(self, request: pb.StartCoverRequest, context: Context) -> pb.Cover:
        ends_at = stamp_or_none(request, "ends_at")
        if ends_at is None:
            raise BadCommand("ends_at_missing", "Say until when.")
        starts_at = stamp_or_none(request, "starts_at")
        cover = await self._absence.start_cover(
            _own_or_staff(request.employee_id),
            request.employee_id,
            request.cover_employee_id,
            starts_at,
            ends_at,
        )
        return answers.cover(cover)

    async def EndCover(self, request: pb.EndCoverRequest, context: Context) -> pb.Cover:
        caller = _own_or_staff(request.employee_id)
        return answers.cover(await self._absence.end_cover(caller, request.employee_id))

    async def ListCovers(self, request: pb.ListCoversRequest, context: Context) -> pb.ListCoversResponse:
        covers = await self._absence.covers(reader(), request.employee_id)
        return pb.ListCoversResponse(covers=[answers.cover(each) for each in covers])

    async def LetEmployeeLeave(
        self, request: pb.LetEmployeeLeaveRequest, context: Context
    ) -> pb.LetEmployeeLeaveResponse:
        caller = allowed(Scope.STAFF_WRITE)
        open_cases = await self._absence.let_leave(caller, request.employee_id, request.reason)
        return pb.LetEmployeeLeaveResponse(open_cases=open_cases)


def _own_or_staff(employee_id: str) -> Caller:
    """One's own absence is one's own business; another's needs staff:write."""
    own = employee_id == (rpc.principal().employee_id or "")
    return worker() if own else allowed(Scope.STAFF_WRITE)
