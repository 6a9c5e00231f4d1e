"""Which mail must not be answered automatically and begins no case (RFC 3834; conventions 1.6)."""

from __future__ import annotations

from collections.abc import Mapping

_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})


def suppressed_reason(headers: Mapping[str, str], *, null_sender: bool, own_mail: bool) -> str:
    """Why a mail is nobody's complaint, or "" for a human's.

    `headers` are decoded, by lower-case name; `null_sender` is an envelope sender of `<>`; `own_mail` is
    one that we sent ourselves and that came back.
    """
    auto = headers.get("auto-submitted", "").partition(";")[0].strip().lower()
    reasons = (
        ("own_mail", own_mail),
        ("delivery_report", headers.get("content-type", "").lower().lstrip().startswith("multipart/report")),
        ("null_sender", null_sender or headers.get("return-path", "").replace(" ", "") == "<>"),
        ("auto_submitted", auto not in ("", "no")),
        ("bulk", headers.get("precedence", "").strip().lower() in _BULK),
        ("auto_response_suppress", bool(headers.get("x-auto-response-suppress", "").strip())),
    )
    return next((name for name, holds in reasons if holds), "")
