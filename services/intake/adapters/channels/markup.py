"""HTML to plain text in one pass over the characters: linear in its length, whatever the markup.

Tree builders and sanitisers were measured and left out: a megabyte of nested `<div>` keeps nh3 busy for two
minutes and the standard library's HTMLParser has quadratic cases of its own. Text needs no tree. The result
is text: whoever shows it escapes it.
"""

from __future__ import annotations

import re
from html import unescape

HTML_LIMIT = 500_000  # the event holds 64,000 characters of text
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,20})")
# What begins a new line, and what is never text.
_BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "hr"}
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg"})
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n[ \n]*\n")


def html_to_text(html: str) -> str:
    """What a reader would see: tags, comments, scripts and styles gone, blocks on lines of their own."""
    pieces: list[str] = []
    at, end = 0, min(len(html), HTML_LIMIT)
    while at < end:
        opened = html.find("<", at, end)
        if opened < 0:
            pieces.append(html[at:end])
            break
        pieces.append(html[at:opened])
        at = _skip_markup(html, opened, end, pieces)
    text = _SPACES.sub(" ", unescape("".join(pieces)).replace("\r", "\n").replace("\xa0", " "))
    return _BLANK_LINES.sub("\n\n", text).strip()


def _skip_markup(html: str, opened: int, end: int, pieces: list[str]) -> int:
    """Where the text goes on after the `<` at `opened`."""
    if html.startswith("<!--", opened):
        return _after(html, "-->", opened + 4, end)
    if html.startswith(("<!", "<?"), opened):
        return _after(html, ">", opened, end)
    named = _TAG_NAME.match(html, opened + 1)
    if named is None:
        pieces.append("<")  # "a < b"
        return opened + 1
    name = named[1].lower()
    closed = _after(html, ">", opened, end)
    if name in _BREAKS:
        pieces.append("\n")
    if name in _SILENT and html[opened + 1] != "/":
        return _end_of_silence(html, name, closed, end)
    return closed


def _end_of_silence(html: str, name: str, start: int, end: int) -> int:
    closing = re.compile(rf"</{name}[\s>]", re.IGNORECASE).search(html, start, end)
    return end if closing is None else _after(html, ">", closing.start(), end)


def _after(html: str, mark: str, start: int, end: int) -> int:
    found = html.find(mark, start, end)
    return end if found < 0 else found + len(mark)
