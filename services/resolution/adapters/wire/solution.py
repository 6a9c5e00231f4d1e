"""As messages of the contract: from the proposal to resolved (domain.md, Life of a case)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.common.v1 import common_pb2
from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.enums import VERDICT
from services.resolution.adapters.wire.values import stamp
from services.resolution.domain import events as e
from services.resolution.domain.words import Person


def _actor(of: Person | None) -> common_pb2.Actor:
    if of is None:
        return common_pb2.Actor(kind=common_pb2.Actor.KIND_SYSTEM, id="feedback")
    kind = common_pb2.Actor.KIND_EMPLOYEE
    return common_pb2.Actor(kind=kind, id=of.employee_id, display_name=of.display_name)


def _proposed(case_id: str, event: e.SolutionProposed) -> Message:
    return pb.SolutionProposed(
        case_id=case_id,
        proposal_id=event.proposal_id,
        employee_id=event.employee_id,
        description=event.description,
        reply_id=event.reply_id,
        proposed_at=stamp(event.proposed_at),
        alternative_to=event.alternative_to,
    )


def _verdict(case_id: str, event: e.VerdictGiven) -> Message:
    return pb.VerdictGiven(
        case_id=case_id,
        verdict=VERDICT[event.verdict],
        message_id=event.message_id,
        proposal_id=event.proposal_id,
        recorded_by=_actor(event.recorded_by),
        given_at=stamp(event.given_at),
    )


def _fixed(case_id: str, event: e.FixApplied) -> Message:
    return pb.FixApplied(
        case_id=case_id,
        employee_id=event.employee_id,
        description=event.description,
        applied_at=stamp(event.applied_at),
    )


def _resolved(case_id: str, event: e.CaseResolved) -> Message:
    return pb.CaseResolved(
        case_id=case_id,
        employee_id=event.employee_id,
        resolved_at=stamp(event.resolved_at),
        first_contact_employee_id=event.first_contact_employee_id,
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.SolutionProposed: _proposed,
    e.VerdictGiven: _verdict,
    e.AlternativesAskedFor: lambda case_id, event: pb.AlternativesAskedFor(
        case_id=case_id, proposal_id=event.proposal_id
    ),
    e.FixApplied: _fixed,
    e.CauseRecorded: lambda case_id, event: pb.CauseRecorded(
        case_id=case_id,
        employee_id=event.employee_id,
        cause=event.cause,
        cause_code=event.cause_code,
    ),
    e.PreventionRecorded: lambda case_id, event: pb.PreventionRecorded(
        case_id=case_id, employee_id=event.employee_id, prevention=event.prevention
    ),
    e.CaseResolved: _resolved,
}
