"""The response clocks of a case, derived from what the customer said and what a person answered (domain.md,
ledger).

A *wait* begins with the oldest unanswered message of the customer (rule 1) and ends with the first message
of a person that is delivered after it (rule 7). The first wait runs `response_60s` and `first_response`,
every later one `next_response`. A message that arrives late but was said before the one the wait began with
appends a stricter instance of its own; nothing recorded is moved (rule 5). First-response clocks never
pause; `next_response` stands still while the case is closed (rule 3), because then nobody waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.followup.domain.ids import derived_id
from services.followup.domain.life import closed_spans, resolved_before
from services.followup.domain.record import Answer, FollowUp, Said
from services.followup.domain.words import ClockName, Solved


@dataclass(frozen=True, slots=True)
class ClockInstance:
    """One running or settled clock. `breached` stays true also when it was met later."""

    clock: ClockName
    instance_id: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    contact_id: str  # of the message that met it
    paused_at: datetime | None
    breached: bool

    @property
    def deadline(self) -> datetime | None:
        """When something must happen to it: its due time while it runs, else None."""
        return None if self.met_at or self.paused_at or self.breached else self.due_at

    @property
    def late(self) -> bool:
        """Met, but only after its deadline."""
        return self.met_at is not None and self.met_at > self.due_at

    @property
    def in_time(self) -> bool:
        """Met before the deadline and before a breach was recorded: a breach is final even when the receipt
        of a
        message delivered in time came too late to be known."""
        return self.met_at is not None and not self.late and not self.breached


def needs_no_answer(record: FollowUp, message: Said) -> bool:
    """Whether a customer's word on a resolved case asks for nothing: a plain yes, thanks, or a score."""
    plain = message.solved in (Solved.YES, Solved.UNSPECIFIED)
    return plain and resolved_before(record, message.received_at) is not None


def clocks(record: FollowUp) -> tuple[ClockInstance, ...]:
    """Every clock of the case, in the order they began."""
    found: list[ClockInstance] = []
    for first, message, answer in _waits(record):
        names = (ClockName.RESPONSE_60S, ClockName.FIRST_RESPONSE) if first else (ClockName.NEXT_RESPONSE,)
        found.extend(_instance(record, name, message, answer) for name in names)
    return tuple(found)


def _waits(record: FollowUp) -> Iterator[tuple[bool, Said, Answer | None]]:
    """(of the first wait?, the message a clock starts at, the answer that ends it)."""
    first, oldest, answer = True, None, None
    for message in record.said:
        if message.suppressed or message.spoken or needs_no_answer(record, message):
            continue
        if oldest is not None and (answer is None or message.said_at <= answer.at):
            if message.said_at < oldest:  # a delayed message, older than the one the wait began with
                oldest = message.said_at
                yield first, message, _answer_to(record, message)
            continue
        first = oldest is None
        oldest, answer = message.said_at, _answer_to(record, message)
        yield first, message, answer


def _answer_to(record: FollowUp, message: Said) -> Answer | None:
    # What was delivered before we had the message cannot answer it; on a live call the voice has no such
    # delay.
    since = message.said_at if message.live else max(message.said_at, message.received_at)
    return next((answer for answer in record.answers if answer.at >= since), None)


def _instance(record: FollowUp, name: ClockName, message: Said, answer: Answer | None) -> ClockInstance:
    instance_id = derived_id(record.case_id, name, message.message_id)
    met_at = answer.at if answer else None
    due_at = message.said_at + timedelta(seconds=_target(record, name))
    paused_at = None
    if name is ClockName.NEXT_RESPONSE:
        due_at, paused_at = _stopped(record, message.said_at, due_at, met_at)
    late = met_at is not None and met_at > due_at
    return ClockInstance(
        clock=name,
        instance_id=instance_id,
        started_at=message.said_at,
        due_at=due_at,
        met_at=met_at,
        contact_id=answer.contact_id if answer else "",
        paused_at=paused_at,
        breached=late or instance_id in record.breaches,
    )


def _stopped(
    record: FollowUp, started_at: datetime, due_at: datetime, met_at: datetime | None
) -> tuple[datetime, datetime | None]:
    """Due time moved by the closed stretches since the start (rule 3), and since when it stands still now."""
    for since, until in closed_spans(record):
        if since < started_at or since > due_at or (met_at is not None and since > met_at):
            continue
        if until is None:
            return due_at, since if met_at is None else None
        due_at += until - since
    return due_at, None


def _target(record: FollowUp, name: ClockName) -> float:
    terms = record.terms
    return {
        ClockName.RESPONSE_60S: terms.response_60s_s,
        ClockName.FIRST_RESPONSE: terms.first_response_s,
        ClockName.NEXT_RESPONSE: terms.next_response_s,
    }[name]
