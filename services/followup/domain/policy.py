"""What a policy asks of a clock: how long, by whose hours, what meets it, when to warn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.followup.domain.calendar_days import Close, Unit, due
from services.followup.domain.calendars import ALWAYS, Calendar, Hours, hours
from services.followup.domain.words import ReplyKind

REGULATOR = "regulator:"
"""What the names of regulators' clocks begin with: regulator:<policy>:<what>."""
INHERITED = "inherited"
"""The clock of what an earlier system had promised for a complaint taken over: no policy asks for it."""
ANY = ""
"""The severity of an amount that is the same for all."""

_WALL = Calendar("wall", "UTC", ALWAYS)


class MetBy(StrEnum):
    """What meets a clock. Only a person's message that was delivered, or the customer's own word (rule 7)."""

    ANSWER = "answer"  # any words of a person
    WRITTEN = "written"  # the same, but not by voice
    PROPOSAL = "proposal"  # a solution put to the customer, or the resolution itself
    RESOLUTION = "resolution"  # said to be fixed, and no word of the customer left unanswered
    ACKNOWLEDGEMENT = "acknowledgement"  # the letter that names whom to turn to, or the final response
    FINAL_RESPONSE = "final_response"  # the regulated letter
    HOLDING_OR_FINAL_RESPONSE = "holding_or_final_response"  # or the one that says why not yet, and by when
    DELAY_NOTICE_OR_FINAL_RESPONSE = "delay_notice_or_final_response"  # why not in time, and one's rights
    SUMMARY = "summary_resolution"  # the short letter after an acceptance, or the final response
    ACCEPTANCE = "acceptance"  # the customer said that it is good
    LETTER_OR_ACCEPTANCE = "letter_or_acceptance"
    UPDATE = "update"  # the next words of a person, again and again


class Begins(StrEnum):
    """What a regulator's clock begins with."""

    RECEIPT = "receipt"
    RESOLUTION = "resolution"
    ACCEPTANCE = "acceptance"  # in the business days of `accepted_within`
    HOLDING_REPLY = "holding_reply"  # delivered in those of `held_within`; counted from receipt


LETTERS: Mapping[MetBy, tuple[ReplyKind, ...]] = {
    MetBy.ACKNOWLEDGEMENT: (ReplyKind.ACKNOWLEDGEMENT, ReplyKind.FINAL_RESPONSE),
    MetBy.FINAL_RESPONSE: (ReplyKind.FINAL_RESPONSE,),
    MetBy.HOLDING_OR_FINAL_RESPONSE: (ReplyKind.HOLDING_REPLY, ReplyKind.FINAL_RESPONSE),
    MetBy.DELAY_NOTICE_OR_FINAL_RESPONSE: (ReplyKind.DELAY_NOTICE, ReplyKind.FINAL_RESPONSE),
    MetBy.SUMMARY: (ReplyKind.SUMMARY_RESOLUTION, ReplyKind.FINAL_RESPONSE),
    MetBy.LETTER_OR_ACCEPTANCE: (ReplyKind.FINAL_RESPONSE,),
}
"""The letters of which any, delivered, meets such a clock."""


@dataclass(frozen=True, slots=True)
class Target:
    """One clock of a policy. `amount` is by severity, or the same for ANY."""

    clock: str
    amount: Mapping[str, float]
    met_by: MetBy = MetBy.ANSWER
    unit: Unit = Unit.SECONDS
    close: Close = Close.SAME_TIME
    calendar: str = ""  # empty: the wall
    warn_percent: tuple[int, ...] = ()
    warn_before_s: tuple[float, ...] = ()
    begins: Begins = Begins.RECEIPT
    accepted_within: int = 0  # business days in which acceptance is enough without a letter; 0: always
    held_within: int = 0  # business days in which the holding reply it begins with must have arrived

    def of(self, severity: str | None) -> float | None:
        """The amount for a severity; None while one is needed and not known."""
        found = self.amount.get(ANY)
        return found if found is not None or severity is None else self.amount.get(severity)


@dataclass(frozen=True, slots=True)
class Ombudsman:
    """Whom a customer can turn to who is not content with a final response; `site` is their web address."""

    name: str
    site: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Targets under one name and version, with the calendars that they name."""

    policy_id: str
    targets: tuple[Target, ...]
    calendars: tuple[Calendar, ...] = ()
    ombudsman: Ombudsman | None = None

    def calendar(self, target: Target) -> Calendar | None:
        """The calendar a target counts by; None for the wall. Raises KeyError for one that is not there."""
        return {one.calendar_id: one for one in self.calendars}[target.calendar] if target.calendar else None


def due_at(target: Target, amount: float, since: datetime, calendar: Calendar | None) -> datetime:
    """When `amount` of the target has passed since then. Raises NeverOpen."""
    if target.unit is Unit.SECONDS:
        length = timedelta(seconds=amount)
        return since + length if calendar is None else hours(calendar).after(since, length)
    return due(hours(calendar or _WALL), since, int(amount), target.unit, target.close)


def pushed(at: datetime, since: datetime, until: datetime, calendar: Calendar | None) -> datetime:
    """`at`, later by what the calendar was open from `since` to `until` (rule 3)."""
    if calendar is None:
        return at + (until - since)
    office: Hours = hours(calendar)
    return office.after(at, office.between(since, until))


def warnings(target: Target, since: datetime, end: datetime, calendar: Calendar | None) -> tuple[Warn, ...]:
    """The moments to warn at before `end`, the due time of a clock that began at `since`; each only once."""
    found = [Warn(f"{percent}%", _part(since, end, percent, calendar)) for percent in target.warn_percent]
    found += [Warn(f"-{seconds:g}s", end - timedelta(seconds=seconds)) for seconds in target.warn_before_s]
    return tuple(sorted((one for one in found if since < one.at < end), key=lambda one: (one.at, one.what)))


@dataclass(frozen=True, slots=True)
class Warn:
    """A moment to warn at: `what` is "80%" of the time, or "-3600s" before the due time."""

    what: str
    at: datetime


def _part(since: datetime, end: datetime, percent: int, calendar: Calendar | None) -> datetime:
    if calendar is None:
        return since + (end - since) * percent / 100
    office = hours(calendar)
    return office.after(since, office.between(since, end) * percent / 100)
