"""The link under a circle-back that leads to the page for the customer's answer: follow-up signs it, intake
believes it.

It holds no personal data: case, message, end, and a proof over these and the tenant with the secret that both
share (AMENDS_THREAD_SECRET). 64 characters, so that it fits into an SMS.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

ANSWER_PREFIX = "/v1/answers/"
_TOLD = struct.Struct(">16s16sI")
_PROOF_BYTES = 12
_LENGTH = 64


@dataclass(frozen=True, slots=True)
class AnswerLink:
    """One question to one customer; `contact_id` is the message that asked, and makes its answer one."""

    case_id: UUID
    contact_id: UUID
    ends_at: datetime  # aware UTC, whole seconds


def issue(tenant_id: str, link: AnswerLink, secret: str) -> str:
    """The token of a link."""
    told = _TOLD.pack(link.case_id.bytes, link.contact_id.bytes, int(link.ends_at.timestamp()))
    return base64.urlsafe_b64encode(told + _proof(tenant_id, told, secret)).decode()


def believe(tenant_id: str, token: str, secrets: Sequence[str]) -> AnswerLink | None:
    """The link of a token, None where none of `secrets` proves it; compared in constant time. Its end is for
    the caller to look at."""
    if len(token) != _LENGTH:
        return None
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    told, given = raw[: _TOLD.size], raw[_TOLD.size :]
    if not any(hmac.compare_digest(_proof(tenant_id, told, one), given) for one in secrets):
        return None
    case_id, contact_id, ends = _TOLD.unpack(told)
    return AnswerLink(UUID(bytes=case_id), UUID(bytes=contact_id), datetime.fromtimestamp(ends, UTC))


def _proof(tenant_id: str, told: bytes, secret: str) -> bytes:
    signed = b"answer-link\n" + tenant_id.encode() + b"\n" + told
    return hmac.new(secret.encode(), signed, sha256).digest()[:_PROOF_BYTES]
