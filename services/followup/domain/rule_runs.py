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
    acceptances,
    accepted,
    dropped,
    earliest,
    first,
    met,
    receipts,
    resolutions,
)
from services.followup.domain.policy import LETTERS, Begins, MetBy, Target, due_at
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
    if target.begins is Begins.RECEIPT:
        yield Run(receipt.message_id, since, since, found, (), no_more)
        return
    for cause, started_at, heard_at, ended in _begun(record, target, calendar, since):
        # What was over before it could begin is not asked for.
        if found is None or found[0] > heard_at:
            over = min((at for at in (no_more, ended) if at is not None), default=None)
            yield Run(cause, started_at, heard_at, found, (), over)


_Beginning = tuple[str, datetime, datetime, datetime | None]
"""The cause, since when time counts, since when the case knows, and when it was undone."""


def _begun(
    record: FollowUp, target: Target, calendar: Calendar | None, since: datetime
) -> Iterator[_Beginning]:
    if target.begins is Begins.RESOLUTION:
        for move, _ in resolutions(record):
            yield f"resolution:{record.case_id}:{move.key}", move.at, move.at, None
    if target.begins is Begins.ACCEPTANCE:
        for word, back in acceptances(record, since):
            if _in_days(target, calendar, since, word):
                yield f"accepted:{record.case_id}:{word[0].isoformat()}", word[0], word[0], back
    if target.begins is Begins.HOLDING_REPLY and (held := _held(record, target, calendar, since)):
        yield f"held:{held[1]}", since, held[0], None


def _ruled(record: FollowUp, target: Target, calendar: Calendar | None, since: datetime) -> Met | None:
    """What meets it; acceptance alone only within the business days that a policy allows for it, and not one
    that the customer took back while there was time."""
    word_will_do = target.accepted_within or target.met_by in (MetBy.ACCEPTANCE, MetBy.LETTER_OR_ACCEPTANCE)
    if target.begins is Begins.ACCEPTANCE or not word_will_do:
        return met(record, target.met_by, since)
    amount = target.of(record.opened.severity if record.opened else None)
    counted = amount is not None and target.begins is Begins.RECEIPT
    until = due_at(target, amount, since, calendar) if counted and amount is not None else None
    word = _in_days(target, calendar, since, accepted(record, since, until))
    letters = LETTERS.get(target.met_by)
    return earliest(first(record, since, letters) if letters else None, word)


def _in_days(target: Target, calendar: Calendar | None, since: datetime, word: Met | None) -> Met | None:
    """The customer's acceptance, where it came by close of the business days that a policy allows for it."""
    if word is None or not target.accepted_within or calendar is None:
        return word
    last = due(hours(calendar), since, target.accepted_within, Unit.BUSINESS_DAYS, Close.BUSINESS)
    return word if word[0] <= last else None


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
