"""SendGrid Inbound Parse: signed with a private key of SendGrid's, or behind HTTP Basic (conventions 1.6).

SendGrid drops a mail for good on any 4xx and tries for three days on a 5xx: what the operator can still set
right (a key, a password, an address) is therefore answered 503.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from services.intake.adapters.channels.forms import PostedForm, posted_form
from services.intake.adapters.channels.hooks import Hook, Integration, Reading, Request, json_of, text_at
from services.intake.adapters.channels.posted import POST_LIMIT, assembled, envelope_of, received, taken
from services.intake.adapters.signatures import check_basic, check_recent, signer
from services.intake.domain.errors import Malformed
from services.intake.domain.records import Channel

_PROVIDER = "sendgrid"
_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# SendGrid tries for 72 hours, and does not say whether a retry is signed anew; within the window the inbox
# key is the guard against a replay.
_WINDOW = timedelta(hours=73)
_TRY_AGAIN = 503


def check(request: Request) -> None:
    """ECDSA over timestamp and raw body; Basic for accounts without a key. Raises BadSignature."""
    if not request.header(_SIGNATURE):
        unsigned = {
            name: account
            for name, account in request.accounts.items()
            if all(secret.kind != "verification_key" for secret in account.secrets)
        }
        check_basic(unsigned, request.header("authorization"))
        return
    timestamp, given = request.header(_TIMESTAMP), request.header(_SIGNATURE)
    signed = timestamp.encode("utf-8", "replace") + request.body
    signer(request.accounts, "verification_key", lambda key: _holds(key, given, signed))
    check_recent(timestamp, request.received_at, _WINDOW)


def _holds(key: str, signature: str, signed: bytes) -> bool:
    public = _public_key(key)
    if public is None:
        return False
    try:
        public.verify(b64decode(signature), signed, ECDSA(SHA256()))
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public_key(text: str) -> EllipticCurvePublicKey | None:
    """The key as SendGrid shows it (base64 of DER); None when it is no such key: then nothing is believed."""
    try:
        key = load_der_public_key(b64decode(text))
    except (NotBase64, ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None


def read(request: Request) -> Reading:
    """The mail: the field `email` where raw mail is posted, else put together from the parsed fields."""
    form = posted_form(request)
    told = json_of(form.fields.get("envelope") or b"{}")
    to = told.get("to") if isinstance(told, dict) else None
    recipients = [one for one in to[:100] if isinstance(one, str)] if isinstance(to, list) else []
    envelope = envelope_of(request, _PROVIDER, text_at(told, "from"), recipients)
    return Reading((received(request, form.fields.get("email") or _parsed(form), envelope),))


def _parsed(form: PostedForm) -> bytes:
    headers = list(_headers(form.text("headers")))
    if not headers:
        raise Malformed("empty_mail", "neither a raw mail nor headers of one")
    charsets = json_of(form.fields.get("charsets") or b"{}")
    return assembled(
        headers,
        form.text("text", text_at(charsets, "text")),
        form.text("html", text_at(charsets, "html")),
        form.files,
    )


def _headers(block: str) -> Iterator[tuple[str, str]]:
    """Names and values of a header block, continued lines joined."""
    unfolded = block.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ")
    for line in unfolded.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


INTEGRATION = Integration(
    _PROVIDER,
    Channel.EMAIL,
    ("verification_key", "basic"),
    (
        Hook(
            "sendgrid",
            _PROVIDER,
            Channel.EMAIL,
            check,
            read,
            taken,
            again_status=_TRY_AGAIN,
            body_limit=POST_LIMIT,
        ),
    ),
)
