"""Whether a customer can be written to at an address: what providers said of it, and when the customer last
wrote from it.

An address that a message could not be delivered to for good, or whose holder wants none of ours, is barred:
nothing is written to it again until somebody confirms it, or the customer writes from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.followup.domain.words import Via

# RFC 3463, 7505: no such mailbox or system, no such syntax, moved, no mail here, disabled, no way to it.
_NO_SUCH_MAILBOX = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1|4\.4)\b")
# A server that gives no such code says the same to RCPT by these.
_REFUSED_RCPT = re.compile(r"smtp_55[013]")
# The words and numbers with which providers say that this address takes nothing of ours, now or later.
_LASTING: dict[Via, frozenset[str]] = {
    # Complaint about spam, by any carrier of mail.
    Via.SMTP: frozenset({"complained"}),
    # Invalid, not reachable by SMS, no mobile, STOP, blocked, unknown, landline.
    Via.TWILIO: frozenset({"21211", "21612", "21614", "21610", "30004", "30005", "30006"}),
    Via.WHATSAPP: frozenset({"131026"}),  # not on WhatsApp
    Via.TELEGRAM: frozenset({"status_403"}),  # the bot was blocked
    Via.VIBER: frozenset({"viber_5", "viber_6"}),  # not registered, not subscribed
}
_WORD = re.compile(r"[\w.]+")

# Reasons of our own for not handing a message over.
ADDRESS_BARRED = "address_barred"
OUTSIDE_THE_WINDOW = "outside_the_window"
# Meta lets us write freely for so long after the customer's last message, less what clocks may differ.
_WINDOW = timedelta(hours=24) - timedelta(minutes=1)
# For so long a person may still answer on Messenger and Instagram (tag HUMAN_AGENT).
_AGENT_WINDOW = timedelta(days=7) - timedelta(minutes=1)


class Window(StrEnum):
    """How a message may be sent by the provider's rules of time."""

    OPEN = "open"
    TEMPLATE = "template"  # only as a template that the provider has approved
    AGENT = "agent"  # only by a person, and marked so
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of one address."""

    wrote_at: datetime | None = None  # the customer's last message from it
    barred_at: datetime | None = None
    error_class: str = ""
    confirmed_at: datetime | None = None  # somebody said that it is right all the same

    @property
    def barred(self) -> bool:
        """Whether nothing is to be written to it."""
        if self.barred_at is None:
            return False
        return all(at is None or at <= self.barred_at for at in (self.wrote_at, self.confirmed_at))


def place(via: Via, account: str, address: str) -> tuple[str, str]:
    """The address as it is known, and the account of ours where an address means something to it alone."""
    if via in (Via.SMTP, Via.TWILIO):
        return "", address.casefold()
    return account, address


def lasting(via: Via, error_class: str, reason: str) -> bool:
    """Whether a failure says that nothing will arrive at that address, and not just this message."""
    if via is Via.SMTP and _NO_SUCH_MAILBOX.search(reason):
        return True
    if via is Via.SMTP and error_class == "bounced" and _REFUSED_RCPT.fullmatch(reason):
        return True
    words = _WORD.findall(reason)
    said = {*words, *(word.removeprefix("code_") for word in words)}
    return not said.isdisjoint(_LASTING.get(via, frozenset()))


def window(via: Via, wrote_at: datetime | None, now: datetime, *, human: bool) -> Window:
    """How a message may be sent to a customer who last wrote at `wrote_at`; where that is unknown, the
    provider says so itself.
    """
    if via not in (Via.WHATSAPP, Via.MESSENGER, Via.INSTAGRAM) or wrote_at is None:
        return Window.OPEN
    silent = now - wrote_at
    if silent < _WINDOW:
        return Window.OPEN
    if via is Via.WHATSAPP:
        return Window.TEMPLATE
    return Window.AGENT if human and silent < _AGENT_WINDOW else Window.CLOSED
