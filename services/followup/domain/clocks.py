"""The clock ledger of a case, derived from what the customer said, what a person answered and what policies
ask (domain.md, ledger).

A *wait* begins with the oldest unanswered message of the customer (rule 1) and ends with the first message
of a person that is delivered after it (rule 7); what else runs is in clock_runs, and for regulators in
rule_runs. Every policy that rules the case has its own instance of each clock it names. A further policy adds
instances and takes none away; so does a severity that asks for more, and a message that arrives late but was
said before the one a wait began with: nothing recorded is moved (rule 5).

A merge moves what runs to the survivor with its start and its due time (rule 9), and stops it here; undoing
the merge gives back what still runs then. So every wait is judged once, where it was when it was settled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.followup.domain.calendars import Calendar
from services.followup.domain.clock_instance import ClockInstance, held
from services.followup.domain.clock_runs import Run, met, needs_no_answer, runs, waits
from services.followup.domain.ids import derived_id
from services.followup.domain.life import Merged, closed_spans, merged_spans
from services.followup.domain.policy import REGULATOR, MetBy, Policy, Target, Warn, due_at, warnings
from services.followup.domain.record import Absorbed, Carried, FollowUp
from services.followup.domain.rule_runs import rule_runs
from services.followup.domain.words import ClockName

__all__ = ["ClockInstance", "clocks", "moves_on", "needs_no_answer", "unmerged_clocks"]

_FIRST = (ClockName.RESPONSE_60S, ClockName.FIRST_RESPONSE)
_RESPONSES = (*_FIRST, ClockName.NEXT_RESPONSE)

_Ruling = Sequence[tuple[datetime | None, Policy]]


def clocks(record: FollowUp) -> tuple[ClockInstance, ...]:
    """Every clock of the case, in the order they began, then those that merged cases brought along. What
    went on to a survivor stands still here."""
    return tuple(_stopped_by_merge(record, clock) for clock in unmerged_clocks(record))


def unmerged_clocks(record: FollowUp) -> tuple[ClockInstance, ...]:
    """The same as if this case had never been merged into another."""
    brought = [_brought(record, came, one) for came in record.absorbed for one in came.clocks]
    ruling = [(None, record.terms.policy), *((one.at, one.policy) for one in record.policies)]
    return (*_responses(record, ruling, brought), *_others(record, ruling), *brought)


def moves_on(record: FollowUp, clock: ClockInstance, span: Merged) -> bool:
    """Whether a clock was running when the case was merged: heard of, not over, and not recorded here as
    breached (rule 5)."""
    known = clock.heard_at <= span.since and clock.settled_at > span.since
    return known and clock.instance_id not in record.breaches


def _responses(
    record: FollowUp, ruling: _Ruling, brought: Sequence[ClockInstance]
) -> Iterator[ClockInstance]:
    going_on = [
        (one.heard_at, one.met_at) for one in brought if one.clock in _RESPONSES and one.paused_at is None
    ]
    closed = tuple(closed_spans(record))
    for first, run in waits(record, going_on):
        names = _FIRST if first else (ClockName.NEXT_RESPONSE,)
        # A customer who writes to a closed case waits all the same: only a later closing stops that.
        stops = () if first else tuple(stop for stop in closed if stop[0] >= run.started_at)
        for name in names:
            for at, policy in ruling:
                for target in policy.targets:
                    if target.clock == name:
                        yield from _instances(record, (at, policy, target), replace(run, stops=stops))


def _others(record: FollowUp, ruling: _Ruling) -> Iterator[ClockInstance]:
    for at, policy in ruling:
        for target in policy.targets:
            if target.clock in _RESPONSES:
                continue
            since: datetime | None = None
            ruled = target.clock.startswith(REGULATOR)
            found = rule_runs(record, target, policy.calendar(target)) if ruled else runs(record, target)
            for run in found:
                for clock in _instances(record, (at, policy, target), run, since):
                    yield clock
                    since = _budget(target, clock, since)


def _budget(target: Target, clock: ClockInstance, since: datetime | None) -> datetime | None:
    """From when the next owner's time counts: from the first owner's, so that handing a case around wins no
    time, until that time is over."""
    if target.clock != ClockName.OWNER_TIME:
        return None
    used_up = clock.ended_at is None and clock.met_at is None
    return None if used_up else (since or clock.started_at)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a run: by which policy and for which severity, counted from `since`, and due before
    any stop."""

    policy_id: str
    clock: str
    since: datetime
    due_at: datetime
    met_by: MetBy
    severity: str = ""  # that the case was given later; empty: the one it began with, or all
    calendar: Calendar | None = None
    warnings: tuple[Warn, ...] = ()


def _instances(
    record: FollowUp,
    asked: tuple[datetime | None, Policy, Target],
    run: Run,
    counted_from: datetime | None = None,
) -> Iterator[ClockInstance]:
    """The instances of a run under one target: none while its severity is not known, none of a policy that
    came when the run was over, and a further one for each severity that asks for more than those before."""
    at, policy, target = asked
    over_at = run.met[0] if run.met else run.ended
    if at is not None and over_at is not None and over_at < at:
        return
    calendar, since = policy.calendar(target), counted_from or run.started_at
    # Elsewhere, after a merge, nobody knows how early an acceptance was: there the letter alone counts.
    early = target.met_by is MetBy.LETTER_OR_ACCEPTANCE and target.accepted_within
    met_by = MetBy.FINAL_RESPONSE if early else target.met_by
    for severity, amount in _amounts(record, target, over_at):
        due = due_at(target, amount, since, calendar)
        told = warnings(target, since, due, calendar)
        one = _Asked(policy.policy_id, target.clock, since, due, met_by, severity, calendar, told)
        yield _instance(record, one, run)


def _amounts(record: FollowUp, target: Target, over_at: datetime | None) -> Iterator[tuple[str, float]]:
    """What the severity the case began with asks; then what each later one does that asks for more, while the
    run was not over. A lower one asks nothing that is not asked already (rule 5)."""
    least = target.of(record.opened.severity if record.opened else None)
    if least is None:
        return
    yield "", least
    for change in record.assessed:
        amount = target.of(change.severity)
        if amount is not None and amount < least and (over_at is None or change.at <= over_at):
            least = amount
            yield change.severity, amount


def _instance(record: FollowUp, asked: _Asked, run: Run) -> ClockInstance:
    met_at, contact_id = run.met or (None, "")
    moved = held(asked.since, asked.due_at, met_at, run.stops, asked.calendar)
    # A warning moves as the due time does: by each stretch that began before it.
    warned = (
        Warn(one.what, held(asked.since, one.at, met_at, run.stops, asked.calendar).due_at)
        for one in asked.warnings
    )
    ended = run.ended if run.ended is not None and run.ended < moved.due_at else None
    instance_id = _id(record, asked, run.cause)
    return ClockInstance(
        clock=asked.clock,
        instance_id=instance_id,
        started_at=run.started_at,
        due_at=moved.due_at,
        met_at=met_at,
        contact_id=contact_id,
        paused_at=ended or moved.paused_at,
        breached=_late(met_at, moved.due_at) or instance_id in record.breaches,
        message_id=run.cause,
        heard_at=run.heard_at,
        policy_id=asked.policy_id,
        severity=asked.severity,
        met_by=asked.met_by,
        calendar=asked.calendar,
        stops=moved.stops,
        warnings=tuple(warned),
        ended_at=ended,
    )


def _late(met_at: datetime | None, due_at: datetime) -> bool:
    return met_at is not None and met_at > due_at


def _id(record: FollowUp, asked: _Asked, cause: str) -> str:
    own = asked.policy_id in ("", record.terms.policy_id)
    further = () if own else (asked.policy_id,)
    severity = (f"severity:{asked.severity}",) if asked.severity else ()
    return derived_id(record.case_id, asked.clock, cause, *further, *severity)


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
    """Met by what meets such a clock here after the merge, or there by a message under way."""
    here = met(record, one.met_by, came.at)
    there = (one.met_at, one.contact_id) if one.met_at else None
    found = min((meeting for meeting in (there, here) if meeting), default=None)
    stops = [
        stop for stop in closed_spans(record) if stop[0] >= came.at and one.clock == ClockName.NEXT_RESPONSE
    ]
    asked = _Asked(one.policy_id, one.clock, one.started_at, one.due_at, one.met_by, one.severity)
    run = Run(one.message_id, one.started_at, came.at, found, tuple(stops))
    clock = _instance(record, asked, run)
    gone = came.until is not None and clock.settled_at >= came.until
    return _paused(record, clock, came.until) if gone and came.until else clock
