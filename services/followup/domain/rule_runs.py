"""What runs on a case because a regulator's policy says so (clock_runs has the service's own): from receipt,
from a resolution, from an early acceptance or from a holding reply, until the letter or the word that the
policy names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.followup.domain.calendar_days import Close, Unit, due
from services.followup.domain.calendars import Calendar, hours
from services.followup.domain.clock_runs import (
    Met,
    Run,
    accepted,
    dropped,
    earliest,
    first,
    met,
    receipts,
    resolutions,
)
from services.followup.domain.policy import LETTERS, Begins, MetBy, Target
from services.followup.domain.record import FollowUp, Said
from services.followup.domain.words import ReplyKind


def rule_runs(record: FollowUp, target: Target, calendar: Calendar | None) -> Iterator[Run]:
    """The runs of one regulator's clock."""
    for receipt in list(receipts(record))[:1]:
        yield from _since_receipt(record, target, calendar, receipt)


def _since_receipt(
    record: FollowUp, target: Target, calendar: Calendar | None, receipt: Said
) -> Iterator[Run]:
    """From receipt, not from when the customer wrote: a firm answers for what it has."""
    since, no_more = receipt.received_at, dropped(record)
    if target.met_by is MetBy.UPDATE:
        yield from _updates(record, receipt)
        return
    found = _ruled(record, target, calendar, since)
    begun: list[tuple[str, datetime, datetime]] = []
    match target.begins:
        case Begins.RECEIPT:
            begun = [(receipt.message_id, since, since)]
        case Begins.RESOLUTION:
            moves = [move for move, _ in resolutions(record)]
            begun = [(f"resolution:{record.case_id}:{move.key}", move.at, move.at) for move in moves]
        case Begins.ACCEPTANCE:
            early = _early(record, target, calendar, since)
            begun = [(f"accepted:{record.case_id}", early[0], early[0])] if early else []
        case Begins.HOLDING_REPLY:
            held = _held(record, target, calendar, since)
            begun = [(f"held:{held[1]}", since, held[0])] if held else []
    for cause, started_at, heard_at in begun:
        # What was over before it could begin is not asked for.
        if target.begins is Begins.RECEIPT or found is None or found[0] > heard_at:
            yield Run(cause, started_at, heard_at, found, (), no_more)


def _ruled(record: FollowUp, target: Target, calendar: Calendar | None, since: datetime) -> Met | None:
    """What meets it; acceptance alone only within the business days that a policy allows for it."""
    if not target.accepted_within or target.begins is Begins.ACCEPTANCE:
        return met(record, target.met_by, since)
    return earliest(first(record, since, LETTERS[target.met_by]), _early(record, target, calendar, since))


def _early(record: FollowUp, target: Target, calendar: Calendar | None, since: datetime) -> Met | None:
    """The customer's acceptance, where it came by close of the business days that a policy allows for it."""
    found = accepted(record, since)
    if found is None or calendar is None:
        return None
    last = due(hours(calendar), since, target.accepted_within, Unit.BUSINESS_DAYS, Close.BUSINESS)
    return found if found[0] <= last else None


def _held(record: FollowUp, target: Target, calendar: Calendar | None, since: datetime) -> Met | None:
    """The holding reply, where it was delivered by the end of the business days that a policy allows."""
    found = first(record, since, (ReplyKind.HOLDING_REPLY,))
    if found is None or calendar is None:
        return None
    last = due(hours(calendar), since, target.held_within, Unit.BUSINESS_DAYS, Close.DAY)
    return found if found[0] <= last else None


def _updates(record: FollowUp, receipt: Said) -> Iterator[Run]:
    """From receipt and from each word of a person to the next one, until the complaint is answered."""
    since = receipt.received_at
    words = [(one.at, one.contact_id) for one in record.answers if not one.spoken and one.at >= since]
    over = met(record, MetBy.LETTER_OR_ACCEPTANCE, since)
    ends = [at for at in (over[0] if over else None, dropped(record)) if at is not None]
    ended = min(ends, default=None)
    for begun, cause in [(since, receipt.message_id), *words]:
        if ended is not None and begun >= ended:
            return
        found = next((one for one in words if one[0] > begun), None)
        kept = found is not None and (ended is None or found[0] <= ended)
        yield Run(f"update:{cause}", begun, begun, found if kept else None, (), None if kept else ended)
