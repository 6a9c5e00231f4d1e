"""Twilio voice: calls, their status, conferences (who joined), live transcription (conventions 1.2).

One call of a customer is one conversation. Its CallSid, the parent's, and the conference it is led into
are handles of the same session. An employee is named by `?employee=` on the callback URL, which is signed
with the URL, or by the participant's label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from uuid import UUID
from xml.sax.saxutils import quoteattr

from services.intake.adapters.channels.contact import caller
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Reply,
    Request,
    form_of,
    json_of,
    text_at,
)
from services.intake.adapters.channels.live import accepted, asked_by_sms, call_begun, iso_time
from services.intake.adapters.signatures import check_twilio
from services.intake.domain.errors import Malformed, UnknownAccount
from services.intake.domain.records import (
    FUTURE_LIMIT,
    Answer,
    Attachment,
    Channel,
    Party,
    Recording,
    SessionEvent,
    SessionStep,
    Source,
    Speech,
    ThreadKey,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_text

PROVIDER = "twilio"
SECRETS = ("auth_token", "shared_key")
_SILENCE = Reply(200, b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "application/xml")
_ENDINGS = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

Fields = Mapping[str, str]


def check(request: Request) -> None:
    """Both signature modes, with any active secret of the tenant's Twilio accounts."""
    secrets = [secret for account in request.accounts.values() for secret in account.secrets]
    is_json = request.header("content-type").lower().startswith("application/json")
    check_twilio(
        secrets,
        request.url,
        None if is_json else form_of(request),
        request.body,
        request.header("x-twilio-signature"),
        request.header("x-twilio-webhooks-signature-settings"),
    )


def fields_of(request: Request) -> Fields:
    """The form as a mapping; of a repeated name the first counts."""
    fields: dict[str, str] = {}
    for name, value in form_of(request):
        fields.setdefault(name, value)
    return fields


def source(request: Request, channel: Channel, account: str, *event: str) -> Source:
    """The inbox key of a Twilio event; raises Malformed when the provider's id is missing."""
    if not event[0]:
        raise Malformed("missing_id", "the request carries no id of Twilio's")
    event_id = ":".join(clean_line(part, 200) for part in event if part)
    return Source(request.tenant_id, PROVIDER, clean_line(account, 100), event_id, channel)


def our_number(request: Request, fields: Fields, name: str) -> str:
    """The number or address of ours that was called. Raises UnknownAccount."""
    number = clean_line(fields.get(name, ""), 100)
    if number not in request.accounts:
        raise UnknownAccount("unknown_account", "no channel account has this number")
    return number


def provider_time(text: str, received_at: datetime) -> datetime | None:
    """Twilio's Timestamp (RFC 2822), absent when missing, unreadable or later than our own clock allows."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if moment.tzinfo is None or moment > received_at + FUTURE_LIMIT:
        return None
    return moment


def _employee(request: Request, fields: Fields) -> str:
    return clean_line(request.query.get("employee", "") or fields.get("ParticipantLabel", ""), 100)


# ------------------------------------------------------------------------------------------ calls


def read_call(request: Request) -> Reading:
    """A customer calls."""
    fields = fields_of(request)
    number = our_number(request, fields, "To")
    call = clean_line(fields.get("CallSid", ""), 100)
    party = caller(fields.get("From", ""), call, fields.get("CallerName", ""))
    parent = clean_line(fields.get("ParentCallSid", ""), 100)
    word = call_begun(
        source(request, Channel.PHONE, number, call, "incoming"),
        party,
        call,
        provider_time(fields.get("Timestamp", ""), request.received_at),
        settings=request.accounts[number].settings,
        employee_id=_employee(request, fields),
        case_id=_named_case(request),
        also=(parent,),
        keys=_texts_of(request, party),
    )
    return Reading((word,))


def _texts_of(request: Request, party: Party) -> tuple[ThreadKey, ...]:
    return tuple(
        asked_by_sms(name, party)
        for name, account in request.accounts.items()
        if account.channel is Channel.SMS
    )


def _named_case(request: Request) -> UUID | None:
    """A switchboard that knows the case says so by `?case=` on the signed URL."""
    try:
        return UUID(request.query["case"]) if "case" in request.query else None
    except ValueError as wrong:
        raise Malformed("malformed_case_id", "the case in the URL is no id") from wrong


def answer_call(request: Request, _answers: Sequence[Answer]) -> Reply:
    """Lead the caller into a conference named by the call, transcribed, when the account says so; else
    stay out.

    The conference is where employees join beside the customer (P2.3); its name leads its callbacks to the
    case.
    """
    fields = fields_of(request)
    settings = request.accounts[clean_line(fields.get("To", ""), 100)].settings
    if settings.get("voice_answer") != "conference":
        return _SILENCE
    base = request.url.partition("?")[0].removesuffix("/voice")
    room = fields.get("CallSid", "").replace("&", "").replace("<", "")
    transcription, conference = quoteattr(f"{base}/transcription"), quoteattr(f"{base}/conference")
    answer = (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        f"<Start><Transcription statusCallbackUrl={transcription}/></Start>"
        f'<Dial><Conference statusCallback={conference} statusCallbackEvent="start end join leave">'
        f"{room}</Conference></Dial></Response>"
    )
    return Reply(200, answer.encode(), "application/xml")


def read_call_status(request: Request) -> Reading:
    """The end of a call; other states of it say nothing that a case needs."""
    fields = fields_of(request)
    call, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
    origin = source(
        request, Channel.PHONE, fields.get("AccountSid", ""), call, status, fields.get("SequenceNumber", "")
    )
    if status not in _ENDINGS:
        return Reading((Unrecognised(origin, f"call {clean_line(status, 40)}"),))
    at = provider_time(fields.get("Timestamp", ""), request.received_at)
    return Reading(
        (SessionEvent(origin, SessionStep.ENDED, (clean_line(call, 100),), outcome=status, occurred_at=at),)
    )


# ------------------------------------------------------------------------------------------ conferences


def read_conference(request: Request) -> Reading:
    """A person joined the customer's conference: with an employee's id it is what makes a hand-off warm
    (P2.3).
    """
    fields = fields_of(request)
    conference, event = fields.get("ConferenceSid", ""), fields.get("StatusCallbackEvent", "")
    origin = source(
        request,
        Channel.PHONE,
        fields.get("AccountSid", ""),
        conference,
        event,
        fields.get("CallSid", ""),
        fields.get("SequenceNumber", ""),
    )
    if event != "participant-join":
        return Reading((Unrecognised(origin, f"conference {clean_line(event, 40)}"),))
    at = provider_time(fields.get("Timestamp", ""), request.received_at)
    # The room is named by the customer's call; a participant's own call is a handle only until the room
    # is known.
    ids = tuple(
        clean_line(fields.get(name, ""), 100) for name in ("FriendlyName", "ConferenceSid", "CallSid")
    )
    employee = _employee(request, fields)
    step = SessionStep.JOINED if employee else SessionStep.LINKED
    return Reading((SessionEvent(origin, step, ids, employee_id=employee, occurred_at=at),))


# ------------------------------------------------------------------------------------------ recordings


def read_recording(request: Request) -> Reading:
    """A finished recording of a call or of its conference. It stays with Twilio: its address goes on the
    case.
    """
    fields = fields_of(request)
    recording, status = clean_line(fields.get("RecordingSid", ""), 100), fields.get("RecordingStatus", "")
    origin = source(request, Channel.PHONE, fields.get("AccountSid", ""), recording, status)
    address = clean_line(fields.get("RecordingUrl", ""))
    if status != "completed" or not address.startswith("https://"):
        return Reading((Unrecognised(origin, f"recording {clean_line(status, 40)}"),))
    length = fields.get("RecordingDuration", "")
    event = SessionEvent(
        origin,
        SessionStep.RECORDED,
        tuple(clean_line(fields[name], 100) for name in ("CallSid", "ConferenceSid") if fields.get(name)),
        occurred_at=provider_time(fields.get("RecordingStartTime", ""), request.received_at),
        recording=Recording(
            recording,
            Attachment(address, "audio/x-wav", 0, ""),
            int(length) if length.isascii() and length.isdecimal() and len(length) < 9 else 0,
        ),
    )
    return Reading((event,))


# ------------------------------------------------------------------------------------------ transcription


def read_transcription(request: Request) -> Reading:
    """A finished stretch of speech. Track `inbound` is what the caller says, `outbound` what the caller
    hears.
    """
    fields = fields_of(request)
    event, track = fields.get("TranscriptionEvent", ""), fields.get("Track", "")
    call, sequence = fields.get("CallSid", ""), fields.get("SequenceId", "")
    transcription = fields.get("TranscriptionSid", "") or call
    origin = source(
        request, Channel.PHONE, fields.get("AccountSid", ""), transcription, event, sequence, track
    )
    final = fields.get("Final", "true").lower() == "true"
    text = clean_text(text_at(json_of((fields.get("TranscriptionData") or "{}").encode()), "transcript"))
    if event != "transcription-content" or not final or not text:
        return Reading((Unrecognised(origin, f"transcription {clean_line(event, 40)}"),))
    by_employee = track.startswith("outbound")
    speech = Speech(
        source=origin,
        session_ids=(clean_line(call, 100),),
        by_employee=by_employee,
        employee_id=_employee(request, fields) if by_employee else "",
        segment_id=clean_line(f"{transcription}:{sequence}:{track}", 200),
        text=text,
        language=clean_line(fields.get("LanguageCode", ""), 20),
        occurred_at=provider_time(fields.get("Timestamp", ""), request.received_at)
        or iso_time(fields.get("Timestamp", ""), request.received_at),
    )
    return Reading((speech,))


def silence(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """TwiML that does nothing."""
    return _SILENCE


INTEGRATION = Integration(
    PROVIDER,
    Channel.PHONE,
    SECRETS,
    (
        Hook("twilio/voice", PROVIDER, Channel.PHONE, check, read_call, answer_call),
        Hook("twilio/voice/status", PROVIDER, Channel.PHONE, check, read_call_status, accepted),
        Hook("twilio/conference", PROVIDER, Channel.PHONE, check, read_conference, accepted),
        Hook("twilio/recording", PROVIDER, Channel.PHONE, check, read_recording, accepted),
        Hook("twilio/transcription", PROVIDER, Channel.PHONE, check, read_transcription, accepted),
    ),
)
