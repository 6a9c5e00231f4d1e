"""What is given to the customer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis.security import Scope
from services.resolution.adapters import answers
from services.resolution.adapters.calls.callers import allowed, reader, uuid_of
from services.resolution.adapters.calls.calls import Calls
from services.resolution.app.shapes import GrantsOf
from services.resolution.domain import commands as c
from services.resolution.domain.errors import BadCommand

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class RemedyCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def GrantRemedy(self, request: pb.GrantRemedyRequest, context: Context) -> pb.Grant:
        caller = allowed(Scope.REMEDIES_GRANT)
        case_id = uuid_of(request.case_id)
        given, repeated = await self._commands.grant_remedy(
            caller, case_id, request.remedy_id, request.quantity or 1, request.idempotency_key
        )
        return answers.grant(case_id, given, repeated=repeated)

    async def RevokeRemedy(self, request: pb.RevokeRemedyRequest, context: Context) -> pb.Grant:
        caller, case_id = allowed(Scope.REMEDIES_GRANT), uuid_of(request.case_id)
        given = await self._fulfilling.revoke(caller, case_id, request.grant_id, request.reason)
        return answers.grant(case_id, given)

    async def ConfirmFulfilment(self, request: pb.ConfirmFulfilmentRequest, context: Context) -> pb.Grant:
        caller, case_id = allowed(Scope.REMEDIES_FULFIL), uuid_of(request.case_id)
        command = c.ConfirmFulfilment(request.grant_id, request.fulfilled, request.reference, request.reason)
        return answers.grant(case_id, await self._fulfilling.confirm(caller, case_id, command))

    async def GetTotals(self, request: pb.GetTotalsRequest, context: Context) -> pb.GetTotalsResponse:
        return answers.totals(await self._fulfilling.totals(reader(), self._grants_of(request)))

    def _grants_of(self, request: pb.GetTotalsRequest) -> GrantsOf:
        asked = request.WhichOneof("of")
        if asked == "case_id":
            return GrantsOf(case_id=uuid_of(request.case_id))
        if asked == "customer_id" and request.customer_id:
            return GrantsOf(customer_id=request.customer_id)
        if asked == "employee_day" and request.employee_day.employee_id:
            day = request.employee_day.day
            return GrantsOf(
                employee_id=request.employee_day.employee_id, day=_day(day) if day else self._today()
            )
        raise BadCommand("totals_of_what", "Name a case, a customer, or an employee and a day.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadCommand("bad_day", "A day is written 2026-12-31.", {"example": "2026-12-31"}) from error
