"""Long answers in parts: every one fits, nothing is lost, and words stay whole."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.followup.domain.splitting import parts_of, utf8_bytes, utf16_units


@pytest.mark.parametrize("size", [utf8_bytes, utf16_units, len])
@given(text=st.text(min_size=1), limit=st.integers(4, 60))
def test_every_part_fits_and_only_white_space_is_left_out(size, text: str, limit: int) -> None:  # type: ignore[no-untyped-def]
    parts = parts_of(text, limit, size)
    assert all(size(part) <= limit for part in parts)
    assert all(part for part in parts) or len(parts) == 1
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_that_fits_is_one_part_as_it_is() -> None:
    assert parts_of("Dear Ana,\n\nit is here.", 100, utf8_bytes) == ["Dear Ana,\n\nit is here."]


def test_it_breaks_behind_a_paragraph_else_a_sentence_else_a_word() -> None:
    assert parts_of("One two.\n\nThree four five.", 16, len) == ["One two.", "Three four five."]
    assert parts_of("One two three. Four five six.", 20, len) == ["One two three.", "Four five six."]
    assert parts_of("One two three four five six", 15, len) == ["One two three", "four five six"]
    assert parts_of("ab cdefghij kl", 10, len) == ["ab", "cdefghij", "kl"]
    assert parts_of("x" * 25, 10, len) == ["x" * 10, "x" * 10, "x" * 5]


def test_characters_are_counted_as_each_provider_counts() -> None:
    assert (utf8_bytes("ä😀"), utf16_units("ä😀")) == (6, 3)
    assert parts_of("😀" * 5, 4, utf16_units) == ["😀😀", "😀😀", "😀"]
    assert parts_of("😀" * 3, 4, utf8_bytes) == ["😀"] * 3


def test_a_long_text_is_whole_again_word_by_word() -> None:
    text = " ".join(f"word{number}" for number in range(3000))
    parts = parts_of(text, 4096, utf16_units)
    assert re.split(r"\s+", " ".join(parts)) == text.split(" ")
    assert len(parts) == -(-len(text) // 4090)
