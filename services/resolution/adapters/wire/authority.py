"""As messages of the contract: authority asked for and lent (domain.md, Authority)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.values import amount, person, stamp
from services.resolution.domain import events as e


def _requested(case_id: str, event: e.AuthorityRequested) -> Message:
    return pb.AuthorityRequested(
        case_id=case_id,
        request_id=event.request_id,
        requested_by=person(event.requested_by),
        asked=person(event.asked) if event.asked else None,
        amounts=[amount(each) for each in event.amounts],
        remedy_id=event.remedy_id,
        reason=event.reason,
        requested_at=stamp(event.requested_at),
        expires_at=stamp(event.expires_at),
    )


def _lent(case_id: str, event: e.AuthorityLent) -> Message:
    return pb.AuthorityLent(
        case_id=case_id,
        request_id=event.request_id,
        lender=person(event.lender),
        borrower_employee_id=event.borrower_employee_id,
        amounts=[amount(each) for each in event.amounts],
        remedy_id=event.remedy_id,
        lent_at=stamp(event.lent_at),
    )


def _denied(case_id: str, event: e.AuthorityDenied) -> Message:
    return pb.AuthorityDenied(
        case_id=case_id,
        request_id=event.request_id,
        denied_by_employee_id=event.denied_by_employee_id,
        because=event.because,
        reason=event.reason,
        denied_at=stamp(event.denied_at),
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.AuthorityRequested: _requested,
    e.AuthorityLent: _lent,
    e.AuthorityDenied: _denied,
}
