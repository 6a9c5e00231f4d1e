"""Customers over gRPC: a wrong merge taken back by whoever works on cases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis.errors import InvalidArgument, NotFound
from services.chassis.log import get_logger
from services.chassis.rpc import principal
from services.chassis.security import Scope, require
from services.intake.adapters.channels.contact import email_address, phone_number
from services.intake.adapters.operating import Tools
from services.intake.domain.records import Party
from services.intake.domain.text import clean_line

log = get_logger(__name__)


class CustomersServicer(service_pb2_grpc.IntakeServiceServicer):
    """The part of IntakeService that is about customers; every answer is about the caller's tenant alone."""

    _tools: Tools

    async def SplitCustomers(
        self, request: pb.SplitCustomersRequest, context: Any
    ) -> pb.SplitCustomersResponse:
        """Take back a merge; NOT_FOUND also for another tenant's customer."""
        caller = principal()
        require(caller, Scope.CASES_WORK)
        customer_id = UUID(request.customer_id)
        named = [party_of(one) for one in request.parties]
        by = caller.employee_id or caller.key_id
        split = await self._tools.splits.split(caller.tenant_id, customer_id, named, by, request.reason)
        if split is None:
            raise NotFound("unknown_customer", "no such customer")
        log.info("customers split", tenant_id=caller.tenant_id, key_id=caller.key_id, done=split.done)
        return pb.SplitCustomersResponse(
            surviving_customer_id=str(split.survivor),
            parties=[common.Party(kind=kind, value=value) for kind, value in split.parties],
            case_ids=[str(one) for one in split.cases],
            split=split.done,
        )


def party_of(asked: common.Party) -> Party:
    """The party in the form identity compares; InvalidArgument when it can be none."""
    forms = {"email": email_address, "phone": phone_number, "whatsapp": phone_number}
    value = forms.get(asked.kind, clean_line)(asked.value)
    if not asked.kind or not value:
        raise InvalidArgument(
            "bad_party", "a party needs a kind and a value", {"kinds": "email phone whatsapp ..."}
        )
    return Party(asked.kind, value)
