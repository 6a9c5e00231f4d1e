"""What the other services say, as facts of a case, messages to send and receipts; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from amends.common.v1 import common_pb2
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message

from services.chassis.clock import stamp_or_none
from services.chassis.envelope import Event
from services.followup.adapters.wire.names import channel, reply_kind, severity, verdict
from services.followup.domain.contact import REPLY, Contact, Receipt
from services.followup.domain.feedback import Understood, ticked, understand
from services.followup.domain.ids import derived_id
from services.followup.domain.lexicon import Lexicon
from services.followup.domain.policy import ANY, INHERITED, MetBy, Policy, Target
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
        language=said.language or said.assessment.language,
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
