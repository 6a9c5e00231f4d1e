"""Mails of machines about a mail of ours that did not arrive: reports (RFC 3464), and older prose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.intake.adapters.channels.body import Body
from services.intake.adapters.channels.headers import Headers, address_of
from services.intake.domain.records import ReceiptOutcome
from services.intake.domain.threading import is_our_message_id, message_ids

_ACTION = re.compile(
    r"^action:\s*(failed|delivered|relayed|expanded|delayed)\b", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"^status:\s*(\d\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_OUTCOMES = {"failed": ReceiptOutcome.FAILED, "delivered": ReceiptOutcome.DELIVERED}
_READ_LIMIT = 64_000

_HOSTS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mdaemon", "maildelivery"})
# How qmail, Exim, Postfix, Sendmail, Exchange, Domino and the large providers say that it is over.
_OVER = re.compile(
    r"this is a permanent error|permanent fatal errors|could not be delivered|couldn't be delivered|"
    r"unable to deliver (?:your|this) message|delivery (?:has )?failed|delivery to the following recipients? "
    r"(?:has )?failed|did not reach the following recipient|user unknown|unknown user|no such user|"
    r"mailbox (?:is )?(?:unavailable|full|not found)|recipient (?:address )?rejected|undeliverable|"
    r"returned mail|failure notice|konnte nicht zugestellt werden|unzustellbar|"
    r"n'a pas pu être (?:remis|livré)|non (?:remis|distribuable)|"
    r"no se (?:ha podido|pudo) entregar|impossibile recapitare|"
    r"kon niet worden (?:bezorgd|afgeleverd)|nie (?:może|można) (?:zostać|dostarczyć)|"
    r"\b5\d\d[ -]5\.\d{1,3}\.\d{1,3}\b",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"warning: (?:message|could not)|will (?:keep|continue) trying|still being retried|"
    r"has not yet been delivered|(?:message|delivery) (?:is |has been )?delayed|"
    r"no action is required|you do not need to resend",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")


@dataclass(frozen=True, slots=True)
class Bounce:
    """Which mail of ours, what became of it, and the status code (RFC 3463) if one was named."""

    message_id: str
    outcome: ReceiptOutcome
    status: str


def bounce_of(headers: Headers, body: Body, *, null_sender: bool) -> Bounce | None:
    """The bounce that a mail is, None when it is none or is about no mail of ours."""
    if headers.get("content-type").lower().startswith("multipart/report"):
        return _report(headers, body)
    if null_sender or _is_host(headers):
        return _prose(headers, body)
    return None


def _report(headers: Headers, body: Body) -> Bounce | None:
    action = _ACTION.search(body.report)
    outcome = _OUTCOMES.get(action[1].lower()) if action else None
    ours = _ours(body.original_headers) or _ours(_referring(headers))
    if outcome is None or not ours:
        return None
    status = _STATUS.search(body.report)
    return Bounce(ours, outcome, status[1] if status else "")


def _prose(headers: Headers, body: Body) -> Bounce | None:
    """A bounce before RFC 3464: the returned mail stands below the words, or is a file.

    An automatic answer of a person has no sender either: only the words of failing count, and a host that
    still tries is not believed.
    """
    words = body.text[:_READ_LIMIT]
    failing = f"{headers.get('subject')}\n{words}"
    named = bool(headers.get("x-failed-recipients"))
    if _WAITING.search(failing) or not (named or _OVER.search(failing)):
        return None
    ours = _ours(body.original_headers) or _ours(words) or (_ours(_referring(headers)) if named else "")
    if not ours:
        return None
    code = _CODE.search(words)
    if code is not None and code[1].startswith("4") and not named:
        return None
    return Bounce(ours, ReceiptOutcome.FAILED, code[1] if code else "")


def _is_host(headers: Headers) -> bool:
    return address_of(headers.raw.get("from", ""))[1].partition("@")[0] in _HOSTS


def _referring(headers: Headers) -> str:
    return " ".join(headers.raw.get(name, "") for name in ("in-reply-to", "references"))


def _ours(text: str) -> str:
    # The ids of a long text are taken piece by piece: the reader of headers looks at their ends only.
    pieces = (line for line in text.split("\n") if "@" in line)
    return next((one for line in pieces for one in message_ids(line) if is_our_message_id(one)), "")
