"""winmail.dat: its files and words are read, and nothing in it brings the reader down."""

from __future__ import annotations

import struct
from base64 import encodebytes
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.body import Body, read_body
from services.intake.adapters.channels.mime import Part
from services.intake.adapters.channels.tnef import FILES_LIMIT, OPENED, TNEF, opened

UNICODE, BINARY, LONG = 0x1F, 0x102, 0x03
HEAD = struct.pack("<IH", 0x223E9F78, 1)


def attribute(level: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def padded(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)


def prop(kind: int, name: int, data: bytes, named: bytes = b"") -> bytes:
    fixed = kind == LONG
    return struct.pack("<HH", kind, name) + named + (data if fixed else struct.pack("<I", 1) + padded(data))


def props(*found: bytes) -> bytes:
    return struct.pack("<I", len(found)) + b"".join(found)


def file(name: str, content: bytes, *more: bytes, title: bytes = b"PHOTO~1.JPG\0") -> bytes:
    told = props(prop(UNICODE, 0x3707, name.encode("utf-16-le") + b"\0\0"), *more)
    return (
        attribute(2, 0x00069002, b"\1\0" + b"\0" * 12)
        + attribute(2, 0x00018010, title)
        + attribute(2, 0x0006800F, content)
        + attribute(2, 0x00069005, told)
    )


CODE_PAGE = attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
PHOTO = b"\xff\xd8\xff\xe0 a photo"
# A named property, a number and several binaries stand before what is looked for.
NAMED = struct.pack("<I", 1) + padded("Keywords".encode("utf-16-le"))
MESSAGE = attribute(
    1,
    0x00069003,
    props(
        prop(UNICODE, 0x8001, b"x\0\0\0", b"\7" * 16 + NAMED),
        prop(LONG, 0x3FDE, struct.pack("<I", 65001)),
        prop(BINARY, 0x1013, "<p>The lämp is broken.</p>".encode()),
    ),
)


def mail(container: bytes, text: str = "") -> Body:
    parts = f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n" if text else ""
    return read_body(
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + parts.encode()
        + b"--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + encodebytes(container)
        + b"--b--\r\n"
    )


def test_files_keep_their_long_names_and_words_are_read_where_the_mail_has_none() -> None:
    body = mail(HEAD + CODE_PAGE + MESSAGE + file("my phöto.jpg", PHOTO))
    assert body.text.strip() == "The lämp is broken."
    (photo,) = body.attachments
    assert (photo.name, photo.data, photo.sniffed_type) == ("my phöto.jpg", PHOTO, "image/jpeg")


def test_the_words_of_the_mail_around_it_are_not_said_twice() -> None:
    body = mail(HEAD + CODE_PAGE + MESSAGE + file("a.jpg", PHOTO), "See the photo.")
    assert body.text.strip() == "See the photo."
    assert [one.name for one in body.attachments] == ["a.jpg"]


def test_a_plain_body_is_read_in_its_code_page_and_a_title_serves_as_name() -> None:
    plain = attribute(1, 0x0002800C, "Größe\0".encode("cp1252"))
    bare = attribute(2, 0x00069002, b"\1\0") + attribute(2, 0x00018010, b"A.TXT\0")
    body = mail(HEAD + CODE_PAGE + plain + bare + attribute(2, 0x0006800F, b"x"))
    assert body.text.strip() == "Größe"
    assert [(one.name, one.data) for one in body.attachments] == [("A.TXT", b"x")]


def test_a_mail_attached_within_it_stays_packed() -> None:
    inner = prop(0x0D, 0x3701, b"\7" * 16 + HEAD)
    body = mail(HEAD + file("Fwd", b"", inner))
    assert [(one.name, one.media_type, one.data) for one in body.attachments] == [("Fwd.dat", TNEF, HEAD)]


@pytest.mark.parametrize(
    "container",
    [
        b"",
        b"\x78\x9f\x3e\x22",
        HEAD,
        (HEAD + CODE_PAGE + file("a.jpg", PHOTO))[:-1],
        HEAD + file("a.jpg", PHOTO)[:-2] + b"\0\0",
        HEAD + attribute(1, 0x00069003, struct.pack("<I", 2**31)),
        HEAD + attribute(1, 0x00069003, props(struct.pack("<HH", 0x99, 0x1000))),
        HEAD + attribute(1, 0x00069003, props(struct.pack("<HHI", UNICODE | 0x1000, 0x1000, 2**31))),
        HEAD + attribute(1, 0x00069007, struct.pack("<II", 99999, 0)) + file("a.jpg", PHOTO),
        HEAD + attribute(2, 0x00069002, b"\1\0") * (FILES_LIMIT + 1),
    ],
)
def test_what_cannot_be_read_to_its_end_stays_a_file(container: bytes) -> None:
    part = Part(TNEF, {}, "attachment", "winmail.dat", "", container)
    assert opened(part) == part


def mutated() -> Iterator[bytes]:
    whole = HEAD + CODE_PAGE + MESSAGE + file("a.jpg", PHOTO)
    yield from (whole[:at] + b"\xff" + whole[at + 1 :] for at in range(len(whole)))


def test_no_changed_byte_brings_it_down() -> None:
    for container in mutated():
        part = Part(TNEF, {}, "attachment", "winmail.dat", "", container)
        assert opened(part).media_type in (TNEF, OPENED)


@given(st.binary(max_size=300))
def test_any_attribute_is_read_or_left(data: bytes) -> None:
    for kind in (0x00069003, 0x00069005, 0x00069007, 0x0006800F):
        container = HEAD + attribute(2, 0x00069002, b"") + attribute(2, kind, data)
        part = Part(TNEF, {}, "attachment", "winmail.dat", "", container)
        assert opened(part).media_type in (TNEF, OPENED)
