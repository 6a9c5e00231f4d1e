"""Mails made to hurt, for the reader alone and for the listeners on their sockets."""

from __future__ import annotations

import io
import zipfile
from base64 import encodebytes

HEAD = b"From: Eve <eve@example.net>\r\nTo: care@harbour.example\r\nSubject: Wet\r\nMessage-ID: <1@x>\r\n"
MULTIPART = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
MIB = 1024 * 1024


def zipped(size: int) -> bytes:
    """A zip file of this many null bytes, a thousandth of that on the wire."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("0", "w") as entry:
        for _ in range(size // MIB):
            entry.write(bytes(MIB))
    return packed.getvalue()


def with_file(content: bytes) -> bytes:
    file = b"--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
    file += b'Content-Disposition: attachment; filename="42.zip"\r\n\r\n' + encodebytes(content)
    return MULTIPART + b"--b\r\n\r\nWet.\r\n" + file + b"--b--\r\n"


def nested(depth: int) -> bytes:
    levels = range(depth)
    opened = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    return HEAD + b"".join(opened % (level, level) for level in levels) + b"\r\nWet.\r\n"


# By what it is: the mail, and the rule that refuses it.
REFUSED = {
    "10,000 parts": (
        MULTIPART + b"--b\r\nContent-Type: text/plain\r\n\r\nWet.\r\n" * 10_000,
        "too_many_parts",
    ),
    "200 levels": (nested(200), "too_deep"),
    "a header line of 10 MB": (
        b"X: " + b"a" * (10 * MIB) + b"\r\n" + HEAD + b"\r\nWet.",
        "headers_too_large",
    ),
    "a subject of 10 MB": (HEAD.replace(b"Wet", b"w" * (10 * MIB)) + b"\r\nWet.", "headers_too_large"),
}
