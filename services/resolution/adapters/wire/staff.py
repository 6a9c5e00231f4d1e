"""As messages of the contract: who is on duty, who covers for whom, who left. The first argument, the key of
the record, is the tenant's or the employee's id, and is in the event as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.values import person, stamp
from services.resolution.domain.events import staff as s


def _nobody(_: str, event: s.NobodyOnDuty) -> Message:
    return pb.NobodyOnDuty(
        tenant_id=event.tenant_id,
        since=stamp(event.since),
        because=event.because,
        waiting_complaints=event.waiting_complaints,
    )


def _somebody(_: str, event: s.SomebodyOnDuty) -> Message:
    return pb.SomebodyOnDuty(
        tenant_id=event.tenant_id,
        since=stamp(event.since),
        until=stamp(event.until),
        cases_given_to_duty_owners=event.cases_given_to_duty_owners,
        waiting_complaints=event.waiting_complaints,
    )


def _cover_started(_: str, event: s.CoverStarted) -> Message:
    return pb.CoverStarted(
        employee_id=event.employee_id,
        cover=person(event.cover),
        starts_at=stamp(event.starts_at),
        ends_at=stamp(event.ends_at),
    )


def _cover_ended(_: str, event: s.CoverEnded) -> Message:
    return pb.CoverEnded(
        employee_id=event.employee_id, cover=person(event.cover), ended_at=stamp(event.ended_at)
    )


def _left(_: str, event: s.EmployeeLeft) -> Message:
    return pb.EmployeeLeft(
        employee_id=event.employee_id,
        left_at=stamp(event.left_at),
        open_cases=event.open_cases,
        reason=event.reason,
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    s.NobodyOnDuty: _nobody,
    s.SomebodyOnDuty: _somebody,
    s.CoverStarted: _cover_started,
    s.CoverEnded: _cover_ended,
    s.EmployeeLeft: _left,
}
