"""Facts of the domain in the shape of the contract (protos/amends/intake/v1/events.proto)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import events_pb2 as pb
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.clock import to_proto
from services.chassis.ids import Ids
from services.chassis.journal import NewEvent
from services.intake.domain import events as facts
from services.intake.domain.assessment import Assessment
from services.intake.domain.records import (
    Attachment,
    Channel,
    CustomerAnswer,
    CustomerWord,
    Party,
    Receipt,
    SessionStep,
)

EVENTS_TOPIC = "amends.intake.events.v1"
RECEIPTS_TOPIC = "amends.intake.receipts.v1"
SOURCE = "intake"

CHANNELS = {
    Channel.PHONE: common.CHANNEL_PHONE,
    Channel.SMS: common.CHANNEL_SMS,
    Channel.WHATSAPP: common.CHANNEL_WHATSAPP,
    Channel.EMAIL: common.CHANNEL_EMAIL,
    Channel.MESSENGER: common.CHANNEL_MESSENGER,
    Channel.INSTAGRAM: common.CHANNEL_INSTAGRAM,
    Channel.X: common.CHANNEL_X,
    Channel.TELEGRAM: common.CHANNEL_TELEGRAM,
    Channel.WEBCHAT: common.CHANNEL_WEBCHAT,
    Channel.WEBFORM: common.CHANNEL_WEBFORM,
    Channel.API: common.CHANNEL_API,
    Channel.LINE: common.CHANNEL_LINE,
    Channel.VIBER: common.CHANNEL_VIBER,
}


def new_events(said: Iterable[tuple[facts.Fact, str, str | None]], ids: Ids) -> list[NewEvent]:
    """Journal rows for (fact, tenant, traceparent) in their order."""
    return [_new_event(fact, tenant, traceparent, ids) for fact, tenant, traceparent in said]


def _new_event(fact: facts.Fact, tenant: str, traceparent: str | None, ids: Ids) -> NewEvent:
    topic, key = _address(fact)
    return NewEvent(
        topic=topic,
        key=key,
        tenant_id=tenant,
        message=_MESSAGES[type(fact)](fact),
        event_id=ids.new(),
        occurred_at=fact.stamps.received_at,
        correlation_id=key,
        traceparent=traceparent,
    )


def _address(fact: facts.Fact) -> tuple[str, str]:
    """Topic and key: the conversation, the reject, the surviving customer, or for a receipt the provider's
    own message id.
    """
    match fact:
        case facts.DeliveryReceiptReceived():
            return RECEIPTS_TOPIC, receipt_key(fact.receipt)
        case facts.IntakeRejected():
            return EVENTS_TOPIC, str(fact.reject_id)
        case facts.CustomersMerged() | facts.CustomersSplit():
            return EVENTS_TOPIC, str(fact.survivor)
        case _:
            return EVENTS_TOPIC, str(fact.where.conversation_id)


def receipt_key(receipt: Receipt) -> str:
    """Only the sender of a message knows its case, so receipts go by what the provider called the message."""
    return f"{receipt.source.provider}:{receipt.provider_message_id}"


def party(of: Party) -> common.Party:
    """A party of the contract."""
    return common.Party(kind=of.kind, value=of.value, display_name=of.display_name)


def customer_ref(of: facts.Customer) -> common.CustomerRef:
    """A customer of the contract."""
    return common.CustomerRef(
        customer_id=str(of.customer_id), first_name=of.first_name, full_name=of.full_name
    )


def _stamp(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else to_proto(moment)


def _attachment(of: Attachment) -> common.Attachment:
    return common.Attachment(
        name=of.name,
        media_type=of.media_type,
        size_bytes=of.size_bytes,
        sha256=of.sha256,
        sniffed_type=of.sniffed_type,
        inline=of.inline,
    )


def _assessment(of: Assessment | None) -> common.Assessment | None:
    if of is None:
        return None
    return common.Assessment(
        complaint_chance=of.chance,
        severity=common.Severity.Name(of.severity),
        grounds=of.grounds,
        topic=of.topic,
        language=of.language,
        emotion=of.emotion,
        matters=of.matters,
        signals=[
            common.Assessment.Signal(
                aspect=one.aspect,
                entry=one.entry,
                weight=one.weight,
                in_subject=one.in_subject,
                start=one.start,
                end=one.end,
            )
            for one in of.signals
        ],
        method=of.method,
    )


def _answer(of: CustomerAnswer | None) -> common.CustomerAnswer | None:
    return None if of is None else common.CustomerAnswer(**asdict(of))


def _inbound(word: CustomerWord, message_id: object, stamps: facts.Stamps) -> common.InboundMessage:
    source = word.source
    strong = next((key.key for key in word.keys), "")
    return common.InboundMessage(
        message_id=str(message_id),
        provider_message_id=word.provider_message_id,
        channel=CHANNELS[source.channel],
        provider=source.provider,
        channel_account=source.account,
        thread_key=word.session_id or strong,
        party=party(word.parties[0]),
        subject=word.subject,
        text=word.text,
        text_stripped=word.text_stripped,
        language=word.language,
        attachments=[_attachment(one) for one in word.attachments],
        occurred_at=_stamp(word.occurred_at),
        received_at=to_proto(stamps.received_at),
        normalised_at=to_proto(stamps.normalised_at),
        parent_provider_message_id=word.parent_id,
        suppressed_reason=word.suppressed_reason,
        imported_from=word.imported_from,
        protection=word.protection,
        assessment=_assessment(word.assessment),
        answer=_answer(word.answer),
    )


def _complaint(fact: facts.ComplaintReceived) -> Message:
    word = fact.word
    return pb.ComplaintReceived(
        case_id=str(fact.where.conversation_id),
        interaction_id=str(fact.where.interaction_id),
        customer=customer_ref(fact.customer),
        message=_inbound(word, fact.message_id, fact.stamps),
        severity=common.Severity.Name(word.severity),
        category=word.category,
        point_of_contact_id=word.point_of_contact_id,
        required_skill=word.required_skill,
        live=word.live,
        classified_because=fact.because,
        due_at=_stamp(word.due_at),
    )


def _customer_message(fact: facts.CustomerMessageReceived) -> Message:
    return pb.CustomerMessageReceived(
        case_id=str(fact.where.conversation_id),
        interaction_id=str(fact.where.interaction_id),
        customer=customer_ref(fact.customer),
        message=_inbound(fact.word, fact.message_id, fact.stamps),
        threaded_by=fact.threaded_by,
        threaded_because=fact.threaded_because,
    )


def _query(fact: facts.QueryReceived) -> Message:
    return pb.QueryReceived(
        conversation_id=str(fact.where.conversation_id),
        interaction_id=str(fact.where.interaction_id),
        customer=customer_ref(fact.customer),
        message=_inbound(fact.word, fact.message_id, fact.stamps),
        classified_because=fact.because,
    )


def _identified(fact: facts.CustomerIdentified) -> Message:
    return pb.CustomerIdentified(
        case_id=str(fact.where.conversation_id),
        customer=customer_ref(fact.customer),
        party=party(fact.party),
        because=fact.because,
        first_seen=fact.first_seen,
    )


def _customers_merged(fact: facts.CustomersMerged) -> Message:
    return pb.CustomersMerged(
        surviving_customer_id=str(fact.survivor),
        merged_customer_ids=[str(one) for one in fact.merged],
        evidence=[common.Party(kind=kind, value=value) for _, kind, value in fact.shown],
        merged_at=to_proto(fact.stamps.received_at),
    )


def _customers_split(fact: facts.CustomersSplit) -> Message:
    return pb.CustomersSplit(
        surviving_customer_id=str(fact.survivor),
        restored_customer_id=str(fact.restored),
        merged_customer_ids=[str(one) for one in fact.merged],
        parties=[common.Party(kind=kind, value=value) for _, kind, value in fact.parties],
        case_ids=[str(one) for one in fact.cases],
        reason=fact.reason,
        split_by=fact.by,
        split_at=to_proto(fact.stamps.received_at),
    )


def _started(fact: facts.InteractionStarted) -> Message:
    word = fact.word
    return pb.InteractionStarted(
        case_id=str(fact.where.conversation_id),
        interaction_id=str(fact.where.interaction_id),
        channel=CHANNELS[word.source.channel],
        provider_session_id=word.session_id or next((key.key for key in word.keys), ""),
        occurred_at=_stamp(word.occurred_at),
        live=word.live,
    )


def _changed(fact: facts.InteractionChanged) -> Message:
    event = fact.event
    case_id, interaction_id = str(fact.where.conversation_id), str(fact.where.interaction_id)
    session = event.session_ids[0]
    if event.step is SessionStep.JOINED:
        return pb.InteractionJoined(
            case_id=case_id,
            interaction_id=interaction_id,
            employee_id=event.employee_id,
            provider_session_id=session,
            occurred_at=_stamp(event.occurred_at),
        )
    if event.recording is not None:
        return pb.InteractionRecorded(
            case_id=case_id,
            interaction_id=interaction_id,
            provider_session_id=session,
            recording_id=event.recording.recording_id,
            recording=_attachment(event.recording.kept),
            seconds=event.recording.seconds,
            occurred_at=_stamp(event.occurred_at),
            received_at=to_proto(fact.stamps.received_at),
        )
    return pb.InteractionEnded(
        case_id=case_id,
        interaction_id=interaction_id,
        provider_session_id=session,
        occurred_at=_stamp(event.occurred_at),
        outcome=event.outcome,
    )


def _segment(fact: facts.TranscriptSegmentReceived) -> Message:
    speech = fact.speech
    speaker = pb.TranscriptSegmentReceived
    return pb.TranscriptSegmentReceived(
        case_id=str(fact.where.conversation_id),
        interaction_id=str(fact.where.interaction_id),
        segment_id=speech.segment_id,
        speaker=speaker.SPEAKER_EMPLOYEE if speech.by_employee else speaker.SPEAKER_CUSTOMER,
        employee_id=speech.employee_id,
        text=speech.text,
        occurred_at=_stamp(speech.occurred_at),
        received_at=to_proto(fact.stamps.received_at),
        assessment=_assessment(speech.assessment),
    )


def _receipt(fact: facts.DeliveryReceiptReceived) -> Message:
    receipt = fact.receipt
    return pb.DeliveryReceiptReceived(
        provider=receipt.source.provider,
        provider_message_id=receipt.provider_message_id,
        channel=CHANNELS[receipt.source.channel],
        outcome=pb.DeliveryReceiptReceived.Outcome.Name(receipt.outcome),
        reason=receipt.reason,
        occurred_at=_stamp(receipt.occurred_at),
        received_at=to_proto(fact.stamps.received_at),
    )


def _rejected(fact: facts.IntakeRejected) -> Message:
    refusal = fact.refusal
    return pb.IntakeRejected(
        reject_id=str(fact.reject_id),
        channel=CHANNELS[refusal.channel],
        provider=refusal.provider,
        code=refusal.code,
        detail=refusal.detail,
        raw_sha256=fact.raw_sha256.hex(),
        received_at=to_proto(fact.stamps.received_at),
    )


_MESSAGES: dict[type[facts.Fact], Callable[[Any], Message]] = {
    facts.ComplaintReceived: _complaint,
    facts.CustomerMessageReceived: _customer_message,
    facts.QueryReceived: _query,
    facts.CustomerIdentified: _identified,
    facts.CustomersMerged: _customers_merged,
    facts.CustomersSplit: _customers_split,
    facts.InteractionStarted: _started,
    facts.InteractionChanged: _changed,
    facts.TranscriptSegmentReceived: _segment,
    facts.DeliveryReceiptReceived: _receipt,
    facts.IntakeRejected: _rejected,
}


def words_of(type_name: str, payload: bytes) -> common.InboundMessage | None:
    """The customer's (or employee's) words that an event of the journal carries; None for other events."""
    reader = _WORDS.get(type_name)
    return None if reader is None else reader(payload)


def words_of_message(serialised: bytes) -> dict[str, Any]:
    """A stored `InboundMessage` as the JSON that REST shows."""
    message = common.InboundMessage.FromString(serialised)
    return {
        "message_id": message.message_id,
        "channel": common.Channel.Name(message.channel).removeprefix("CHANNEL_").lower(),
        "from": {"kind": message.party.kind, "value": message.party.value},
        "subject": message.subject,
        "text": message.text,
        "received_at": message.received_at.ToJsonString(),
        "occurred_at": message.occurred_at.ToJsonString() if message.HasField("occurred_at") else None,
    }


def _segment_words(payload: bytes) -> common.InboundMessage:
    segment = pb.TranscriptSegmentReceived.FromString(payload)
    by_employee = segment.speaker == pb.TranscriptSegmentReceived.SPEAKER_EMPLOYEE
    message = common.InboundMessage(
        message_id=segment.segment_id,
        provider_message_id=segment.segment_id,
        channel=common.CHANNEL_PHONE,
        party=common.Party(kind="employee", value=segment.employee_id) if by_employee else None,
        text=segment.text,
        text_stripped=segment.text,
        received_at=segment.received_at,
        assessment=segment.assessment if segment.HasField("assessment") else None,
    )
    if segment.HasField("occurred_at"):
        message.occurred_at.CopyFrom(segment.occurred_at)
    return message


def _recording_words(payload: bytes) -> common.InboundMessage:
    """A recording stands among the words of its case: nobody said it, and it is where it can be heard."""
    recorded = pb.InteractionRecorded.FromString(payload)
    message = common.InboundMessage(
        message_id=recorded.recording_id,
        provider_message_id=recorded.recording_id,
        channel=common.CHANNEL_PHONE,
        thread_key=recorded.provider_session_id,
        subject="Recording of the call",
        attachments=[recorded.recording],
        received_at=recorded.received_at,
    )
    if recorded.HasField("occurred_at"):
        message.occurred_at.CopyFrom(recorded.occurred_at)
    return message


_WORDS: dict[str, Callable[[bytes], common.InboundMessage]] = {
    "amends.intake.v1.ComplaintReceived": lambda payload: pb.ComplaintReceived.FromString(payload).message,
    "amends.intake.v1.CustomerMessageReceived": lambda payload: (
        pb.CustomerMessageReceived.FromString(payload).message
    ),
    "amends.intake.v1.QueryReceived": lambda payload: pb.QueryReceived.FromString(payload).message,
    "amends.intake.v1.TranscriptSegmentReceived": _segment_words,
    "amends.intake.v1.InteractionRecorded": _recording_words,
}
