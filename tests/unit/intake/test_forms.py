"""Forms with files and raw bytes in them, and forms that are none."""

from __future__ import annotations

import pytest

from services.intake.adapters.channels.forms import PARTS_LIMIT, PostedForm, posted_form
from services.intake.domain.errors import Malformed, TooLarge
from tests.unit.intake.posting import multipart, posted

MULTIPART = "multipart/form-data; boundary=6f3d1c"
FILE = (
    b'--6f3d1c\r\nContent-Disposition: form-data; name="attachment-1"; '
    b'filename="r\xc3\xa9sum\xc3\xa9.pdf"\r\n'
    b"Content-Type: application/pdf; x=y\r\n\r\n\x00\xff\r\n--6f3d1c--\r\n"
)


def form(body: bytes, media_type: str = MULTIPART) -> PostedForm:
    return posted_form(posted("p", body, {"content-type": media_type}, []))


def test_every_byte_of_a_value_is_kept_in_both_kinds_of_form() -> None:
    every = bytes(range(256))
    assert form(multipart({"email": every})).fields["email"] == every
    encoded = "".join(f"%{byte:02X}" for byte in every).encode()
    assert form(b"email=" + encoded, "application/x-www-form-urlencoded; charset=x").fields["email"] == every


def test_a_file_has_its_name_its_kind_and_its_bytes() -> None:
    (file,) = form(FILE).files
    assert (file.field_name, file.name) == ("attachment-1", "résumé.pdf")
    assert (file.media_type, file.content) == ("application/pdf", b"\x00\xff")


def test_text_is_decoded_in_the_charset_that_the_provider_names() -> None:
    assert form(multipart({"subject": "Größe".encode("latin-1")})).text("subject", "ISO-8859-1") == "Größe"
    assert form(multipart({})).text("subject") == ""


def test_of_a_name_given_twice_the_last_counts() -> None:
    assert form(b"token=theirs&token=ours", "application/x-www-form-urlencoded").text("token") == "ours"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (FILE[:-20], MULTIPART),
        (b"", MULTIPART),
        (b"Hello", MULTIPART),
        (b"--6f3d1c\r\nContent-Disposition\r\n\r\n1\r\n--6f3d1c--\r\n", MULTIPART),
        (FILE, "multipart/form-data"),
        (FILE, f"multipart/form-data; boundary={'b' * 5000}"),
        (b"{}", "application/json"),
        (b"a=b", ""),
    ],
    ids=["cut", "empty", "no part", "no colon", "no boundary", "long boundary", "json", "nothing said"],
)
def test_what_is_no_form_is_malformed(body: bytes, media_type: str) -> None:
    with pytest.raises(Malformed):
        form(body, media_type)


def test_too_many_fields_are_too_large() -> None:
    many = {str(number): b"" for number in range(PARTS_LIMIT + 1)}
    with pytest.raises(TooLarge):
        form(multipart(many))
    with pytest.raises(TooLarge):
        form("&".join(f"{name}=" for name in many).encode(), "application/x-www-form-urlencoded")
