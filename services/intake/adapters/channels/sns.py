"""Amazon SNS by HTTPS: whose message it is, and that nobody changed it (conventions 1.6).

Anybody may subscribe our address to a topic of theirs, validly signed: the topics that are registered as
accounts are the ones that are believed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from services.intake.adapters.channels.hooks import Request, json_of, text_at
from services.intake.adapters.signatures import exact_base64
from services.intake.domain.errors import BadSignature, Malformed, UnknownAccount

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
_CERTIFICATE = re.compile(
    r"https://sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[a-z0-9]+\.pem"
)
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    NOTIFICATION: _NOTIFICATION,
    SUBSCRIPTION: _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_HASHES: dict[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
# SNS tries for an hour at most; with the inbox key, which is kept longer, this leaves nothing to replay.
_WINDOW = timedelta(hours=24)


def message_of(request: Request) -> dict[str, Any]:
    """The envelope of SNS. Raises Malformed, also for raw delivery, which nobody signs."""
    message = json_of(request.body)
    if not isinstance(message, dict) or text_at(message, "Type") not in _SIGNED:
        raise Malformed("not_sns", "no message of Amazon SNS; raw message delivery must be off")
    return message


def certificate(request: Request) -> str:
    """Where the certificate lies that signed. Raises UnknownAccount for a topic that is not ours, Malformed,
    BadSignature for an address that is not Amazon's.
    """
    message = message_of(request)
    if text_at(message, "TopicArn") not in request.accounts:
        raise UnknownAccount("unknown_account", "this topic is not registered")
    url = text_at(message, "SigningCertURL")
    if not _CERTIFICATE.fullmatch(url):
        raise BadSignature("foreign_address", "the certificate is not Amazon's")
    return url


def check(request: Request) -> None:
    """The signature over the message's fields, by the certificate fetched before. Raises BadSignature."""
    message = message_of(request)
    for header, name in (("x-amz-sns-message-type", "Type"), ("x-amz-sns-message-id", "MessageId")):
        if request.header(header) != text_at(message, name):
            raise BadSignature("bad_signature", "headers and body speak of different messages")
    key, hashed = _key(request.certificate), _HASHES.get(text_at(message, "SignatureVersion"))
    if key is None or hashed is None:
        raise BadSignature("bad_signature", "no certificate, or a signature in no known version")
    try:
        given = exact_base64(text_at(message, "Signature"))
        key.verify(given, signed(message), PKCS1v15(), hashed())
    except (InvalidSignature, ValueError) as wrong:
        raise BadSignature("bad_signature", "the signature is not Amazon's") from wrong
    at = moment(text_at(message, "Timestamp"))
    if at is None or abs(request.received_at - at) > _WINDOW:
        raise BadSignature("stale_signature", "what was signed is too old, or our clock is wrong")


def signed(message: dict[str, Any]) -> bytes:
    """What SNS signs: the names and values of its fields, each on a line; Subject only if there is one."""
    names = [name for name in _SIGNED[message["Type"]] if isinstance(message.get(name), str)]
    return "".join(f"{name}\n{message[name]}\n" for name in names).encode("utf-8", "replace")


@lru_cache(maxsize=32)
def _key(pem: bytes) -> RSAPublicKey | None:
    """The RSA key of a certificate; None when it is none."""
    try:
        key = load_pem_x509_certificate(pem).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def moment(text: str) -> datetime | None:
    """An instant as Amazon writes it (`2026-11-22T09:57:00.123Z`); None when it is none."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
