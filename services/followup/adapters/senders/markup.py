"""A mail's words as HTML, made of the plain text alone: what it shows is what the text says."""

from __future__ import annotations

import html
import re

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
# A full stop or a bracket behind an address is the sentence's.
_LINK = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]])")
_STYLE = "font-family: sans-serif; font-size: 1rem; line-height: 1.5; max-width: 40em"


def as_html(text: str) -> str:
    """Paragraphs, line breaks and links; everything else is escaped. It loads nothing from anywhere."""
    plain = "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)
    paragraphs = [one for one in _PARAGRAPH.split(plain.strip("\n")) if one.strip()]
    shown = "\n".join(f"<p>{_lines(one)}</p>" for one in paragraphs)
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return f'<!doctype html>\n<html><head>{head}</head><body style="{_STYLE}">\n{shown}\n</body></html>\n'


def _lines(paragraph: str) -> str:
    # Every second part is an address.
    parts = enumerate(_LINK.split(paragraph.strip("\n")))
    shown = "".join(_link(part) if number % 2 else html.escape(part) for number, part in parts)
    return shown.replace("\n", "<br>\n")


def _link(address: str) -> str:
    escaped = html.escape(address)
    return f'<a href="{escaped}">{escaped}</a>'
