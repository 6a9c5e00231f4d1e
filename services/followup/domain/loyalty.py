"""Who became a champion, by evidence (P3; domain.md, champions). Satisfaction alone is not enough.

A case makes one when its customer confirmed the closing, advocated for us afterwards, and complained of
nothing more until the window after the closing was over; at most one per customer and window. So it is
decided at the end of the window, and never taken back. Advocacy is an answer of 9 or 10 of somebody who had
answered 6 or less before, or nothing; or a referral, renewal or repeat purchase that a CRM puts on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.followup.domain.life import heard
from services.followup.domain.record import FollowUp, Move
from services.followup.domain.words import Channel, Severity

ADVOCATE, CRITIC = 9, 6
"""The least that an advocate answers, and the most that somebody won over had answered before."""


class Deed(StrEnum):
    """What a customer did for us, beside an answer."""

    REFERRAL = "referral"
    RENEWAL = "renewal"
    REPEAT_PURCHASE = "repeat_purchase"


@dataclass(frozen=True, slots=True)
class Advocacy:
    """A deed that a CRM has on record; `reference` is its own name for it."""

    deed: Deed
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """What one case says about its customer's loyalty; `confirmed_at` is None while it is not closed by the
    customer's own word. Scores are 0 to 10, -1 when not said."""

    case_id: str
    customer_id: str
    severity: Severity
    complained_at: datetime
    channel: Channel = Channel.UNSPECIFIED  # that the complaint came by
    confirmed_at: datetime | None = None
    before: int = -1  # the last score from before it was resolved
    recommend: int = -1  # the last since
    recommended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Champion:
    """A customer who became one, and by what."""

    case_id: str
    customer_id: str
    severity: Severity
    evidence: str
    at: datetime  # the end of the window


def story(record: FollowUp) -> Story | None:
    """The story of a case as far as it is known; None before the complaint is."""
    complaint, words = record.complaint, heard(record)
    if complaint is None or not complaint.customer_id or not words:
        return None
    resolved_at, confirmed_at = _confirmed(record.moves)
    scored = [one for one in words if one.recommend >= 0]
    before = [one for one in scored if resolved_at is None or one.received_at < resolved_at]
    since = scored[len(before) :]
    return Story(
        case_id=record.case_id,
        customer_id=complaint.customer_id,
        severity=record.opened.severity if record.opened else Severity.NORMAL,
        complained_at=words[0].received_at,
        channel=complaint.channel,
        confirmed_at=confirmed_at,
        before=before[-1].recommend if before else -1,
        recommend=since[-1].recommend if since else -1,
        recommended_at=since[-1].received_at if since else None,
    )


def _confirmed(moves: Sequence[Move]) -> tuple[datetime | None, datetime | None]:
    """The last resolution, and the closing by the customer's word where the case ended with one."""
    resolved = [move.at for move in moves if move.kind == "resolved"]
    last = moves[-1] if moves else None
    closed = last is not None and last.kind == "closed" and last.confirmed and not last.merged_into
    return (resolved[-1] if resolved else None), (last.at if last is not None and closed else None)


def decided_at(of: Story, deeds: Iterable[Advocacy], window: timedelta) -> datetime | None:
    """When it is decided whether this case made a champion; None while nothing speaks for it."""
    if of.confirmed_at is None or not _evidence(of, deeds, window):
        return None
    return of.confirmed_at + window


def champion(
    of: Story,
    others: Iterable[Story],
    deeds: Iterable[Advocacy],
    before: Iterable[datetime],
    window: timedelta,
) -> Champion | None:
    """Whether `of` made a champion, at the end of its window. `others` are the customer's further cases,
    `before` the times at which the customer became one already."""
    evidence = _evidence(of, deeds, window)
    if of.confirmed_at is None or not evidence:
        return None
    end = of.confirmed_at + window
    complained = any(of.confirmed_at < other.complained_at <= end for other in others)
    counted = any(end - window < at < end + window for at in before)
    if complained or counted:
        return None
    return Champion(of.case_id, of.customer_id, of.severity, evidence, end)


def _evidence(of: Story, deeds: Iterable[Advocacy], window: timedelta) -> str:
    """What shows it, in words; empty when nothing does."""
    if of.confirmed_at is None:
        return ""
    end = of.confirmed_at + window
    won_over = of.before <= CRITIC
    if of.recommend >= ADVOCATE and won_over and of.recommended_at and of.recommended_at <= end:
        earlier = f"after {of.before}" if of.before >= 0 else "no answer before"
        return f"recommends {of.recommend} of 10, {earlier}"
    done = sorted((one.at, one.deed, one.reference) for one in deeds if of.confirmed_at < one.at <= end)
    return f"{done[0][1]} {done[0][2]}" if done else ""
