"""As messages of the contract: who answers for a case: owner, helpers, hand-offs (domain.md, Ownership)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.values import person, stamp
from services.resolution.domain import events as e


def _owner_assigned(case_id: str, event: e.OwnerAssigned) -> Message:
    return pb.OwnerAssigned(
        case_id=case_id,
        owner=person(event.owner),
        offered_at=stamp(event.offered_at),
        accepted_at=stamp(event.accepted_at),
        because=event.because,
    )


def _offered(case_id: str, event: e.HandOffOffered) -> Message:
    message = pb.HandOffOffered(
        case_id=case_id,
        hand_off_id=event.hand_off_id,
        to=person(event.receiver),
        reason=event.reason,
        summary=event.summary,
        live=event.live,
        expires_at=stamp(event.expires_at),
    )
    getattr(message, "from").CopyFrom(person(event.giver))  # a keyword of Python, a field of the contract
    return message


def _introduced(case_id: str, event: e.HandOffIntroduced) -> Message:
    return pb.HandOffIntroduced(
        case_id=case_id,
        hand_off_id=event.hand_off_id,
        evidence=event.evidence,
        introduced_at=stamp(event.introduced_at),
    )


def _accepted(case_id: str, event: e.HandOffAccepted) -> Message:
    message = pb.HandOffAccepted(
        case_id=case_id,
        hand_off_id=event.hand_off_id,
        to=person(event.receiver),
        accepted_at=stamp(event.accepted_at),
    )
    getattr(message, "from").CopyFrom(person(event.giver))
    return message


def _declined(case_id: str, event: e.HandOffDeclined) -> Message:
    return pb.HandOffDeclined(
        case_id=case_id,
        hand_off_id=event.hand_off_id,
        employee_id=event.employee_id,
        reason=event.reason,
    )


def _refused(case_id: str, event: e.HandOffRefused) -> Message:
    return pb.HandOffRefused(
        case_id=case_id,
        tried_by_employee_id=event.tried_by_employee_id,
        to_employee_id=event.to_employee_id,
        rule=event.rule,
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.OwnerAssigned: _owner_assigned,
    e.HelperJoined: lambda case_id, event: pb.HelperJoined(case_id=case_id, helper=person(event.helper)),
    e.HelperLeft: lambda case_id, event: pb.HelperLeft(case_id=case_id, employee_id=event.employee_id),
    e.HandOffOffered: _offered,
    e.HandOffIntroduced: _introduced,
    e.HandOffAccepted: _accepted,
    e.HandOffDeclined: _declined,
    e.HandOffTimedOut: lambda case_id, event: pb.HandOffTimedOut(
        case_id=case_id, hand_off_id=event.hand_off_id
    ),
    e.HandOffRefused: _refused,
}
