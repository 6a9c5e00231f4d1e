"""Authority asked for by the owner, and lent down to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis.security import Scope
from services.resolution.adapters import answers
from services.resolution.adapters.calls.callers import allowed, amounts_of, uuid_of
from services.resolution.adapters.calls.calls import Calls

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class AuthorityCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def RequestAuthority(
        self, request: pb.RequestAuthorityRequest, context: Context
    ) -> pb.AuthorityRequest:
        caller, case_id = allowed(Scope.REMEDIES_GRANT), uuid_of(request.case_id)
        asked = await self._lending.request(
            caller,
            case_id,
            amounts_of(request.amounts),
            (request.remedy_id, request.quantity or 1),
            request.to_employee_id,
            request.reason,
        )
        return answers.asked(case_id, asked)

    async def LendAuthority(self, request: pb.LendAuthorityRequest, context: Context) -> pb.Case:
        caller, case_id = allowed(Scope.REMEDIES_GRANT), uuid_of(request.case_id)
        amounts = amounts_of(request.amounts)
        return self._case(await self._lending.lend(caller, case_id, request.request_id, amounts))

    async def DenyAuthority(self, request: pb.DenyAuthorityRequest, context: Context) -> pb.Case:
        caller, case_id = allowed(Scope.REMEDIES_GRANT), uuid_of(request.case_id)
        return self._case(await self._lending.deny(caller, case_id, request.request_id, request.reason))
