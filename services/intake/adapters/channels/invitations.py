"""An invitation that came by mail, in one line: the file itself is kept, nothing of it is acted upon."""

from __future__ import annotations

import re

_READ_LIMIT = 50_000
_FOLD = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(r"^(METHOD|SUMMARY|DTSTART|LOCATION)(?:;[^:\n]{0,200})?:([^\n]{1,300})", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\;,nN])")


def invitation_line(calendar: str) -> str:
    """What a text/calendar part (RFC 5545) is about, "" when it names nothing."""
    read = _FOLD.sub("", calendar[:_READ_LIMIT]).replace("\r", "")
    head, _, event = read.partition("BEGIN:VEVENT")  # time zones in the head have dates of their own
    found = {name: value.strip() for name, value in _PROPERTY.findall(head) if name == "METHOD"}
    for name, value in _PROPERTY.findall(event):
        found.setdefault(name, _ESCAPED.sub(_unescape, value).strip())
    told = [found[name] for name in ("SUMMARY", "DTSTART", "LOCATION") if found.get(name)]
    kind = {"CANCEL": "Cancelled invitation", "REPLY": "Answer to an invitation"}.get(
        found.get("METHOD", "").upper(), "Invitation"
    )
    return f"[{kind}: {', '.join(told)}]" if "SUMMARY" in found else ""


def _unescape(found: re.Match[str]) -> str:
    return " " if found[1] in "nN" else found[1]
