"""As messages of the contract: what is learnt of a case, and what it says of the customer's loyalty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.values import person, stamp
from services.resolution.domain import events as e


def _asked_for(case_id: str, event: e.PreventionAskedFor) -> Message:
    return pb.PreventionAskedFor(
        case_id=case_id, employee_id=event.employee_id, missing=event.missing, due_at=stamp(event.due_at)
    )


def _overdue(case_id: str, event: e.PreventionOverdue) -> Message:
    return pb.PreventionOverdue(
        case_id=case_id, employee_id=event.employee_id, missing=event.missing, due_at=stamp(event.due_at)
    )


def _debrief(case_id: str, event: e.DebriefHeld) -> Message:
    return pb.DebriefHeld(
        case_id=case_id,
        held_by_employee_id=event.held_by_employee_id,
        participants=[person(each) for each in event.participants],
        absent_employee_ids=event.absent_employee_ids,
        outcome=event.outcome,
        held_at=stamp(event.held_at),
    )


def _repeat(case_id: str, event: e.RepeatFailureFound) -> Message:
    return pb.RepeatFailureFound(
        case_id=case_id,
        earlier_case_id=event.earlier_case_id,
        same=event.same.value,
        value=event.value,
        earlier_opened_at=stamp(event.earlier_opened_at),
    )


def _chase(case_id: str, event: e.RepeatContactCounted) -> Message:
    return pb.RepeatContactCounted(
        case_id=case_id, message_id=event.message_id, count=event.count, asked_at=stamp(event.asked_at)
    )


def _defected(case_id: str, event: e.CustomerDefected) -> Message:
    return pb.CustomerDefected(
        case_id=case_id,
        customer_id=event.customer_id,
        reason=event.reason,
        evidence=event.evidence,
        recorded_by_employee_id=event.recorded_by_employee_id,
        defected_at=stamp(event.defected_at),
    )


def _win_back(case_id: str, event: e.WinBackStarted) -> Message:
    return pb.WinBackStarted(
        case_id=case_id,
        employee=person(event.employee),
        started_by_employee_id=event.started_by_employee_id,
        due_at=stamp(event.due_at),
        started_at=stamp(event.started_at),
    )


def _won_back(case_id: str, event: e.CustomerWonBack) -> Message:
    return pb.CustomerWonBack(
        case_id=case_id,
        customer_id=event.customer_id,
        evidence=event.evidence,
        recorded_by_employee_id=event.recorded_by_employee_id,
        won_back_at=stamp(event.won_back_at),
    )


def _given_up(case_id: str, event: e.WinBackGivenUp) -> Message:
    return pb.WinBackGivenUp(
        case_id=case_id,
        customer_id=event.customer_id,
        employee_id=event.employee_id,
        reason=event.reason,
        given_up_by_employee_id=event.given_up_by_employee_id,
        given_up_at=stamp(event.given_up_at),
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.PreventionAskedFor: _asked_for,
    e.PreventionOverdue: _overdue,
    e.DebriefHeld: _debrief,
    e.RepeatFailureFound: _repeat,
    e.RepeatContactCounted: _chase,
    e.CustomerDefected: _defected,
    e.WinBackStarted: _win_back,
    e.WinBackDue: lambda case_id, event: pb.WinBackDue(
        case_id=case_id, employee_id=event.employee_id, due_at=stamp(event.due_at)
    ),
    e.WinBackGivenUp: _given_up,
    e.CustomerWonBack: _won_back,
}
