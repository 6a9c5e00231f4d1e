"""As messages of the contract: what is given to the customer (domain.md, Authority)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.values import amount, stamp
from services.resolution.domain import events as e


def _granted(case_id: str, event: e.RemedyGranted) -> Message:
    return pb.RemedyGranted(
        case_id=case_id,
        grant_id=event.grant_id,
        remedy_id=event.remedy_id,
        granted_by_employee_id=event.granted_by_employee_id,
        cost=amount(event.cost),
        value=amount(event.value),
        idempotency_key=event.idempotency_key,
        granted_at=stamp(event.granted_at),
        description=event.description,
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.RemedyGranted: _granted,
}
