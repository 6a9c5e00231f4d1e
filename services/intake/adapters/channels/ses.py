"""Amazon SES over SNS: received mail, and what became of mails sent through SES (conventions 1.6)."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from services.intake.adapters.channels import sns
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Request,
    json_of,
    objects_at,
    text_at,
)
from services.intake.adapters.channels.live import iso_time
from services.intake.adapters.channels.posted import envelope_of, received, taken
from services.intake.adapters.outbound import is_allowed
from services.intake.domain.errors import BadSignature, Malformed
from services.intake.domain.records import (
    Channel,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Source,
    Unrecognised,
)
from services.intake.domain.text import clean_line

_PROVIDER = "ses"
_CHANNEL = Channel.EMAIL
_TRY_AGAIN = 503  # SNS gives up on any 4xx
# What a receiving server may say for now, and SES has given up on; "General" may as well be an absence note.
_GIVEN_UP = frozenset({"MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"})


def read(request: Request) -> Reading:
    """A mail, a receipt, or a subscription to confirm; what is of no meaning is kept raw."""
    message = sns.message_of(request)
    if text_at(message, "Type") == sns.SUBSCRIPTION:
        url = text_at(message, "SubscribeURL")
        if not is_allowed(url):
            raise BadSignature("foreign_address", "the confirmation is not Amazon's")
        return Reading((_kept(request, message, "sns subscription"),), visit=url)
    told = _told(message)
    kind = text_at(told, "notificationType") or text_at(told, "eventType")
    if kind == "Received":
        return _mail(request, message, told)
    receipt = _receipt(request, message, told, kind)
    return Reading((receipt or _kept(request, message, f"ses {clean_line(kind, 40)}"),))


def _told(message: dict[str, Any]) -> Any:
    """The document inside; some notices of Amazon's are plain sentences."""
    try:
        return json_of(text_at(message, "Message").encode("utf-8", "replace"))
    except Malformed:
        return None


def _kept(request: Request, message: dict[str, Any], what: str) -> Unrecognised:
    topic, message_id = text_at(message, "TopicArn"), text_at(message, "MessageId")
    source = Source(request.tenant_id, _PROVIDER, clean_line(topic), clean_line(message_id), _CHANNEL)
    return Unrecognised(source, what)


# ------------------------------------------------------------------------------------------ mail


def _mail(request: Request, message: dict[str, Any], told: Any) -> Reading:
    content, mail_id = text_at(told, "content"), clean_line(text_at(told, "mail", "messageId"), 200)
    if mail_id == "AMAZON_SES_SETUP_NOTIFICATION":
        return Reading((_kept(request, message, "ses setup"),))
    if not content:
        # An action of another kind (S3) keeps the mail where we cannot read it: told, and on record.
        topic = clean_line(text_at(message, "TopicArn"))
        refusal = Refusal(request.tenant_id, _CHANNEL, _PROVIDER, "mail_not_inline", mail_id, topic)
        return Reading(refusals=(refusal,))
    receipt = told["receipt"] if isinstance(told.get("receipt"), dict) else {}
    recipients = [one for one in _list(receipt, "recipients") if isinstance(one, str)]
    envelope = envelope_of(request, _PROVIDER, text_at(told, "mail", "source"), recipients)
    return Reading((received(request, _bytes(content, receipt), envelope, mail_id),))


def _bytes(content: str, receipt: dict[str, Any]) -> bytes:
    if text_at(receipt, "action", "encoding").upper() != "BASE64":
        return content.encode("utf-8", "replace")
    try:
        return b64decode(content, validate=True)
    except ValueError as wrong:
        raise Malformed("malformed_mail", "the content is not base64") from wrong


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found[:100] if isinstance(found, list) else []


# ------------------------------------------------------------------------------------------ receipts


def _receipt(request: Request, message: dict[str, Any], told: Any, kind: str) -> Receipt | None:
    """What became of a mail of ours, found by its Message-ID; None for what settles nothing."""
    settled, sent_id = _settled(told, kind), _message_id(told)
    if settled is None or not sent_id:
        return None
    outcome, reason, stamp = settled
    event_id = f"ses:{clean_line(text_at(message, 'MessageId'), 100)}"
    return Receipt(
        # Follow-up knows the mail as sent by SMTP, whoever carried it.
        source=Source(request.tenant_id, "smtp", _PROVIDER, event_id, _CHANNEL),
        provider_message_id=f"<{sent_id}>",
        outcome=outcome,
        reason=clean_line(reason, 40),
        occurred_at=iso_time(stamp, request.received_at),
    )


def _settled(told: Any, kind: str) -> tuple[ReceiptOutcome, str, str] | None:
    """Outcome, reason and time. A complaint is about a mail that arrived: unwanted, and delivered."""
    match kind:
        case "Delivery":
            return ReceiptOutcome.DELIVERED, "", text_at(told, "delivery", "timestamp")
        case "Complaint":
            return ReceiptOutcome.DELIVERED, "complained", text_at(told, "complaint", "timestamp")
        case "Reject":
            return ReceiptOutcome.FAILED, "rejected", ""
        case "Bounce":
            return _bounced(told["bounce"] if isinstance(told.get("bounce"), dict) else {})
        case _:
            return None


def _bounced(bounce: dict[str, Any]) -> tuple[ReceiptOutcome, str, str] | None:
    kind, detail = text_at(bounce, "bounceType"), text_at(bounce, "bounceSubType")
    if kind != "Permanent" and not (kind == "Transient" and detail in _GIVEN_UP):
        return None
    status = next((text_at(one, "status") for one in objects_at(bounce, "bouncedRecipients")), "")
    return ReceiptOutcome.FAILED, status or detail, text_at(bounce, "timestamp")


def _message_id(told: Any) -> str:
    """The Message-ID that we gave: among the original headers, where SES is told to include them."""
    mail = told.get("mail") if isinstance(told, dict) else None
    found = [one for one in objects_at(mail, "headers") if text_at(one, "name").lower() == "message-id"]
    ids = [*(text_at(one, "value") for one in found), text_at(mail, "commonHeaders", "messageId")]
    return next((clean_line(one.strip("<> ")) for one in ids if one.strip("<> ")), "")


INTEGRATION = Integration(
    _PROVIDER,
    _CHANNEL,
    (),
    (
        Hook(
            "ses",
            _PROVIDER,
            _CHANNEL,
            sns.check,
            read,
            taken,
            certificate=sns.certificate,
            final_status=200,
            again_status=_TRY_AGAIN,
        ),
    ),
)
