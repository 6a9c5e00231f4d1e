"""Whatever came in can be shown on a terminal without doing anything there."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from services.cli.visible import visible, visible_line


def harmless(text: str) -> bool:
    return not {unicodedata.category(one) for one in text} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_leave_a_character_that_a_terminal_obeys(raw: bytes) -> None:
    assert harmless(visible(raw).replace("\n", "").replace("\t", ""))


@given(st.text())
def test_a_line_stays_a_line(text: str) -> None:
    assert harmless(visible_line(text))


def test_escapes_and_turned_text_are_shown_as_what_they_are() -> None:
    assert visible(b"\x1b[2Jgone\r\n\xffx") == "\\x1b[2Jgone\n\\xffx"
    assert visible_line("photo_\u202egpj.exe\u200b") == "photo_\\u202egpj.exe\\u200b"
    assert visible_line("Grüße, 你好 👋") == "Grüße, 你好 👋"
