"""Signed and encrypted mail: recognised, never opened, kept whole (RFC 8551, RFC 3156)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.intake.adapters.channels.mime import Part

_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURES = {
    "application/pgp-signature": "pgp_signed",
    "application/pkcs7-signature": "smime_signed",
    "application/x-pkcs7-signature": "smime_signed",
}
_ARMOURED = re.compile(r"\s*-----BEGIN PGP (SIGNED )?MESSAGE-----\r?\n")


def protection_of(root: Part, text: str) -> str:
    """`pgp_encrypted`, `smime_encrypted`, `pgp_signed`, `smime_signed` or ""; encryption is told first."""
    found = set(_signs(root))
    armour = _ARMOURED.match(text)
    if armour is not None:
        found.add("pgp_signed" if armour[1] else "pgp_encrypted")
    order = ("pgp_encrypted", "smime_encrypted", "pgp_signed", "smime_signed")
    return next((one for one in order if one in found), "")


def _signs(part: Part) -> Iterator[str]:
    if part.media_type == "multipart/encrypted" or part.media_type == "application/pgp-encrypted":
        yield "pgp_encrypted"
    elif part.media_type in _SMIME or part.name.lower() == "smime.p7m":
        signed = part.parameters.get("smime-type", "").lower() == "signed-data"
        yield "smime_signed" if signed else "smime_encrypted"
    elif part.media_type in _SIGNATURES:
        yield _SIGNATURES[part.media_type]
    for child in part.children:
        yield from _signs(child)
