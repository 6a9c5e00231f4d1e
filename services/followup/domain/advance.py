"""From facts, or from the passing of time, to events: the picture of a case before and after, and what
differs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.followup.domain.acknowledgement import Acknowledgement, acknowledgement, introductions
from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import clocks
from services.followup.domain.errors import NothingPromised, NotTheOwner, PromiseLater, PromisePast
from services.followup.domain.events import (
    CircleBackDue,
    ClockBreached,
    ClockMet,
    ClockPaused,
    ClockPolicyApplied,
    ClockResumed,
    ClockStarted,
    ClockWarned,
    Event,
    FeedbackReceived,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseSuperseded,
)
from services.followup.domain.feedback import Feedback, feedback
from services.followup.domain.loyalty import Story, story
from services.followup.domain.policy import Warn
from services.followup.domain.promises import Promise, promises
from services.followup.domain.record import Fact, FollowUp, Sooner, learn
from services.followup.domain.survey import Survey, survey
from services.followup.domain.words import PromiseKind, PromiseState


@dataclass(frozen=True, slots=True)
class Picture:
    """All that follows from a record."""

    clocks: tuple[ClockInstance, ...]
    promises: tuple[Promise, ...]
    feedback: tuple[Feedback, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one advance came to. `changed` are the promises that are new or not what they were."""

    record: FollowUp
    events: tuple[Event, ...]
    changed: tuple[Promise, ...]
    acknowledge: Acknowledgement | None  # to be sent now
    next_due: datetime | None  # when to come back although nothing happened
    introduce: tuple[Acknowledgement, ...] = ()  # owners the customer has not heard of, to be named now
    survey: Survey | None = None  # where it is not what it was, as `story`
    story: Story | None = None


def advance(record: FollowUp, facts: Iterable[Fact], now: datetime) -> Step:
    """Learn `facts`. Deadlines are not judged here: a receipt may still be under way in the same topic."""
    learned = learn(record, facts)
    after, seen = (record, None) if learned == record else _remember_late(learned, now)
    return _step(record, after, now, seen)


def fire(record: FollowUp, now: datetime) -> Step:
    """Judge every deadline that has passed at `now`: breaches, broken promises, circle-backs whose day has
    come.
    """
    after, seen = record, picture(record)
    while (decided := _decide(after, seen, now)) != after:
        after, seen = decided, picture(decided)
    return _step(record, after, now, seen)


def promise_sooner(
    record: FollowUp, due_at: datetime, employee_id: str, now: datetime, covers: Collection[str] = ()
) -> Step:
    """Move the next promise of the case to an earlier time, on the word of the person who must keep it, or of
    whoever keeps it while they are away: `covers` are those for whom `employee_id` does so now.

    Raises NothingPromised, NotTheOwner, PromisePast, PromiseLater.
    """
    pending = [one for one in promises(record) if one.pending and one.kind is PromiseKind.PROGRESS]
    if not pending:
        raise NothingPromised("nothing_promised", "the case is not open, so no word is due")
    promise = pending[0]
    if promise.employee_id not in (employee_id, *covers):
        raise NotTheOwner(
            "not_the_owner", "another person owes this word", {"employee_id": promise.employee_id}
        )
    if due_at <= now:
        raise PromisePast("promise_in_the_past", "a promise is for the future", {"after": now.isoformat()})
    if due_at >= promise.due_at:
        allowed = {"before": promise.due_at.isoformat()}
        raise PromiseLater("promise_later", "promises move sooner, never later", allowed)
    return advance(record, (Sooner(at=now, due_at=due_at),), now)


def picture(record: FollowUp) -> Picture:
    """The clocks, promises and feedback of a record."""
    promised = promises(record)
    return Picture(clocks(record), promised, feedback(record, promised))


def next_due(record: FollowUp, seen: Picture) -> datetime | None:
    """The earliest moment at which time alone changes something; None when nothing is owed."""
    times = [clock.deadline for clock in seen.clocks if clock.deadline is not None]
    times += [one.at for clock in seen.clocks for one in _unwarned(record, clock)]
    times += [_judged_at(record, promise) for promise in seen.promises if promise.pending]
    return min(times, default=None)


def _unwarned(record: FollowUp, clock: ClockInstance) -> Iterator[Warn]:
    """The warnings that are still to be given: none once it was met, stands still or is over."""
    if clock.running:
        yield from (one for one in clock.warnings if _warning_id(clock, one) not in record.warned)


def _warning_id(clock: ClockInstance, warn: Warn) -> str:
    return f"{clock.instance_id}|{warn.what}"


def _judged_at(record: FollowUp, promise: Promise) -> datetime:
    announced = promise.kind is PromiseKind.PROGRESS or promise.promise_id in record.announced
    return promise.broken_at if announced else promise.due_at


def _remember_late(record: FollowUp, now: datetime) -> tuple[FollowUp, Picture]:
    """Write down what events have shown to be late, so that nothing learned afterwards can undo it (rule 5);
    and what is seen then.

    One promise at a time: each broken one moves the promises after it.
    """
    seen = picture(record)
    late = {clock.instance_id: now for clock in seen.clocks if clock.late}
    after = replace(record, breaches={**late, **record.breaches})
    missed = _missed(record, seen.promises)
    while missed is not None:
        after = replace(after, broken={**after.broken, missed.promise_id: now})
        missed = _missed(after, promises(after))
    return (record, seen) if after == record else (after, picture(after))


def _missed(record: FollowUp, promised: Iterable[Promise]) -> Promise | None:
    broken = (one for one in promised if one.state is PromiseState.BROKEN)
    return next((one for one in broken if one.promise_id not in record.broken), None)


def _decide(record: FollowUp, seen: Picture, now: datetime) -> FollowUp:
    breached = {
        clock.instance_id: now
        for clock in seen.clocks
        if clock.late or (clock.deadline is not None and clock.deadline <= now)
    }
    warned = {
        _warning_id(clock, one): now
        for clock in seen.clocks
        if clock.due_at > now
        for one in _unwarned(record, clock)
        if one.at <= now
    }
    pending = [promise for promise in seen.promises if promise.pending]
    broken = {promise.promise_id: now for promise in pending if promise.broken_at <= now}
    announced = {
        promise.promise_id: now
        for promise in pending
        if promise.kind is PromiseKind.CIRCLE_BACK and promise.due_at <= now
    }
    return replace(
        record,
        breaches={**breached, **record.breaches},
        broken={**broken, **record.broken},
        announced={**announced, **record.announced},
        warned={**warned, **record.warned},
    )


def _step(before: FollowUp, after: FollowUp, now: datetime, seen: Picture | None) -> Step:
    """`seen` is the picture of `after` where it is known already."""
    was = seen if seen is not None and after == before else picture(before)
    seen = seen or was
    known = {promise.promise_id: promise for promise in was.promises}
    told = acknowledgement(before)
    surveyed, said_of_loyalty = survey(seen.promises, seen.feedback), story(after)
    return Step(
        record=after,
        events=tuple(_differences(before, after, was, seen, now)),
        changed=tuple(one for one in seen.promises if known.get(one.promise_id) != one),
        acknowledge=acknowledgement(after) if told is None else None,
        next_due=next_due(after, seen),
        introduce=tuple(one for one in introductions(after) if one not in introductions(before)),
        survey=surveyed if surveyed != survey(was.promises, was.feedback) else None,
        story=said_of_loyalty if said_of_loyalty != story(before) else None,
    )


def _differences(
    before: FollowUp, after: FollowUp, was: Picture, seen: Picture, now: datetime
) -> Iterator[Event]:
    for one in after.policies:
        if one not in before.policies:
            yield ClockPolicyApplied(one.policy.policy_id, one.at, one.because)
    yield from _clock_differences(before, after, was, seen, now)
    known_promises = {promise.promise_id: promise for promise in was.promises}
    for promise in seen.promises:
        yield from _promise_events(known_promises.get(promise.promise_id), promise, after)
    for promise in seen.promises:
        if promise.promise_id in after.announced and promise.promise_id not in before.announced:
            yield CircleBackDue(promise)
    answered = {told.message.message_id for told in was.feedback}
    for told in seen.feedback:
        if told.message.message_id not in answered:
            yield FeedbackReceived(told)


def _clock_differences(
    before: FollowUp, after: FollowUp, was: Picture, seen: Picture, now: datetime
) -> Iterator[Event]:
    known = {clock.instance_id: clock for clock in was.clocks}
    for clock in seen.clocks:
        yield from _clock_events(known.pop(clock.instance_id, None), clock, after, now)
        for warn in clock.warnings:
            name = _warning_id(clock, warn)
            if name in after.warned and name not in before.warned:
                yield ClockWarned(clock, warn, after.warned[name])
    for gone in known.values():
        if gone.deadline is not None:
            yield ClockPaused(gone, now)


def _clock_events(
    was: ClockInstance | None, clock: ClockInstance, record: FollowUp, now: datetime
) -> Iterator[Event]:
    if was is None:
        yield ClockStarted(clock)
    if clock.paused_at is not None and (was is None or was.paused_at is None):
        yield ClockPaused(clock, clock.paused_at)
    met_no_more = was is not None and was.met_at is not None and clock.running
    if met_no_more or (was is not None and was.paused_at is not None and clock.paused_at is None):
        yield ClockResumed(clock, now)
    if clock.breached and (was is None or not was.breached):
        yield ClockBreached(clock, record.breaches.get(clock.instance_id, now))
    if clock.met_at is not None and (was is None or was.met_at != clock.met_at):
        yield ClockMet(clock)


def _promise_events(was: Promise | None, promise: Promise, record: FollowUp) -> Iterator[Event]:
    if was is None:
        yield PromiseMade(promise)
    if was is not None and was.state is promise.state:
        return
    if promise.state is PromiseState.KEPT:
        yield PromiseKept(promise)
    elif promise.state is PromiseState.BROKEN:
        yield PromiseBroken(promise, record.broken.get(promise.promise_id, promise.broken_at))
    elif promise.state is PromiseState.SUPERSEDED:
        yield PromiseSuperseded(promise)
