"""The letters that the policies of a case demand, and what became of them: a letter is evidence only once it
was delivered (domain.md, ledger, rule 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import clocks
from services.followup.domain.policy import ANY, LETTERS, REGULATOR, Begins, Ombudsman, due_at
from services.followup.domain.record import Answer, FollowUp
from services.followup.domain.words import ReplyKind


@dataclass(frozen=True, slots=True)
class Demand:
    """What a regulator's clock waits for: any of `kinds`. `delivered` is the letter that met it, None also
    where the customer's own word did."""

    clock: ClockInstance
    kinds: tuple[ReplyKind, ...]
    delivered: Answer | None


@dataclass(frozen=True, slots=True)
class Known:
    """What goes into a letter, as far as the case knows it; `answer_by` is the last day for the final
    response after a holding reply."""

    first_name: str
    owner: str
    contact: str
    subject: str
    received: date | None
    answer_by: date | None
    ombudsman: Ombudsman | None


def demands(record: FollowUp) -> tuple[Demand, ...]:
    """Every letter that a regulator's clock of this case waits for or was met by, in the clocks' order."""
    answers = {one.contact_id: one for one in record.answers}
    return tuple(
        Demand(clock, LETTERS[clock.met_by], answers.get(clock.contact_id))
        for clock in clocks(record)
        if clock.clock.startswith(REGULATOR) and clock.met_by in LETTERS
    )


def known(record: FollowUp) -> Known:
    """What the case knows for a letter. Where several policies rule it, the first that says so counts, and of
    two last days the earlier."""
    owner = record.owners[-1] if record.owners else None
    received = min((one.received_at for one in record.said if not one.suppressed), default=None)
    named = [one.policy.ombudsman for one in record.policies if one.policy.ombudsman]
    return Known(
        first_name=record.complaint.first_name if record.complaint else "",
        owner=owner.name if owner else "",
        contact=owner.contact if owner else "",
        subject=record.complaint.subject if record.complaint else "",
        received=received.date() if received else None,
        answer_by=min(_last_days(record, received), default=None) if received else None,
        ombudsman=named[0] if named else None,
    )


def _last_days(record: FollowUp, received: datetime) -> list[date]:
    """A deadline at the end of a day is the midnight after it."""
    found = []
    for one in record.policies:
        for target in one.policy.targets:
            calendar = one.policy.calendar(target)
            if target.begins is Begins.HOLDING_REPLY and calendar is not None:
                end = due_at(target, target.amount[ANY], received, calendar) - timedelta(microseconds=1)
                found.append(end.astimezone(ZoneInfo(calendar.zone)).date())
    return found
