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
        customer_id=event.customer_id,
        quantity=event.quantity,
        fulfil_by=stamp(event.fulfil_by) if event.fulfil_by else None,
    )


def _fulfilled(case_id: str, event: e.RemedyFulfilled) -> Message:
    return pb.RemedyFulfilled(
        case_id=case_id,
        grant_id=event.grant_id,
        reference=event.reference,
        fulfilled_at=stamp(event.fulfilled_at),
    )


def _failed(case_id: str, event: e.RemedyFulfilmentFailed) -> Message:
    return pb.RemedyFulfilmentFailed(
        case_id=case_id,
        grant_id=event.grant_id,
        because=event.because,
        reason=event.reason,
        failed_at=stamp(event.failed_at),
    )


def _revoked(case_id: str, event: e.RemedyRevoked) -> Message:
    return pb.RemedyRevoked(
        case_id=case_id,
        grant_id=event.grant_id,
        reason=event.reason,
        revoked_by_employee_id=event.revoked_by_employee_id,
        revoked_at=stamp(event.revoked_at),
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.RemedyGranted: _granted,
    e.RemedyFulfilled: _fulfilled,
    e.RemedyFulfilmentFailed: _failed,
    e.RemedyRevoked: _revoked,
}
