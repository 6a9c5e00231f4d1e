"""A message on its way out, and what handing it to a provider came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.followup.domain.reach import Window
from services.followup.domain.words import Channel, ReplyKind, Via

ACKNOWLEDGEMENT = "acknowledgement"
REPLY = "reply"

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 300.0
# So long after it could go first nobody is helped by the message any more; it fails as "expired".
WORTH_SENDING = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Contact:
    """One outgoing message. `human` is a person's words; only those meet clocks and keep promises (rule
    7).
    """

    contact_id: str
    tenant_id: str
    case_id: str
    kind: str  # ACKNOWLEDGEMENT or REPLY
    human: bool
    channel: Channel
    via: Via
    account: str  # our number, page or address it leaves from
    party_value: str
    party_name: str
    subject: str
    text: str
    in_reply_to: str  # the provider's id of the message being answered
    thread_key: str
    author: str  # the person it comes from
    queued_at: datetime
    reply_id: str = ""
    reply_kind: ReplyKind = ReplyKind.UNSPECIFIED
    promise_id: str = ""
    hand_off_id: str = ""
    traceparent: str = ""
    attempt: int = 0
    uncertain: bool = False  # an earlier attempt may have reached the provider
    parts_out: int = 0  # parts of a long message that the provider has already
    window: Window = Window.OPEN  # how the provider's rules of time let it out
    held_until: datetime | None = None  # when the quiet hours ended that it waited for
    maybe_twice: bool = False  # it, or a part of it, was handed over again and the channel cannot be asked


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The provider has it (t5). `final` where the channel gives no receipt: hand-over counts as delivery
    (rule 7).
    """

    provider_message_id: str
    at: datetime
    final: bool = False


@dataclass(frozen=True, slots=True)
class PartOut:
    """The provider has the next part of a long message, and there are more."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it; `error_class` is "bounced", "blocked", "expired" or "rejected"."""

    error_class: str
    reason: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The provider could not take it now, and has not."""

    reason: str
    after_s: float | None = None  # when the provider said how long


@dataclass(frozen=True, slots=True)
class Throttled(TryAgain):
    """The provider takes no more from this account now: its other messages wait, too."""


@dataclass(frozen=True, slots=True)
class Unseen(TryAgain):
    """Nobody saw an answer: the provider may have it or not."""


class Repeat(StrEnum):
    """What it comes to at a provider to hand a message over again after an attempt that nobody saw the end
    of."""

    HARMLESS = "harmless"  # the provider knows it by our key and takes it once
    FOUND = "found"  # the provider is asked first, and what it has is not said again
    POSSIBLE = "possible"  # the customer may get it twice: better than never, and each is counted


Outcome = HandedOver | PartOut | Refused | TryAgain


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says became of a message: outcome "delivered" or "failed"; `at` is t6."""

    via: str
    provider_message_id: str
    outcome: str
    reason: str
    at: datetime


def retry_at(contact: Contact, outcome: TryAgain, now: datetime, jitter: float) -> datetime | None:
    """When to try again: what the provider asks, else 1 s doubling to 300 s, spread by `jitter` (0..1).

    None when that would be too late to be worth sending.
    """
    doubled = FIRST_RETRY_S * 2.0 ** min(max(contact.attempt - 1, 0), 16)
    wait = min(doubled, LONGEST_RETRY_S) * (1 + jitter / 2)
    when = now + timedelta(seconds=max(wait, outcome.after_s or 0.0))
    since = max(contact.queued_at, contact.held_until or contact.queued_at)
    return when if when < since + WORTH_SENDING else None


def delivered_at(sent_at: datetime, receipt: Receipt) -> datetime:
    """t6, never before t5: providers that report in whole seconds would otherwise deliver before sending."""
    return max(sent_at, receipt.at)
