"""Twilio messages: incoming SMS and WhatsApp, and what became of ours (conventions 1.2).

WhatsApp comes to the same hooks; its addresses begin with `whatsapp:`.
"""

from __future__ import annotations

from services.intake.adapters.channels.chat import chat_word
from services.intake.adapters.channels.contact import caller, phone_number
from services.intake.adapters.channels.hooks import Hook, Integration, Reading, Request
from services.intake.adapters.channels.live import accepted
from services.intake.adapters.channels.twilio import (
    PROVIDER,
    SECRETS,
    Fields,
    check,
    fields_of,
    our_number,
    provider_time,
    silence,
    source,
)
from services.intake.domain.records import (
    Attachment,
    Channel,
    Party,
    Receipt,
    ReceiptOutcome,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_name

_MEDIA_LIMIT = 10
_WHATSAPP = "whatsapp:"
_OUTCOMES = {
    "sent": ReceiptOutcome.SENT,
    "delivered": ReceiptOutcome.DELIVERED,
    "read": ReceiptOutcome.READ,
    "undelivered": ReceiptOutcome.FAILED,
    "failed": ReceiptOutcome.FAILED,
}


def read_message(request: Request) -> Reading:
    """A customer's message. Twilio gives no origin time with it, so t0 is absent without a Timestamp."""
    fields = fields_of(request)
    number = our_number(request, fields, "To")
    sid = clean_line(fields.get("MessageSid", "") or fields.get("SmsSid", ""), 100)
    word = chat_word(
        request,
        source(request, _channel(number), number, sid),
        _parties(fields, sid),
        sid,
        _text(fields),
        attachments=_media(fields),
        occurred_at=provider_time(fields.get("Timestamp", ""), request.received_at),
        parent_id=clean_line(fields.get("OriginalRepliedMessageSid", ""), 100),
    )
    return Reading((word,))


def _channel(address: str) -> Channel:
    return Channel.WHATSAPP if address.startswith(_WHATSAPP) else Channel.SMS


def _parties(fields: Fields, sid: str) -> tuple[Party, ...]:
    """Who wrote. On WhatsApp that is the number, the user id that WhatsApp gives them with us, or both:
    somebody who hides their number has none.
    """
    address, shown = fields.get("From", ""), clean_name(fields.get("ProfileName", ""))
    if not address.startswith(_WHATSAPP):
        return (caller(address, sid, shown),)
    name, digits = address.removeprefix(_WHATSAPP), fields.get("WaId", "")
    number = phone_number(name) or (phone_number(f"+{digits}") if digits.isdecimal() else "")
    user_id = fields.get("ExternalUserId", "").removeprefix(_WHATSAPP)
    handle = clean_line(user_id or ("" if number else name), 200)
    parties = [Party("whatsapp", number, shown)] if number else []
    parties += [Party("handle", handle, shown)] if handle else []
    return tuple(parties) or (caller("", sid, shown),)


def _text(fields: Fields) -> str:
    place = [fields[name] for name in ("Latitude", "Longitude") if fields.get(name)]
    return fields.get("Body", "") or fields.get("ButtonText", "") or ", ".join(place)


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
    ours = fields.get("From", "")
    origin = source(request, _channel(ours), ours, sid, "status", status)
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
        Hook("twilio/sms/status", PROVIDER, Channel.SMS, check, read_status, accepted),
    ),
)
# The same hooks; a WhatsApp sender is registered by its address.
WHATSAPP = Integration(PROVIDER, Channel.WHATSAPP, SECRETS)
