"""Hand-offs and help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis import rpc
from services.chassis.clock import stamp_or_none
from services.chassis.security import Scope
from services.resolution.adapters import answers
from services.resolution.adapters.calls.callers import allowed, helper, reader, uuid_of, worker
from services.resolution.adapters.calls.calls import Calls
from services.resolution.adapters.calls.paging import Page

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class HandOffCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def OfferHandOff(self, request: pb.OfferHandOffRequest, context: Context) -> pb.HandOff:
        case_id = uuid_of(request.case_id)
        pending = await self._handing_over.offer(
            allowed(Scope.CASES_HAND_OFF),
            case_id,
            request.to_employee_id,
            request.reason,
            request.summary,
            request.live,
        )
        return answers.hand_off(case_id, pending)

    async def AcceptHandOff(self, request: pb.AcceptHandOffRequest, context: Context) -> pb.Case:
        caller, case_id = allowed(Scope.CASES_HAND_OFF), uuid_of(request.case_id)
        return self._case(
            await self._handing_over.accept(caller, case_id, request.hand_off_id, request.summary_read)
        )

    async def DeclineHandOff(self, request: pb.DeclineHandOffRequest, context: Context) -> pb.Case:
        caller, case_id = allowed(Scope.CASES_HAND_OFF), uuid_of(request.case_id)
        return self._case(
            await self._handing_over.decline(caller, case_id, request.hand_off_id, request.reason)
        )

    async def WithdrawHandOff(self, request: pb.WithdrawHandOffRequest, context: Context) -> pb.Case:
        caller, case_id = allowed(Scope.CASES_HAND_OFF), uuid_of(request.case_id)
        return self._case(
            await self._handing_over.withdraw(caller, case_id, request.hand_off_id, request.reason)
        )

    async def ListRefusals(
        self, request: pb.ListRefusalsRequest, context: Context
    ) -> pb.ListRefusalsResponse:
        own = request.employee_id and request.employee_id == rpc.principal().employee_id
        caller = reader() if own else allowed(Scope.AUDIT_READ)
        since, page = stamp_or_none(request, "since"), Page(request, usual=200, most=1000)
        found = await self._people.refusals(caller, request.employee_id, since, page.after_pair(), page.size)
        answer = pb.ListRefusalsResponse(refusals=[answers.refusals(each) for each in found])
        if found:
            answer.next_page_token = page.following(len(found), found[-1].employee_id, found[-1].rule)
        return answer

    async def InviteHelper(self, request: pb.InviteHelperRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        return self._case(
            await self._handing_over.invite(worker(), case_id, request.employee_id, request.question)
        )

    async def JoinAsHelper(self, request: pb.JoinAsHelperRequest, context: Context) -> pb.Case:
        return self._case(await self._handing_over.help_out(helper(), uuid_of(request.case_id)))

    async def LeaveAsHelper(self, request: pb.LeaveAsHelperRequest, context: Context) -> pb.Case:
        return self._case(await self._handing_over.stop_helping(helper(), uuid_of(request.case_id)))
