"""What of a reply is new: everything above the quoted history. For display only; the full text is always
kept.

One pass over the lines. The regular expressions of the usual library take thirty seconds for 20 kB of empty
lines, and anybody may send those.
"""

from __future__ import annotations

import re

_READ_LIMIT = 100_000
# "On Monday, Ada wrote:", "Am ... schrieb ...:", "Le ... a écrit :", "El ... escribió:", ...
_VERBS = (
    "wrote|writes|schrieb|geschrieben|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napsal|napisał|"
    "kirjoitti"
)
_WROTE = re.compile(rf"({_VERBS})[^\n]{{0,80}}:\s*$", re.IGNORECASE)
_DIVIDERS = (
    "original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|"
    "message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht"
)
_SEPARATOR = re.compile(rf"^(-{{2,}}\s*({_DIVIDERS})\s*-{{2,}}|_{{10,}})\s*$", re.IGNORECASE)
_FROM = re.compile(r"^\*?(from|von|de|da|van|från|fra|od)\*?\s?:\s", re.IGNORECASE)
_DATES = "sent|date|gesendet|datum|envoyé|enviado|inviato|verzonden|skickat|sendt|data"
_SENT = re.compile(rf"^\*?({_DATES})\*?\s?:\s", re.IGNORECASE)
_PHONES = r"sent from my .{1,40}|von meinem .{1,40} gesendet|envoyé de mon .{1,40}"
_SIGNATURE = re.compile(rf"^(--\s?|{_PHONES})$", re.IGNORECASE)


def newest_words(text: str) -> str:
    """The reply without the history below it and without a marked signature; the whole text when nothing is
    left.
    """
    lines = text[:_READ_LIMIT].split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        bare = line.strip()[:300]
        if _begins_history(bare, lines, number) or _SIGNATURE.match(bare):
            break
        if not bare.startswith(">"):
            kept.append(line)
    stripped = "\n".join(kept).strip()
    return stripped or text


def _begins_history(line: str, lines: list[str], number: int) -> bool:
    if _SEPARATOR.match(line) or _WROTE.search(line):
        return True
    following = [after.strip()[:300] for after in lines[number + 1 : number + 4]]
    if line.lower().startswith(("on ", "am ", "le ", "el ", "il ", "op ", "em ", "den ")) and following:
        # The line that says who wrote is often folded.
        return bool(_WROTE.search(f"{line} {following[0]}"))
    return bool(_FROM.match(line)) and any(_SENT.match(after) for after in following)
