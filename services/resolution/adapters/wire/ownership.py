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


def _withdrawn(case_id: str, event: e.HandOffWithdrawn) -> Message:
    return pb.HandOffWithdrawn(
        case_id=case_id,
        hand_off_id=event.hand_off_id,
        employee_id=event.employee_id,
        reason=event.reason,
    )


def _in_writing(case_id: str, event: e.HandOffContinuedInWriting) -> Message:
    return pb.HandOffContinuedInWriting(
        case_id=case_id, hand_off_id=event.hand_off_id, expires_at=stamp(event.expires_at)
    )


def _invited(case_id: str, event: e.HelperInvited) -> Message:
    return pb.HelperInvited(
        case_id=case_id,
        helper=person(event.helper),
        invited_by_employee_id=event.invited_by_employee_id,
        question=event.question,
    )


def _first_contact(case_id: str, event: e.FirstContactMoved) -> Message:
    return pb.FirstContactMoved(
        case_id=case_id, employee_id=event.employee_id, first_contact=person(event.first_contact)
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
    e.HandOffWithdrawn: _withdrawn,
    e.HandOffContinuedInWriting: _in_writing,
    e.HelperInvited: _invited,
    e.FirstContactMoved: _first_contact,
}
