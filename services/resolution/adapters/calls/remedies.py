"""What is given to the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis.security import Scope
from services.resolution.adapters import answers
from services.resolution.adapters.calls.callers import allowed, uuid_of
from services.resolution.adapters.calls.calls import Calls

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
