"""What follow-up says, as the protobuf messages of its events."""

from __future__ import annotations

from datetime import datetime

from amends.followup.v1 import events_pb2 as out
from google.protobuf.message import Message

from services.chassis.clock import to_proto
from services.followup.adapters.wire.names import (
    channel_name,
    contact_kind_name,
    promise_kind_name,
    reply_kind_name,
    severity_name,
)
from services.followup.domain import events
from services.followup.domain.clock_instance import ClockInstance, spent
from services.followup.domain.contact import Contact, HandedOver
from services.followup.domain.promises import Promise
from services.followup.domain.record import (
    Answer,
)
from services.followup.domain.words import (
    ReplyKind,
)


def message_of(case_id: str, event: events.Event) -> Message:
    """The protobuf message that says `event`."""
    match event:
        case events.FeedbackReceived():
            return _feedback(case_id, event)
        case (
            events.PromiseMade() | events.PromiseKept() | events.PromiseBroken() | events.PromiseSuperseded()
        ):
            return _promise(case_id, event)
        case events.CircleBackDue():
            promise = event.promise
            return out.CircleBackDue(
                case_id=case_id,
                promise_id=promise.promise_id,
                employee_id=promise.employee_id,
                due_at=to_proto(promise.due_at),
            )
        case events.ClockPolicyApplied():
            return out.ClockPolicyApplied(
                case_id=case_id,
                policy_id=event.policy_id,
                applied_at=to_proto(event.applied_at),
                because=event.because,
            )
        case _:
            return _clock(case_id, event)


def _clock(
    case_id: str,
    event: events.ClockStarted
    | events.ClockPaused
    | events.ClockResumed
    | events.ClockMet
    | events.ClockWarned
    | events.ClockBreached,
) -> Message:
    clock = event.clock
    base = {"case_id": case_id, "clock": clock.clock, "instance_id": clock.instance_id}
    match event:
        case events.ClockStarted():
            return out.ClockStarted(
                **base,
                started_at=to_proto(clock.started_at),
                due_at=to_proto(clock.due_at),
                policy_id=clock.policy_id,
                severity=severity_name(clock.severity),
            )
        case events.ClockPaused():
            return out.ClockPaused(**base, paused_at=to_proto(event.paused_at))
        case events.ClockResumed():
            resumed_at, due_at = to_proto(event.resumed_at), to_proto(clock.due_at)
            return out.ClockResumed(**base, resumed_at=resumed_at, due_at=due_at)
        case events.ClockMet():
            return _met(base, clock)
        case events.ClockWarned():
            return _warned(base, event)
        case events.ClockBreached():
            breached_at, detected_at = to_proto(clock.due_at), to_proto(event.detected_at)
            time = clock_time(clock, event.detected_at)
            return out.ClockBreached(**base, breached_at=breached_at, detected_at=detected_at, time=time)


def _warned(base: dict[str, str], event: events.ClockWarned) -> Message:
    what = event.warn.what
    return out.ClockWarned(
        **base,
        percent=int(what.removesuffix("%")) if what.endswith("%") else 0,
        before_ms=round((event.clock.due_at - event.warn.at).total_seconds() * 1000),
        due_at=to_proto(event.clock.due_at),
        warned_at=to_proto(event.warned_at),
    )


def clock_time(clock: ClockInstance, now: datetime) -> out.ClockTime:
    """How long a clock ran and stood still, by the wall and by its calendar."""
    used = spent(clock, now)
    return out.ClockTime(
        elapsed_ms=round(used.elapsed.total_seconds() * 1000),
        stopped_ms=round(used.stopped.total_seconds() * 1000),
        business_elapsed_ms=round(used.business_elapsed.total_seconds() * 1000),
        business_stopped_ms=round(used.business_stopped.total_seconds() * 1000),
    )


def _met(base: dict[str, str], clock: ClockInstance) -> Message:
    met_at = clock.met_at or clock.due_at
    return out.ClockMet(
        **base,
        met_at=to_proto(met_at),
        elapsed_ms=round((met_at - clock.started_at).total_seconds() * 1000),
        in_time=clock.in_time,
        contact_id=clock.contact_id,
        time=clock_time(clock, met_at),
    )


def _promise(
    case_id: str,
    event: events.PromiseMade | events.PromiseKept | events.PromiseBroken | events.PromiseSuperseded,
) -> Message:
    promise = event.promise
    kind = promise_kind_name(promise.kind)
    match event:
        case events.PromiseMade():
            return _promise_made(case_id, promise)
        case events.PromiseKept():
            return out.PromiseKept(
                case_id=case_id, promise_id=promise.promise_id, kind=kind,
                contact_id=promise.contact_id, kept_at=to_proto(promise.settled_at or promise.due_at),
            )  # fmt: skip
        case events.PromiseBroken():
            return out.PromiseBroken(
                case_id=case_id, promise_id=promise.promise_id, kind=kind, reason=promise.reason,
                due_at=to_proto(promise.due_at), detected_at=to_proto(event.detected_at),
            )  # fmt: skip
        case events.PromiseSuperseded():
            return out.PromiseSuperseded(
                case_id=case_id, promise_id=promise.promise_id, kind=kind, because=promise.reason
            )


def _promise_made(case_id: str, promise: Promise) -> Message:
    return out.PromiseMade(
        case_id=case_id,
        promise_id=promise.promise_id,
        kind=promise_kind_name(promise.kind),
        employee_id=promise.employee_id,
        due_at=to_proto(promise.due_at),
        because=promise.because,
    )


def _feedback(case_id: str, event: events.FeedbackReceived) -> Message:
    said = event.feedback.message
    return out.FeedbackReceived(
        case_id=case_id,
        message_id=said.message_id,
        solved=f"SOLVED_{said.solved.upper()}",
        verdict=f"VERDICT_{said.verdict.upper()}",
        recommend=said.recommend,
        words=said.words,
        answers_circle_back=event.feedback.answers_circle_back,
        promise_id=event.feedback.promise_id,
        given_at=to_proto(said.said_at),
        satisfaction=said.satisfaction,
        effort=said.effort,
        noted_by=said.noted_by,
    )


def contact_sent(contact: Contact, handed: HandedOver) -> Message:
    """ContactSent of a message that was handed over."""
    return out.ContactSent(
        case_id=contact.case_id,
        contact_id=contact.contact_id,
        kind=contact_kind_name(contact.kind),
        human=contact.human,
        channel=channel_name(contact.channel),
        provider=contact.via,
        provider_message_id=handed.provider_message_id,
        reply_id=contact.reply_id,
        reply_kind=reply_kind_name(contact.reply_kind),
        hand_off_id=contact.hand_off_id,
        sent_at=to_proto(handed.at),
        attempt=contact.attempt,
        maybe_twice=contact.maybe_twice,
    )


def contact_delivered(contact: Contact, sent_at: datetime, at: datetime, by_receipt: bool) -> Message:
    """ContactDelivered of a message at `at` (t6)."""
    return out.ContactDelivered(
        case_id=contact.case_id,
        contact_id=contact.contact_id,
        kind=contact_kind_name(contact.kind),
        human=contact.human,
        channel=channel_name(contact.channel),
        reply_id=contact.reply_id,
        reply_kind=reply_kind_name(contact.reply_kind),
        hand_off_id=contact.hand_off_id,
        sent_at=to_proto(sent_at),
        delivered_at=to_proto(at),
        by_receipt=by_receipt,
    )


def contact_failed(
    contact: Contact, error_class: str, reason: str, at: datetime, *, barred: bool = False
) -> Message:
    """ContactFailed of a message that will not arrive; `barred`: nor will any other at that address."""
    return out.ContactFailed(
        case_id=contact.case_id,
        contact_id=contact.contact_id,
        channel=channel_name(contact.channel),
        reply_id=contact.reply_id,
        error_class=error_class,
        reason=reason,
        failed_at=to_proto(at),
        address_barred=barred,
    )


def answer_of(contact: Contact, at: datetime) -> Answer:
    """The fact that a person's message was delivered."""
    return Answer(
        contact_id=contact.contact_id,
        at=at,
        circle_back=contact.reply_kind is ReplyKind.CIRCLE_BACK,
        promise_id=contact.promise_id,
        kind=contact.reply_kind,
    )
