"""Pages of a list: how long one is, and tokens that say where the next begins.

A token is opaque to the caller and good for the question it came from only: the same filters, the same
tenant. It is not a secret: where it points to, the caller could list as well (row-level security holds).
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from google.protobuf.message import Message

from services.chassis import rpc
from services.resolution.domain.errors import BadCommand

_CHECK_BYTES = 9
_VERSION = b"1"


class Page:
    """What a list request asks for. Raises BadCommand("bad_page_token")."""

    def __init__(self, request: Any, *, usual: int, most: int) -> None:
        self.size = min(request.page_size or usual, most)
        self._question = _question(request)
        self.after = self._read(request.page_token) if request.page_token else ""
        """What the page begins behind; "" is the beginning."""

    def following(self, listed: int, last: str) -> str:
        """The token behind `last`; "" when fewer were `listed` than fit, so that there is no more."""
        if listed < self.size:
            return ""
        raw = _VERSION + self._check(last) + last.encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def _read(self, token: str) -> str:
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            last = raw[1 + _CHECK_BYTES :].decode()
        except ValueError as error:
            raise _bad() from error
        if raw[: 1 + _CHECK_BYTES] != _VERSION + self._check(last) or not last:
            raise _bad()
        return last

    def _check(self, last: str) -> bytes:
        return hashlib.sha256(self._question + last.encode()).digest()[:_CHECK_BYTES]


def _bad() -> BadCommand:
    return BadCommand(
        "bad_page_token",
        "A page token goes with the request it came from, unchanged; without one the list starts anew.",
        {"page_token": "next_page_token of the same list with the same filters, or empty"},
    )


def _question(request: Message) -> bytes:
    """Everything but the page: which list, whose, and its filters."""
    asked = type(request)()
    asked.CopyFrom(request)
    for name in ("page_token", "page_size"):
        asked.ClearField(name)
    kind = f"{request.DESCRIPTOR.full_name}\0{rpc.principal().tenant_id}\0"
    return kind.encode() + asked.SerializeToString(deterministic=True)
