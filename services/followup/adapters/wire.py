"""Between protobuf messages and the domain; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as out
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message

from services.chassis.clock import stamp_or_none, to_proto
from services.chassis.envelope import Event
from services.followup.domain import events
from services.followup.domain.clock_instance import ClockInstance, spent
from services.followup.domain.contact import REPLY, Contact, HandedOver, Receipt
from services.followup.domain.feedback import Understood, ticked, understand
from services.followup.domain.ids import derived_id
from services.followup.domain.lexicon import Lexicon
from services.followup.domain.policy import ANY, INHERITED, MetBy, Policy, Target
from services.followup.domain.promises import Promise
from services.followup.domain.record import (
    Answer,
    Assessed,
    Complaint,
    Fact,
    FirstContact,
    Judged,
    Move,
    Opened,
    Owner,
    Policed,
    Said,
)
from services.followup.domain.words import (
    Channel,
    ReplyKind,
    Severity,
    Solved,
    Verdict,
    Via,
    route,
)

# What stands below a circle-back: of tenant, case, message and when it was released.
Invite = Callable[[str, str, str, datetime], str]

# A provider's clock may be this far ahead of ours before its t0 is called impossible.
CLOCK_SKEW = timedelta(minutes=2)
# The customer's own words are quoted to the owner, not archived here: intake keeps the whole message.
KEPT_WORDS = 2000

_OF_PARTY = {"email": Channel.EMAIL, "phone": Channel.SMS}
_RECEIPTS = {
    intake.DeliveryReceiptReceived.OUTCOME_DELIVERED: "delivered",
    intake.DeliveryReceiptReceived.OUTCOME_READ: "delivered",
    intake.DeliveryReceiptReceived.OUTCOME_FAILED: "failed",
}


def facts_of(event: Event, lexicon: Lexicon) -> list[Fact]:
    """What an event tells about its case; nothing for events that follow-up has no use for."""
    message = event.message
    match message:
        case intake.ComplaintReceived():
            said = _said(message.message, event.time, lexicon, message.live)
            return [_complaint(message), said, *_inherited(message, said)]
        case intake.CustomerMessageReceived():
            said = _said(message.message, event.time, lexicon, False)
            return [said, *_circled_back(message.message, said)]
        case intake.TranscriptSegmentReceived():
            return _spoken(message, event.time, lexicon)
        case resolution.OwnerAssigned():
            return [_owner(message, event.time)]
        case resolution.FirstContactMoved():
            return [FirstContact(event.time, message.first_contact.employee_id)]
        case _:
            return _life(message, event.time)


def _owner(message: resolution.OwnerAssigned, when: datetime) -> Owner:
    owner = message.owner
    at = stamp_or_none(message, "accepted_at") or when
    forced = message.because == "forced_leaver"
    return Owner(at, owner.employee_id, owner.display_name, owner.contact, forced)


def _life(message: Message, when: datetime) -> list[Fact]:
    match message:
        case resolution.CaseOpened() | resolution.SeverityAssessed():
            return [_severe(message, when)]
        case resolution.CaseResolved():
            at = stamp_or_none(message, "resolved_at") or when
            return [Move(at, "resolved", message.first_contact_employee_id)]
        case resolution.CaseClosed():
            return [_closed(message, when)]
        case resolution.CaseReopened():
            return [Move(stamp_or_none(message, "reopened_at") or when, "reopened")]
        case resolution.VerdictGiven():
            return [_judged(message, when)]
        case _:
            return []


def _severe(message: resolution.CaseOpened | resolution.SeverityAssessed, when: datetime) -> Fact:
    if isinstance(message, resolution.CaseOpened):
        return Opened(stamp_or_none(message, "opened_at") or when, severity(message.severity))
    return Assessed(stamp_or_none(message, "assessed_at") or when, severity(message.severity))


def _closed(message: resolution.CaseClosed, when: datetime) -> Move:
    merged = message.closing == resolution.CLOSING_MERGED
    return Move(
        stamp_or_none(message, "closed_at") or when,
        "closed",
        confirmed=message.closing == resolution.CLOSING_CONFIRMED,
        merged_into=message.survivor_case_id if merged else "",
        dropped=message.closing in (resolution.CLOSING_WITHDRAWN, resolution.CLOSING_NOT_A_COMPLAINT),
    )


def _judged(message: resolution.VerdictGiven, when: datetime) -> Judged:
    at = stamp_or_none(message, "given_at") or when
    return Judged(at, verdict(message.verdict), message.message_id or message.proposal_id)


def _complaint(message: intake.ComplaintReceived) -> Complaint:
    said = message.message
    return Complaint(
        message_id=said.message_id,
        interaction_id=message.interaction_id,
        channel=channel(said.channel),
        account=said.channel_account,
        thread_key=said.thread_key,
        party_kind=said.party.kind,
        party_value=said.party.value,
        party_name=said.party.display_name,
        first_name=message.customer.first_name,
        subject=said.subject,
        provider_message_id=said.provider_message_id,
        live=message.live,
        suppressed=bool(said.suppressed_reason),
        customer_id=message.customer.customer_id,
    )


def _said(message: common_pb2.InboundMessage, when: datetime, lexicon: Lexicon, live: bool) -> Said:
    received_at = stamp_or_none(message, "received_at") or when
    words = message.text_stripped or message.text
    understood = _understood(message, words, lexicon)
    return Said(
        message_id=message.message_id,
        said_at=_origin(stamp_or_none(message, "occurred_at"), received_at),
        received_at=received_at,
        words=words[:KEPT_WORDS],
        solved=understood.solved,
        verdict=understood.verdict,
        recommend=understood.recommend,
        satisfaction=understood.satisfaction,
        effort=understood.effort,
        suppressed=bool(message.suppressed_reason or message.imported_from),
        live=live,
        spoken=bool(message.answer.noted_by),
        noted_by=message.answer.noted_by,
        reach=_reach(message),
    )


def _reach(message: common_pb2.InboundMessage) -> Channel:
    """The channel itself where it can be written to, else that of the party (a form, a telephone call)."""
    said_by, party = channel(message.channel), message.party.kind
    if said_by in (Channel.PHONE, Channel.WEBFORM, Channel.API):
        return _OF_PARTY.get(party, Channel(party) if party in set(Channel) else Channel.UNSPECIFIED)
    return said_by if route(said_by, party, message.channel_account) else Channel.UNSPECIFIED


def _circled_back(message: common_pb2.InboundMessage, said: Said) -> list[Fact]:
    """An employee who has the customer's answer from a call has circled back: in person, and heard."""
    if not said.noted_by:
        return []
    kind = ReplyKind.CIRCLE_BACK
    return [Answer(said.message_id, said.said_at, circle_back=True, kind=kind)]


def _understood(message: common_pb2.InboundMessage, words: str, lexicon: Lexicon) -> Understood:
    """What was ticked where a page asked, else what the words say."""
    if not message.HasField("answer"):
        return understand(words, lexicon)
    answer = message.answer
    given = Understood(
        Solved.YES if answer.solved else Solved.NO,
        Verdict(answer.verdict) if answer.verdict in set(Verdict) else Verdict.UNSPECIFIED,
        answer.recommend if 0 <= answer.recommend <= 10 else -1,
        answer.satisfaction if 1 <= answer.satisfaction <= 5 else 0,
        answer.effort if 1 <= answer.effort <= 7 else 0,
    )
    return ticked(given, answer.comment, lexicon)


def said_at(message: common_pb2.InboundMessage, when: datetime) -> datetime:
    """When a customer said something, as far as that is known."""
    received_at = stamp_or_none(message, "received_at") or when
    return _origin(stamp_or_none(message, "occurred_at"), received_at)


def _inherited(message: intake.ComplaintReceived, said: Said) -> list[Policed]:
    """What an earlier system had promised for a complaint taken over: a policy of this case alone."""
    due_at = stamp_or_none(message, "due_at")
    if due_at is None:
        return []
    amount = {ANY: (due_at - said.said_at).total_seconds()}
    target = Target(INHERITED, amount, MetBy.RESOLUTION)
    because = f"imported from {message.message.imported_from}"
    return [Policed(said.received_at, Policy(INHERITED, (target,)), because)]


def _origin(occurred_at: datetime | None, received_at: datetime) -> datetime:
    """t0 where the provider gave a possible one, else t1."""
    if occurred_at is None or occurred_at > received_at + CLOCK_SKEW:
        return received_at
    return min(occurred_at, received_at)


def _spoken(message: intake.TranscriptSegmentReceived, when: datetime, lexicon: Lexicon) -> list[Fact]:
    if message.speaker == intake.TranscriptSegmentReceived.SPEAKER_CUSTOMER:
        return _contradiction(message, when, lexicon)
    if message.speaker != intake.TranscriptSegmentReceived.SPEAKER_EMPLOYEE or not message.text.strip():
        return []
    at = stamp_or_none(message, "occurred_at") or stamp_or_none(message, "received_at") or when
    return [Answer(message.segment_id, at, spoken=True)]


def _contradiction(message: intake.TranscriptSegmentReceived, when: datetime, lexicon: Lexicon) -> list[Fact]:
    """A spoken "yes" that says "not solved". A plain spoken yes or no may answer anything that was asked on
    the call, so it says nothing by itself: the owner was there and writes it down."""
    if understand(message.text, lexicon).solved is not Solved.CONTRADICTORY:
        return []
    received_at = stamp_or_none(message, "received_at") or when
    said_at = _origin(stamp_or_none(message, "occurred_at"), received_at)
    words = message.text[:KEPT_WORDS]
    return [Said(message.segment_id, said_at, received_at, words, Solved.CONTRADICTORY, spoken=True)]


def receipt_of(message: intake.DeliveryReceiptReceived, when: datetime) -> Receipt | None:
    """A receipt that settles something; None for "sent", which the hand-over has already said."""
    outcome = _RECEIPTS.get(message.outcome)
    if outcome is None:
        return None
    received_at = stamp_or_none(message, "received_at") or when
    occurred_at = stamp_or_none(message, "occurred_at") or received_at
    # Where intake names Meta as the provider, the channel says which of its APIs it was.
    via = channel(message.channel).value if message.provider == "meta" else message.provider
    at = min(occurred_at, received_at)
    return Receipt(via, message.provider_message_id, outcome, message.reason, at)


def contact_of(event: Event, message: resolution.ReplySent, invite: Invite) -> tuple[Contact, bool]:
    """The message a released reply asks for, and whether there is a way to send it. A circle-back also says
    what `invite` writes below it.

    Its id follows from the reply's, so that a redelivery is the same message.
    """
    contact_id = derived_id(message.case_id, "reply", message.reply_id)
    released_at = stamp_or_none(message, "released_at") or event.time
    text = message.text
    if message.kind == resolution.REPLY_KIND_CIRCLE_BACK:
        text += invite(event.tenant_id, message.case_id, contact_id, released_at)
    via = route(channel(message.channel), message.to.kind, message.channel_account)
    contact = Contact(
        contact_id=contact_id,
        tenant_id=event.tenant_id,
        case_id=message.case_id,
        kind=REPLY,
        human=True,
        channel=channel(message.channel),
        via=via or Via.SMTP,
        account=message.channel_account,
        party_value=message.to.value,
        party_name=message.to.display_name,
        subject=message.subject,
        text=text,
        in_reply_to=message.in_reply_to,
        thread_key=message.thread_key,
        author=message.author.display_name,
        queued_at=released_at,
        reply_id=message.reply_id,
        reply_kind=reply_kind(message.kind),
        promise_id=message.promise_id,
        hand_off_id=message.hand_off_id,
        traceparent=event.traceparent or "",
    )
    return contact, via is not None and bool(message.to.value)


def channel(value: int) -> Channel:
    """The channel of an enum value; UNSPECIFIED for one that is newer than this code."""
    try:
        name = common_pb2.Channel.Name(value)
    except ValueError:
        return Channel.UNSPECIFIED
    return Channel(name.removeprefix("CHANNEL_").lower())


def severity(value: int) -> Severity:
    """The severity of an enum value; NORMAL when unspecified or newer than this code."""
    names = {
        common_pb2.SEVERITY_LOW: Severity.LOW,
        common_pb2.SEVERITY_HIGH: Severity.HIGH,
        common_pb2.SEVERITY_CRITICAL: Severity.CRITICAL,
    }
    return names.get(value, Severity.NORMAL)  # type: ignore[call-overload,no-any-return]


def severity_name(word: str) -> str:
    """The enum name of a severity; of none UNSPECIFIED."""
    return f"SEVERITY_{(word or 'unspecified').upper()}"


def verdict(value: int) -> Verdict:
    """The verdict of an enum value; UNSPECIFIED for one that is newer than this code."""
    names = {
        resolution.VERDICT_BELOW: Verdict.BELOW,
        resolution.VERDICT_MEETS: Verdict.MEETS,
        resolution.VERDICT_EXCEEDS: Verdict.EXCEEDS,
    }
    return names.get(value, Verdict.UNSPECIFIED)  # type: ignore[call-overload,no-any-return]


def reply_kind(value: int) -> ReplyKind:
    """The kind of an enum value; UNSPECIFIED for one that is newer than this code."""
    try:
        name = resolution.ReplyKind.Name(value)
    except ValueError:
        return ReplyKind.UNSPECIFIED
    return ReplyKind(name.removeprefix("REPLY_KIND_").lower())


def channel_name(word: Channel) -> str:
    """The enum name of a channel, which protobuf takes in place of the number."""
    return f"CHANNEL_{word.upper()}"


def reply_kind_name(word: ReplyKind) -> str:
    """The enum name of a reply kind."""
    return f"REPLY_KIND_{word.upper()}"


def contact_kind_name(kind: str) -> str:
    """The enum name of a contact's kind (ACKNOWLEDGEMENT or REPLY)."""
    return f"CONTACT_KIND_{kind.upper()}"


def promise_kind_name(kind: str) -> str:
    """The enum name of a promise's kind."""
    return f"PROMISE_KIND_{kind.upper()}"


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
