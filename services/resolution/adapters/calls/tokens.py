"""Tokens that say where to read on: opaque, and good for the question they came from only.

They are not secret: where one points to, its holder could ask for as well (row-level security holds).
"""

from __future__ import annotations

import base64
import hashlib

from services.resolution.domain.errors import BadCommand

_CHECK_BYTES = 9
_VERSION = b"1"


def sealed(question: bytes, place: str) -> str:
    """A token for `place` that goes with `question`."""
    raw = _VERSION + _check(question, place) + place.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsealed(question: bytes, token: str, name: str) -> str:
    """The place. Raises BadCommand("bad_<name>") for a token of another question or a changed one."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        place = raw[1 + _CHECK_BYTES :].decode()
    except ValueError as error:
        raise _bad(name) from error
    if raw[: 1 + _CHECK_BYTES] != _VERSION + _check(question, place) or not place:
        raise _bad(name)
    return place


def _check(question: bytes, place: str) -> bytes:
    return hashlib.sha256(question + place.encode()).digest()[:_CHECK_BYTES]


def _bad(name: str) -> BadCommand:
    return BadCommand(
        f"bad_{name}",
        "A token goes with the question it came from, unchanged; without one it begins anew.",
        {name: "the one of the answer before to the same question, or empty"},
    )
