"""Messages of intake and follow-up as facts of resolution. A type that is not in the table concerns
others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as followup_pb2
from amends.intake.v1 import events_pb2 as intake_pb2
from amends.resolution.v1 import events_pb2 as pb

from services.chassis.clock import stamp_or_none
from services.chassis.envelope import Event
from services.chassis.errors import Rejected
from services.chassis.ids import uuid_of
from services.resolution.adapters.enums import CHANNEL_OF, REPLY_KIND_OF, SEVERITY_OF, SOLVED_OF
from services.resolution.app.facts import Complaint, Fact, Introduced, Speech, What
from services.resolution.domain.decide.closing import Feedback
from services.resolution.domain.events import CallEnded, CallJoined, CallStarted, ContactMade, CustomerSpoke
from services.resolution.domain.words import Address, ReplyKind, Word


def fact(event: Event) -> Fact | None:
    """What we hear from this record; None when it does not concern a case's resolution. Raises Rejected."""
    read = _READ.get(type(event.message))
    if read is None:
        return None
    case_id: str = event.message.case_id  # type: ignore[attr-defined]  # every message of _READ has one
    if event.key != case_id:
        # order holds per key: with another's key it could overtake what is said of its own case
        raise Rejected("wrong_key", f"The record is keyed {event.key!r} but tells of {case_id!r}.", event)
    what = read(event, event.message)
    if what is None:
        return None
    # what came in writing was threaded to its case; speech may come before the complaint that is made of it
    written = isinstance(event.message, intake_pb2.CustomerMessageReceived)
    return Fact(event, _uuid(event, case_id), what, needs_case=written)


def _uuid(event: Event, text: str) -> str:
    try:
        return str(uuid_of(text))
    except ValueError as error:
        raise Rejected("bad_case_id", "The case id is not a UUID.", event) from error


def _complaint(event: Event, message: intake_pb2.ComplaintReceived) -> What:
    said = message.message
    received_at = stamp_or_none(said, "received_at") or event.time
    return Complaint(
        customer_id=message.customer.customer_id,
        first_name=message.customer.first_name.strip(),
        full_name=message.customer.full_name.strip(),
        channel=CHANNEL_OF.get(said.channel, ""),
        severity=SEVERITY_OF.get(message.severity, "normal"),
        category=message.category,
        language=said.language,
        word=Word(said.message_id, received_at),
        origin_at=_plausible(stamp_or_none(said, "occurred_at"), received_at),
        address=_address(said),
        interaction_id=message.interaction_id,
        live=message.live,
        point_of_contact_id=message.point_of_contact_id,
        required_skill=message.required_skill,
    )


def _plausible(origin_at: datetime | None, received_at: datetime) -> datetime | None:
    """A time of origin after our own receipt is impossible, and so unknown."""
    return origin_at if origin_at is None or origin_at <= received_at else None


def _address(said: common_pb2.InboundMessage) -> Address | None:
    channel = CHANNEL_OF.get(said.channel, "")
    if not channel or not said.party.value:
        return None
    return Address(
        channel=channel,
        party_kind=said.party.kind,
        party_value=said.party.value,
        party_name=said.party.display_name,
        account=said.channel_account,
        subject=said.subject,
        thread_key=said.thread_key,
        provider_message_id=said.provider_message_id,
    )


def _customer_message(event: Event, message: intake_pb2.CustomerMessageReceived) -> What:
    said = message.message
    word = Word(said.message_id, stamp_or_none(said, "received_at") or event.time)
    by_a_person = not said.suppressed_reason or said.imported_from
    return _spoke(word, _address(said), said.assessment if by_a_person else common_pb2.Assessment())


def _spoke(word: Word, address: Address | None, assessed: common_pb2.Assessment) -> CustomerSpoke:
    return CustomerSpoke(word, address, SEVERITY_OF.get(assessed.severity, ""), tuple(assessed.grounds))


def _segment(event: Event, message: intake_pb2.TranscriptSegmentReceived) -> What | None:
    spoken_at = stamp_or_none(message, "occurred_at") or stamp_or_none(message, "received_at") or event.time
    if message.speaker == intake_pb2.TranscriptSegmentReceived.SPEAKER_EMPLOYEE:
        return Speech(message.employee_id, message.segment_id, message.text, spoken_at)
    if message.speaker == intake_pb2.TranscriptSegmentReceived.SPEAKER_CUSTOMER:
        word = Word(message.segment_id, stamp_or_none(message, "received_at") or spoken_at)
        return _spoke(word, None, message.assessment)
    return None


def _started(event: Event, message: intake_pb2.InteractionStarted) -> What | None:
    if not message.live:
        return None
    started_at = stamp_or_none(message, "occurred_at")
    return CallStarted(message.interaction_id, message.provider_session_id, started_at)


def _joined(event: Event, message: intake_pb2.InteractionJoined) -> What:
    joined_at = stamp_or_none(message, "occurred_at") or event.time
    return CallJoined(message.interaction_id, message.provider_session_id, message.employee_id, joined_at)


def _ended(event: Event, message: intake_pb2.InteractionEnded) -> What:
    return CallEnded(message.interaction_id)


def _delivered(event: Event, message: followup_pb2.ContactDelivered) -> What | None:
    if not message.human:
        return None
    at = stamp_or_none(message, "delivered_at") or event.time
    channel, kind = CHANNEL_OF.get(message.channel, ""), REPLY_KIND_OF.get(message.reply_kind)
    made = ContactMade(
        message.contact_id, message.reply_id, channel, at, delivered=True, kind=kind or ReplyKind.REPLY
    )
    introduces = message.reply_kind == pb.REPLY_KIND_INTRODUCTION
    return Introduced(message.hand_off_id, made) if introduces else made


def _failed(event: Event, message: followup_pb2.ContactFailed) -> What | None:
    if not message.reply_id:  # an acknowledgement: nobody has tried to reach the customer
        return None
    at = stamp_or_none(message, "failed_at") or event.time
    channel = CHANNEL_OF.get(message.channel, "")
    return ContactMade(message.contact_id, message.reply_id, channel, at, delivered=False)


def _feedback(event: Event, message: followup_pb2.FeedbackReceived) -> What | None:
    solved = SOLVED_OF.get(message.solved)
    if solved is None:
        return None
    given_at = stamp_or_none(message, "given_at") or event.time
    return Feedback(message.message_id, solved, message.words, given_at)


_READ: dict[type, Callable[[Event, Any], What | None]] = {
    intake_pb2.ComplaintReceived: _complaint,
    intake_pb2.CustomerMessageReceived: _customer_message,
    intake_pb2.TranscriptSegmentReceived: _segment,
    intake_pb2.InteractionStarted: _started,
    intake_pb2.InteractionJoined: _joined,
    intake_pb2.InteractionEnded: _ended,
    followup_pb2.ContactDelivered: _delivered,
    followup_pb2.ContactFailed: _failed,
    followup_pb2.FeedbackReceived: _feedback,
}

# What resolution listens to; everything else on its topics concerns others.
HEARD = frozenset(_READ)
