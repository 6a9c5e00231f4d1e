"""Twilio messages: incoming SMS, and what became of ours (conventions 1.2)."""

from __future__ import annotations

from services.intake.adapters.channels.contact import caller, open_chat
from services.intake.adapters.channels.hooks import Hook, Integration, Reading, Request
from services.intake.adapters.channels.twilio import (
    PROVIDER,
    SECRETS,
    Fields,
    check,
    fields_of,
    no_content,
    our_number,
    provider_time,
    silence,
    source,
)
from services.intake.domain.records import (
    Attachment,
    Channel,
    CustomerWord,
    Receipt,
    ReceiptOutcome,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_text, first_name

_MEDIA_LIMIT = 10
_OUTCOMES = {
    "sent": ReceiptOutcome.SENT,
    "delivered": ReceiptOutcome.DELIVERED,
    "read": ReceiptOutcome.READ,
    "undelivered": ReceiptOutcome.FAILED,
    "failed": ReceiptOutcome.FAILED,
}


def read_message(request: Request) -> Reading:
    """A customer's SMS. Twilio gives no origin time with it, so t0 is absent unless a Timestamp is there."""
    fields = fields_of(request)
    number = our_number(request, fields, "To")
    sid = clean_line(fields.get("MessageSid", "") or fields.get("SmsSid", ""), 100)
    party = caller(fields.get("From", ""), sid, fields.get("ProfileName", ""))
    text = clean_text(fields.get("Body", ""))
    judged = request.classifier.judge("", text)
    word = CustomerWord(
        source=source(request, Channel.SMS, number, sid),
        parties=(party,),
        provider_message_id=sid,
        full_name=party.display_name,
        first_name=first_name(party.display_name),
        text=text,
        text_stripped=text[:16_000],
        attachments=_media(fields),
        occurred_at=provider_time(fields.get("Timestamp", ""), request.received_at),
        parent_id=clean_line(fields.get("OriginalRepliedMessageSid", ""), 100),
        keys=(open_chat(Channel.SMS, number, party),),
        required_skill=request.accounts[number].settings.get("skill", ""),
        severity=judged.severity,
        category=judged.category,
    )
    return Reading((word,))


def _media(fields: Fields) -> tuple[Attachment, ...]:
    """Files stay with Twilio until somebody asks for them: name and kind only."""
    count = fields.get("NumMedia", "0")
    number = min(int(count), _MEDIA_LIMIT) if count.isdecimal() and len(count) < 4 else 0
    return tuple(
        Attachment(
            clean_line(fields.get(f"MediaUrl{at}", "")),
            clean_line(fields.get(f"MediaContentType{at}", ""), 100),
            0,
            "",
        )
        for at in range(number)
    )


def read_status(request: Request) -> Reading:
    """What became of a message of ours; states before `sent` say nothing yet."""
    fields = fields_of(request)
    sid, status = fields.get("MessageSid", "") or fields.get("SmsSid", ""), fields.get("MessageStatus", "")
    origin = source(request, Channel.SMS, fields.get("From", ""), sid, "status", status)
    outcome = _OUTCOMES.get(status)
    if outcome is None:
        return Reading((Unrecognised(origin, f"message {clean_line(status, 40)}"),))
    receipt = Receipt(
        source=origin,
        provider_message_id=clean_line(sid, 100),
        outcome=outcome,
        reason=clean_line(fields.get("ErrorCode", ""), 40),
        occurred_at=provider_time(
            fields.get("Timestamp", "") or fields.get("RawDlrDoneDate", ""), request.received_at
        ),
    )
    return Reading((receipt,))


INTEGRATION = Integration(
    PROVIDER,
    Channel.SMS,
    SECRETS,
    (
        Hook("twilio/sms", PROVIDER, Channel.SMS, check, read_message, silence),
        Hook("twilio/sms/status", PROVIDER, Channel.SMS, check, read_status, no_content),
    ),
)
