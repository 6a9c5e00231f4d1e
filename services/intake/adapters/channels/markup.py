"""HTML to plain text in one pass over the characters: linear in its length, whatever the markup.

Tree builders and sanitisers were measured and left out: a megabyte of nested `<div>` keeps nh3 busy for two
minutes and the standard library's HTMLParser has quadratic cases of its own. Text needs no tree. The result
is text: whoever shows it escapes it.
"""

from __future__ import annotations

import re
from html import unescape

HTML_LIMIT = 500_000  # the event holds 64,000 characters of text
_LINK_LIMIT = 300  # longer addresses count clicks and tell nobody anything
_HIDDEN_TRIES = 20  # unclosed hidden elements that are looked for; more of them is an attack
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,20})")
# What begins a new line, and what is never text.
_BREAKS = frozenset(
    {
        "br",
        "p",
        "div",
        "tr",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "blockquote",
        "hr",
        "ul",
        "ol",
    }
    | {"dl", "dt", "dd", "pre", "section", "article", "header", "footer", "caption", "address", "center"}
)
_OPEN_ONLY = frozenset({"li", "tr", "dt", "dd", "br", "hr"})
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "area", "wbr", "base"})
# What mail programs do not show: the preview line of newsletters, and pictures of one pixel in words.
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d]*[1-9])|"
    r"max-height\s*:\s*0(?![.\d]*[1-9])|\shidden(?:[\s>=]|\Z)",
    re.IGNORECASE,
)
_HREF = re.compile(r"\shref\s*=\s*[\"']?((?:https?|mailto|tel):[^\s\"'<>]+)", re.IGNORECASE)
_CITED = re.compile(r"\stype\s*=\s*[\"']?cite|quote[\s\"']", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_INDENT = re.compile(r"\n +")
_BLANK_LINES = re.compile(r"\n[ \n]*\n")
# Stand for the ends of quotations until the lines are known; they cannot come from outside.
_QUOTE_OPENS, _QUOTE_ENDS = "\x02", "\x03"
_RESERVED = str.maketrans("", "", _QUOTE_OPENS + _QUOTE_ENDS)


def html_to_text(html: str) -> str:
    """What a reader would see: tags, comments, scripts, styles and hidden words gone, blocks on lines of
    their own, items with a dash, links with their address, quotations marked by `>`.
    """
    read = html[:HTML_LIMIT].translate(_RESERVED)
    # A mail that hides all it says is shown whole.
    return _Reader(read, hiding=True).text() or _Reader(read, hiding=False).text()


class _Reader:
    def __init__(self, html: str, *, hiding: bool) -> None:
        self._html = html
        self._pieces: list[str] = []
        self._links: list[tuple[str, int]] = []  # address, and where its words begin
        self._quotes: list[bool] = []  # of the open blockquotes, which are quotations
        self._pre = 0
        self._tries = _HIDDEN_TRIES if hiding else 0

    def text(self) -> str:
        at, end = 0, len(self._html)
        while at < end:
            opened = self._html.find("<", at)
            if opened < 0:
                opened = end
            self._say(self._html[at:opened])
            at = self._markup(opened) if opened < end else end
        text = unescape("".join(self._pieces)).replace("\r", "\n").replace("\xa0", " ")
        return _BLANK_LINES.sub("\n\n", _quoted(_INDENT.sub("\n", _SPACES.sub(" ", text)))).strip()

    def _say(self, words: str) -> None:
        # A line break of the source is a space, except where the text is set as typed.
        self._pieces.append(words if self._pre else words.replace("\r", " ").replace("\n", " "))

    def _markup(self, opened: int) -> int:
        """Where the text goes on after the `<` at `opened`."""
        if self._html.startswith("<!--", opened):
            return self._after("-->", opened + 4)
        if self._html.startswith(("<!", "<?"), opened):
            return self._after(">", opened)
        named = _TAG_NAME.match(self._html, opened + 1)
        if named is None:
            self._pieces.append("<")  # "a < b"
            return opened + 1
        return self._tag(named, self._after(">", opened))

    def _tag(self, named: re.Match[str], closed: int) -> int:
        name = named[1].lower()
        if named[0][0] == "/":
            self._closing(name)
            return closed
        if name in _SILENT:
            return self._end_of_silence(name, closed)
        attributes = self._html[named.end() : min(closed, named.end() + 2_000)]
        if self._tries and name not in _VOID and _HIDDEN.search(attributes):
            return self._end_of_hidden(name, closed)
        self._opening(name, attributes)
        return closed

    def _opening(self, name: str, attributes: str) -> None:
        if name in _BREAKS:
            self._pieces.append("\n- " if name == "li" else "\n")
        elif name in _CELLS:
            self._pieces.append(" ")
        if name == "pre":
            self._pre += 1
        elif name == "blockquote":
            self._quotes.append(bool(_CITED.search(attributes)))
            if self._quotes[-1]:
                self._pieces.append(_QUOTE_OPENS)
        elif name == "a":
            href = _HREF.search(attributes)
            self._links.append((unescape(href[1]) if href else "", len(self._pieces)))

    def _closing(self, name: str) -> None:
        if name == "a" and self._links:
            self._end_link(*self._links.pop())
        elif name == "pre":
            self._pre = max(0, self._pre - 1)
        elif name == "blockquote" and self._quotes and self._quotes.pop():
            self._pieces.append(_QUOTE_ENDS)
        if name in _BREAKS - _OPEN_ONLY:
            self._pieces.append("\n")

    def _end_link(self, address: str, began: int) -> None:
        """The address behind its words, unless the words are the address or there are none."""
        words = "".join(self._pieces[max(began, len(self._pieces) - 50) :]).strip()
        bare = address.partition(":")[2].strip("/").lower()
        if words and address and len(address) <= _LINK_LIMIT and bare not in unescape(words).lower():
            self._pieces.append(f" <{address}>")

    def _end_of_silence(self, name: str, start: int) -> int:
        closing = re.compile(rf"</{name}[\s>]", re.IGNORECASE).search(self._html, start)
        return len(self._html) if closing is None else self._after(">", closing.start())

    def _end_of_hidden(self, name: str, start: int) -> int:
        """Behind the end of a hidden element; one without an end hides nothing."""
        depth = 1
        for tag in re.compile(rf"<(/?){name}[\s/>]", re.IGNORECASE).finditer(self._html, start):
            depth += -1 if tag[1] else 1
            if depth == 0:
                return self._after(">", tag.start())
        self._tries -= 1
        return start

    def _after(self, mark: str, start: int) -> int:
        found = self._html.find(mark, start)
        return len(self._html) if found < 0 else found + len(mark)


def _quoted(text: str) -> str:
    """The lines of quotations with one `>` per level."""
    if _QUOTE_OPENS not in text:
        return text
    depth, lines = 0, []
    for line in text.split("\n"):
        opens, ends = line.count(_QUOTE_OPENS), line.count(_QUOTE_ENDS)
        depth += opens
        lines.append(f"{'>' * min(depth, 9)} {line.translate(_RESERVED).strip()}".strip() if depth else line)
        depth = max(0, depth - ends)
    return "\n".join(lines).translate(_RESERVED)
