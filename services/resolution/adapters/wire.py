"""Domain events as the contract's messages (amends.resolution.v1): one function per published event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, get_args

from amends.common.v1 import common_pb2
from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.clock import to_proto
from services.resolution.adapters.enums import (
    CHANNEL,
    CLOSING,
    OUTCOME,
    REPLY_KIND,
    SEVERITY,
    VERDICT,
)
from services.resolution.domain import events as e
from services.resolution.domain.words import Amount, Person

TOPIC = "amends.resolution.events.v1"
SOURCE = "resolution"


def publishes(event: e.Event) -> bool:
    """Whether this event is ours to publish; what was only heard is not."""
    return type(event) in _MAKE


def message(case_id: str, event: e.Event) -> Message:
    """The published message of an event; KeyError for one that is not published."""
    return _MAKE[type(event)](case_id, event)


@lru_cache(maxsize=256)
def stamp(moment: datetime) -> Timestamp:
    """A batch has one instant: its Timestamp is made once, and copied by whatever it is put into."""
    return to_proto(moment)


@lru_cache(maxsize=4096)
def person(of: Person) -> pb.EmployeeRef:
    """An employee as others may know them."""
    return pb.EmployeeRef(
        employee_id=of.employee_id, display_name=of.display_name, rank=of.rank, contact=of.contact
    )


def amount(of: Amount) -> common_pb2.Amount:
    """An amount of the contract."""
    return common_pb2.Amount(unit=of.unit, value=of.value)


def finding(of: e.Finding) -> pb.ReplyFinding:
    """One finding of the reply check."""
    return pb.ReplyFinding(
        category=of.category,
        severity=of.severity,
        start=of.start,
        end=of.end,
        why=of.why,
        suggestion=of.suggestion,
    )


def _actor(of: Person | None) -> common_pb2.Actor:
    if of is None:
        return common_pb2.Actor(kind=common_pb2.Actor.KIND_SYSTEM, id="feedback")
    kind = common_pb2.Actor.KIND_EMPLOYEE
    return common_pb2.Actor(kind=kind, id=of.employee_id, display_name=of.display_name)


def _case_opened(case_id: str, event: e.CaseOpened) -> Message:
    return pb.CaseOpened(
        case_id=case_id,
        customer_id=event.customer_id,
        channel=CHANNEL.get(event.channel, 0),
        severity=SEVERITY.get(event.severity, 0),
        category=event.category,
        playbook_id=event.playbook_id,
        playbook_version=event.playbook_version,
        opened_at=stamp(event.opened_at),
        linked_case_id=event.linked_case_id,
    )


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


def _checked(case_id: str, event: e.ReplyChecked) -> Message:
    return pb.ReplyChecked(
        case_id=case_id,
        reply_id=event.reply_id,
        employee_id=event.employee_id,
        outcome=OUTCOME[event.outcome],
        findings=[finding(each) for each in event.findings],
        override_reason=event.override_reason,
        pack_version=event.pack_version,
    )


def _sent(case_id: str, event: e.ReplySent) -> Message:
    to = event.to
    return pb.ReplySent(
        case_id=case_id,
        reply_id=event.reply_id,
        kind=REPLY_KIND[event.kind],
        author=person(event.author),
        channel=CHANNEL.get(to.channel, 0),
        to=common_pb2.Party(kind=to.party_kind, value=to.party_value, display_name=to.party_name),
        channel_account=to.account,
        subject=event.subject,
        text=event.text,
        in_reply_to=event.in_reply_to,
        promise_id=event.promise_id,
        hand_off_id=event.hand_off_id,
        released_at=stamp(event.released_at),
        thread_key=to.thread_key,
    )


def _proposed(case_id: str, event: e.SolutionProposed) -> Message:
    return pb.SolutionProposed(
        case_id=case_id,
        proposal_id=event.proposal_id,
        employee_id=event.employee_id,
        description=event.description,
        reply_id=event.reply_id,
        proposed_at=stamp(event.proposed_at),
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


def _closed(case_id: str, event: e.CaseClosed) -> Message:
    return pb.CaseClosed(
        case_id=case_id,
        closing=CLOSING[event.closing],
        message_id=event.message_id,
        evidence=event.evidence,
        closed_at=stamp(event.closed_at),
    )


def _reopened(case_id: str, event: e.CaseReopened) -> Message:
    return pb.CaseReopened(
        case_id=case_id,
        message_id=event.message_id,
        because=event.because,
        reopened_at=stamp(event.reopened_at),
    )


def _step(case_id: str, event: e.StepCompleted) -> Message:
    return pb.StepCompleted(
        case_id=case_id,
        playbook_id=event.playbook_id,
        playbook_version=event.playbook_version,
        step_id=event.step_id,
        evidence_event_id=event.evidence_event_id,
        completed_at=stamp(event.completed_at),
        after_ms=event.after_ms,
    )


_MAKE: dict[type, Callable[[str, Any], Message]] = {
    e.CaseOpened: _case_opened,
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
    e.RemedyGranted: _granted,
    e.ReplyChecked: _checked,
    e.ReplySent: _sent,
    e.SolutionProposed: _proposed,
    e.VerdictGiven: _verdict,
    e.AlternativesAskedFor: lambda case_id, event: pb.AlternativesAskedFor(
        case_id=case_id, proposal_id=event.proposal_id
    ),
    e.FixApplied: _fixed,
    e.CauseRecorded: lambda case_id, event: pb.CauseRecorded(
        case_id=case_id, employee_id=event.employee_id, cause=event.cause
    ),
    e.PreventionRecorded: lambda case_id, event: pb.PreventionRecorded(
        case_id=case_id, employee_id=event.employee_id, prevention=event.prevention
    ),
    e.CaseResolved: _resolved,
    e.CaseClosed: _closed,
    e.CaseReopened: _reopened,
    e.ConfirmationHeldBack: lambda case_id, event: pb.ConfirmationHeldBack(
        case_id=case_id, message_id=event.message_id, words=event.words
    ),
    e.StepCompleted: _step,
}
assert set(_MAKE) == set(get_args(e.Published)), "every published event has its message"
