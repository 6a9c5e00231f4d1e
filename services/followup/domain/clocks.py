"""The response clocks of a case, derived from what the customer said and what a person answered (domain.md,
ledger).

A *wait* begins with the oldest unanswered message of the customer (rule 1) and ends with the first message
of a person that is delivered after it (rule 7). The first wait runs `response_60s` and `first_response`,
every later one `next_response`. A message that arrives late but was said before the one the wait began with
appends a stricter instance of its own; nothing recorded is moved (rule 5). First-response clocks never
pause; `next_response` stands still while the case is closed (rule 3), because then nobody waits.

A merge moves what runs to the survivor with its start and its due time (rule 9), and stops it here; undoing
the merge gives back what still runs then. So every wait is judged once, where it was when it was settled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.followup.domain.ids import derived_id
from services.followup.domain.life import Merged, closed_spans, concerning, merged_spans, resolved_before
from services.followup.domain.record import Absorbed, Answer, Carried, FollowUp, Said
from services.followup.domain.words import ClockName, Solved

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    message_id: str = ""  # the customer's, that began it
    heard_at: datetime = _NEVER  # when this case had that message

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

    @property
    def settled_at(self) -> datetime:
        """When it is over one way or the other: met, or its due time."""
        return min(self.met_at or self.due_at, self.due_at)


def needs_no_answer(record: FollowUp, message: Said) -> bool:
    """Whether a customer's word on a resolved case asks for nothing: a plain yes, thanks, or a score."""
    plain = message.solved in (Solved.YES, Solved.UNSPECIFIED)
    return plain and resolved_before(record, message.received_at) is not None


def clocks(record: FollowUp) -> tuple[ClockInstance, ...]:
    """Every clock of the case, in the order they began, then those that merged cases brought along. What
    went on to a survivor stands still here."""
    return tuple(_stopped_by_merge(record, clock) for clock in unmerged_clocks(record))


def unmerged_clocks(record: FollowUp) -> tuple[ClockInstance, ...]:
    """The same as if this case had never been merged into another."""
    brought = [_brought(record, came, one) for came in record.absorbed for one in came.clocks]
    found: list[ClockInstance] = []
    for first, message, answer in _waits(record, brought):
        names = (ClockName.RESPONSE_60S, ClockName.FIRST_RESPONSE) if first else (ClockName.NEXT_RESPONSE,)
        found.extend(_instance(record, name, message, answer) for name in names)
    return (*found, *brought)


def moves_on(record: FollowUp, clock: ClockInstance, span: Merged) -> bool:
    """Whether a clock was running when the case was merged: heard of, not over, and not recorded here as
    breached (rule 5)."""
    known = clock.heard_at <= span.since and clock.settled_at > span.since
    return known and clock.instance_id not in record.breaches


def _stopped_by_merge(record: FollowUp, clock: ClockInstance) -> ClockInstance:
    for span in merged_spans(record):
        back = span.until is not None and clock.settled_at >= span.until
        if moves_on(record, clock, span) and not back:
            return _paused(record, clock, span.since)
    return clock


def _paused(record: FollowUp, clock: ClockInstance, at: datetime) -> ClockInstance:
    breached = clock.instance_id in record.breaches
    return replace(clock, met_at=None, contact_id="", paused_at=at, breached=breached)


def _brought(record: FollowUp, came: Absorbed, one: Carried) -> ClockInstance:
    """Met by the first person's message that is delivered here after the merge, or there by one under way."""
    here = next((answer for answer in record.answers if answer.at >= came.at), None)
    met = [(one.met_at, one.contact_id)] if one.met_at else []
    met += [(here.at, here.contact_id)] if here else []
    met_at, contact_id = min(met, default=(None, ""))
    due_at, paused_at = one.due_at, None
    if one.clock is ClockName.NEXT_RESPONSE:
        due_at, paused_at = _stopped(record, came.at, due_at, met_at)
    instance_id = derived_id(record.case_id, one.clock, one.message_id)
    clock = ClockInstance(
        clock=one.clock,
        instance_id=instance_id,
        started_at=one.started_at,
        due_at=due_at,
        met_at=met_at,
        contact_id=contact_id,
        paused_at=paused_at,
        breached=(met_at is not None and met_at > due_at) or instance_id in record.breaches,
        message_id=one.message_id,
        heard_at=came.at,
    )
    gone = came.until is not None and clock.settled_at >= came.until
    return _paused(record, clock, came.until) if gone and came.until else clock


def _waits(record: FollowUp, brought: Sequence[ClockInstance]) -> Iterator[tuple[bool, Said, Answer | None]]:
    """(of the first wait?, the message a clock starts at, the answer that ends it)."""
    first, oldest, answer = True, None, None
    for message in concerning(record):
        if message.suppressed or message.spoken or needs_no_answer(record, message):
            continue
        if any(_goes_on(clock, message) for clock in brought):
            continue
        if oldest is not None and (answer is None or message.said_at <= answer.at):
            if message.said_at < oldest:  # a delayed message, older than the one the wait began with
                oldest = message.said_at
                yield first, message, _answer_to(record, message)
            continue
        first = oldest is None
        oldest, answer = message.said_at, _answer_to(record, message)
        yield first, message, answer


def _goes_on(brought: ClockInstance, message: Said) -> bool:
    """Whether the message belongs to a wait that began in a merged case (rule 1)."""
    unanswered = brought.met_at is None or message.said_at <= brought.met_at
    return unanswered and brought.paused_at is None and brought.heard_at < message.received_at


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
        message_id=message.message_id,
        heard_at=message.received_at,
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
