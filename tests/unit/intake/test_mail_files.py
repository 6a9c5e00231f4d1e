"""The files of a mail: what their bytes show, which of them are shown in the text, what came sealed."""

from __future__ import annotations

import io
import tarfile
import zipfile
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.body import read_body
from services.intake.adapters.channels.sniff import sniffed_type


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def tarred() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    return packed.getvalue()


ODT = "application/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
        (b"#!/bin/sh\n", "text/x-shellscript"),
        (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", "text/html"),
        (b"<svg onload=x>", "image/svg+xml"),
        (zipped("a.txt", b"x"), "application/zip"),
        (zipped("mimetype", ODT.encode()), ODT),
        (zipped("[Content_Types].xml", b"x"), "application/vnd.openxmlformats-officedocument"),
        (tarred(), "application/x-tar"),
        (b"just words", ""),
        (b"LIFE\x10\0\0\0WAVE", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_the_commonest_types(content: bytes, kind: str) -> None:
    assert sniffed_type(content) == kind


@given(st.binary(max_size=1_200))
def test_any_bytes_are_sniffed_without_an_error(content: bytes) -> None:
    assert sniffed_type(content) == sniffed_type(content + b"\0" * 10) or len(content) < 1_024


def mail(kind: str, *parts: str) -> bytes:
    cut = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary=b\r\n\r\n{cut}--b--\r\n".encode()


WORDS = "Content-Type: text/plain\r\n\r\nIt broke."


def test_the_declared_and_the_shown_type_are_both_kept() -> None:
    program = b64encode(b"MZ\x90\0program").decode()
    head = "Content-Type: image/jpeg; name=wheel.jpg\r\nContent-Transfer-Encoding: base64"
    (file,) = read_body(mail("mixed", WORDS, f"{head}\r\n\r\n{program}")).attachments
    assert (file.media_type, file.name) == ("image/jpeg", "wheel.jpg")
    assert file.sniffed_type == "application/vnd.microsoft.portable-executable"


@pytest.mark.parametrize(
    ("head", "inline"),
    [
        ("Content-Type: image/png\r\nContent-Disposition: inline", True),
        ("Content-Type: image/png\r\nContent-ID: <logo@shop>", True),
        ("Content-Type: image/png\r\nContent-ID: <a>\r\nContent-Disposition: attachment", False),
        ("Content-Type: image/png; name=wheel.png", False),
        ("Content-Type: application/pdf\r\nContent-Disposition: inline", False),
    ],
)
def test_a_picture_shown_in_the_text_is_told_from_one_sent_as_evidence(head: str, inline: bool) -> None:
    (file,) = read_body(mail("related", WORDS, f"{head}\r\n\r\nx")).attachments
    assert file.inline is inline


def test_a_picture_shown_and_attached_counts_as_attached_whichever_comes_first() -> None:
    shown = "Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\nx"
    attached = 'Content-Type: image/png\r\nContent-Disposition: attachment; filename="wheel.png"\r\n\r\nx'
    for parts in ((shown, attached), (attached, shown)):
        (file,) = read_body(mail("mixed", WORDS, *parts)).attachments
        assert (file.name, file.inline) == ("wheel.png", False)


PHOTO = "begin 644 wheel.txt\r\n%:&5L;&\\\r\n`\r\nend\r\n"


def test_a_file_written_into_the_text_is_a_file() -> None:
    body = read_body(f"Content-Type: text/plain\r\n\r\nLook:\r\n{PHOTO}Thanks.\r\n".encode())
    assert body.text.split() == ["Look:", "Thanks."]
    assert [(one.name, one.data) for one in body.attachments] == [("wheel.txt", b"hello")]


@pytest.mark.parametrize("text", ["begin 644 a\r\nlower case", "begin 644 a\r\n`", "begin again\r\nend"])
def test_what_only_looks_like_such_a_file_stays_text(text: str) -> None:
    body = read_body(f"Content-Type: text/plain\r\n\r\n{text}\r\n".encode())
    assert (body.text.split(), body.attachments) == (text.split(), ())


PGP = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1"
SEALED = "Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----"


@pytest.mark.parametrize(
    ("raw", "protection", "text", "files"),
    [
        (mail("encrypted; protocol=application/pgp-encrypted", PGP, SEALED), "pgp_encrypted", "", 2),
        (
            mail("signed", WORDS, "Content-Type: application/pgp-signature; name=signature.asc\r\n\r\nx"),
            *("pgp_signed", "It broke.", 1),
        ),
        (
            mail("signed", WORDS, "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx"),
            *("smime_signed", "It broke.", 1),
        ),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nx",
            *("smime_encrypted", "", 1),
        ),
        (
            b"Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\r\nx",
            *("smime_signed", "", 1),
        ),
        (b"Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ", "pgp_encrypted", None, 0),
        (mail("mixed", WORDS), "", "It broke.", 0),
    ],
)
def test_sealed_mail_is_told_and_kept_whole(
    raw: bytes, protection: str, text: str | None, files: int
) -> None:
    body = read_body(raw)
    assert (body.protection, len(body.attachments)) == (protection, files)
    assert text is None or body.text.strip() == text
