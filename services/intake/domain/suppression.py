"""Which mail must not be answered automatically and begins no case (RFC 3834; conventions 1.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
# What vacation programs and ticket systems set beside, before or instead of Auto-Submitted.
_AUTOREPLY = (
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
    "x-fc-machinegenerated",
)
_NO = frozenset({"", "no", "none", "false", "0"})
# A subject proves nothing by itself: people write about vacations too.
_AWAY = re.compile(
    r"^(?:(?:auto(?:matic|mated)?|automatische?|automatisk[at]?)[ -]?"
    r"(?:reply|response|antwort|antwoord|svar|odpověď)|"
    r"auto ?reply|autosvar|abwesenheit\w*|out of (?:the )?office|ooo\b|on vacation|away from|"
    r"réponse automatique|absence du bureau|absent du bureau|respuesta automática|fuera de la oficina|"
    r"risposta automatica|fuori ufficio|afwezig\w*|niet op kantoor|resposta automática|fora do escritório|"
    r"automatyczna odpowiedź|odpowiedź automatyczna|poza biurem|automatická odpověď|mimo kancelář|"
    r"frånvaro\w*|fravær\w*|ikke til stede|poissa\w*|автоответ|автоматический ответ|"
    r"自動返信|自動応答|自动回复|自动答复|自動回覆|자동 ?회신|부재중)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:^|[<\s\"])(?:no-?reply|do-?not-?reply|mailer-daemon|auto-?reply|autoresponder)@", re.IGNORECASE
)
_HOST = re.compile(r"(?:^|[<\s\"])(?:mailer-daemon|mail-daemon)@", re.IGNORECASE)


def suppressed_reason(
    headers: Mapping[str, str], *, null_sender: bool, own_mail: bool, own_list: str = ""
) -> str:
    """Why a mail is nobody's complaint, or "" for a human's.

    `headers` are decoded, by lower-case name; `null_sender` is an envelope sender of `<>`; `own_mail` is
    one that we sent ourselves and that came back. `own_list` is the List-Id of the group that our address
    is: that group's marks are on all its mail and say nothing.
    """
    auto = headers.get("auto-submitted", "").partition(";")[0].strip().lower()
    report = headers.get("content-type", "").lower().lstrip().startswith("multipart/report")
    grouped = bool(own_list) and _list_id(headers) == own_list.lower()
    precedence = headers.get("precedence", "").strip().lower()
    reasons = (
        ("own_mail", own_mail),
        ("delivery_report", report or bool(_HOST.search(headers.get("from", "")))),
        ("null_sender", null_sender or headers.get("return-path", "").replace(" ", "") == "<>"),
        ("auto_submitted", auto not in ("", "no")),
        ("auto_reply", any(_set(headers, name) for name in _AUTOREPLY) or _is_away(headers)),
        ("bulk", precedence in _BULK and not (grouped and precedence == "list")),
        ("mailing_list", not grouped and (_set(headers, "list-id") or _set(headers, "list-unsubscribe"))),
        ("auto_response_suppress", _set(headers, "x-auto-response-suppress")),
    )
    return next((name for name, holds in reasons if holds), "")


def _set(headers: Mapping[str, str], name: str) -> bool:
    return headers.get(name, "").strip().lower() not in _NO


def _list_id(headers: Mapping[str, str]) -> str:
    """The id alone: the last thing in angle brackets, else the whole value (RFC 2919)."""
    value = headers.get("list-id", "").strip().lower()
    _, bracket, behind = value.rpartition("<")
    return behind.partition(">")[0].strip() if bracket else value


def _is_away(headers: Mapping[str, str]) -> bool:
    """The subject of an absence, and another sign: it answers a mail, or nobody reads its sender."""
    if not _AWAY.match(headers.get("subject", "").strip()):
        return False
    answers = _set(headers, "in-reply-to") or _set(headers, "references")
    return answers or bool(_NOBODY.search(headers.get("from", "")))
