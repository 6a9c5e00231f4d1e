"""Who sent this: provider signatures over the raw bytes, compared in constant time (conventions 1.1, 1.2,
1.7).
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlparse

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    add_port,
    get_signature_algorithm,
    remove_port,
)

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.domain.errors import BadSignature

STANDARD_WINDOW = timedelta(minutes=5)
Form = Sequence[tuple[str, str]]
# SHA-1 only with the account's auth token; the newer mode names its shared key.
_TWILIO_KINDS = {HMAC_SHA1: "auth_token", HMAC_SHA256: "shared_key"}


class _Fields:
    """A form as Twilio's validator reads it: names, and all values of a name."""

    def __init__(self, form: Form) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in form:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterable[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, name: str) -> list[str]:
        """Every value of a parameter that was given several times."""
        return self._values[name]


def check_twilio(
    secrets: Iterable[Secret], url: str, form: Form | None, body: bytes, signature: str, settings: str
) -> None:
    """Raise BadSignature unless a Twilio signature holds, in either mode, with any active secret.

    `url` is our public URL with its query, as Twilio called it; `form` None means a JSON body, of which
    the URL carries the hash. `settings` is X-Twilio-Webhooks-Signature-Settings:
    `key=<id>,algorithm=HMAC_SHA256`, absent for HMAC-SHA1 with the auth token.
    """
    algorithm = get_signature_algorithm(settings).upper()
    kind = _TWILIO_KINDS.get(algorithm)
    if kind is None or not signature:
        raise BadSignature("bad_signature", "no signature in a known mode")
    parsed = urlparse(url)
    if form is None and not same(_first(parse_qs(parsed.query), "bodySHA256"), sha256(body).hexdigest()):
        raise BadSignature("bad_signature", "the body is not the one that was signed")
    fields = None if form is None else _Fields(form)
    # Twilio itself is not sure whether the port belongs to the URL.
    urls = {remove_port(parsed), add_port(parsed)}
    matches = [
        same(RequestValidator(secret.secret).compute_signature(one, fields, algorithm), signature)
        for secret in _signing(secrets, kind, _key_id(settings))
        for one in urls
    ]
    if not any(matches):
        raise BadSignature("bad_signature", "the signature is not ours to trust")


def check_meta(secrets: Iterable[Secret], body: bytes, signature: str) -> None:
    """Raise BadSignature unless `sha256=<hex HMAC-SHA256(app secret, raw body)>` holds with any active
    secret.
    """

    def holds(secret: str) -> bool:
        return same(f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}", signature.lower())

    _demand(secrets, "app_secret", holds)


def check_token(accounts: Mapping[str, ChannelAccount], kind: str, given: str) -> str:
    """The account whose active secret of a kind came with the request. Raises BadSignature."""
    return signer(accounts, kind, lambda secret: same(secret, given))


def check_standard(
    accounts: Mapping[str, ChannelAccount], headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """The account one of whose active secrets signed by Standard Webhooks, v1 (standardwebhooks.com). Raises
    BadSignature, also for an attempt that was signed more than five minutes from now.

    `headers` by lower-case name; a secret is `whsec_` and the base64 of its bytes.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    check_recent(timestamp, now, STANDARD_WINDOW)
    if not message_id:
        raise BadSignature("bad_signature", "no webhook-id was signed")
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "replace") + body
    given = [one.removeprefix("v1,") for one in headers.get("webhook-signature", "").split(" ")[:10]]
    return signer(
        accounts,
        "webhook_secret",
        lambda secret: any(same(_standard(secret, signed), one) for one in given),
    )


def _standard(secret: str, signed: bytes) -> str:
    """The signature by a secret; a secret that is no base64 signs nothing that could be given."""
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return "unusable secret"
    return b64encode(hmac.new(key, signed, sha256).digest()).decode()


def check_basic(accounts: Mapping[str, ChannelAccount], authorization: str) -> str:
    """The account whose secret `basic` (user:password) came by HTTP Basic. Raises BadSignature."""
    scheme, _, coded = authorization.partition(" ")
    try:
        told = b64decode(coded, validate=True)
    except ValueError:
        told = b""
    given = told.decode("utf-8", "replace") if scheme.lower() == "basic" else ""
    return check_token(accounts, "basic", given)


def check_line(secrets: Iterable[Secret], body: bytes, signature: str) -> None:
    """Raise BadSignature unless base64(HMAC-SHA256(channel secret, raw body)) holds with an active secret."""

    def holds(secret: str) -> bool:
        return same(b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode(), signature)

    _demand(secrets, "channel_secret", holds)


def check_x(secrets: Iterable[Secret], body: bytes, signature: str) -> None:
    """Raise BadSignature unless `sha256=<base64 HMAC-SHA256(consumer secret, raw body)>` holds with an active
    secret.
    """
    _demand(secrets, "consumer_secret", lambda secret: same(x_token(secret, body), signature))


def x_token(secret: str, signed: bytes) -> str:
    """How X signs, and how its challenge is answered."""
    return "sha256=" + b64encode(hmac.new(secret.encode(), signed, sha256).digest()).decode()


def check_viber(accounts: Mapping[str, ChannelAccount], body: bytes, signature: str) -> str:
    """The account whose auth token signed: hex(HMAC-SHA256(auth token, raw body)). Raises BadSignature."""

    def holds(secret: str) -> bool:
        return same(hmac.new(secret.encode(), body, sha256).hexdigest(), signature.lower())

    return signer(accounts, "auth_token", holds)


def signer(accounts: Mapping[str, ChannelAccount], kind: str, holds: Callable[[str], bool]) -> str:
    """The account one of whose active secrets of a kind signed, for providers that name no account of ours:
    each of them needs a secret of its own. Raises BadSignature.
    """
    found = [
        name
        for name, account in accounts.items()
        for secret in _signing(account.secrets, kind, "")
        if holds(secret.secret)
    ]
    if not found:
        raise BadSignature("bad_signature", "the signature is not ours to trust")
    return found[0]


def _demand(secrets: Iterable[Secret], kind: str, holds: Callable[[str], bool]) -> None:
    """Raise BadSignature unless one of the active secrets of a kind signed; all are tried, whichever did."""
    matches = [holds(one.secret) for one in _signing(secrets, kind, "")]
    if not any(matches):
        raise BadSignature("bad_signature", "the signature is not ours to trust")


def check_recent(timestamp: str, now: datetime, window: timedelta) -> None:
    """Raise BadSignature unless a signed time (seconds since 1970) lies within `window` of `now`."""
    known = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12
    if not known or abs(now.timestamp() - int(timestamp)) > window.total_seconds():
        raise BadSignature("stale_signature", "what was signed is too old, or our clock is wrong")


def _signing(secrets: Iterable[Secret], kind: str, key_id: str) -> list[Secret]:
    """Active secrets of a kind, each once; where the provider names the key, only that one. An empty one
    would let everybody in.
    """
    wanted = [one for one in secrets if one.secret and one.kind == kind and one.key_id in ("", key_id)]
    return list({one.secret: one for one in wanted}.values())


def _key_id(settings: str) -> str:
    parts = (part.partition("=") for part in settings.split(","))
    return next((value.strip() for name, _, value in parts if name.strip() == "key"), "")


def _first(query: dict[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]


def exact_base64(text: str) -> bytes:
    """The bytes of a signature in the only way to write them: the decoder itself passes over what stands
    behind or between. Raises ValueError.
    """
    found = b64decode(text, validate=True)
    if b64encode(found).decode() != text:
        raise ValueError("not the base64 of these bytes")
    return found


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
