"""What is known of one case, folded from observations in any order and any number of repetitions.

Every field is a set that only grows, or the least or latest of what was seen; so folding is commutative and
idempotent, and the same events give the same case however a stream delivers them. Events of the three
services reach the stream in no common order: an owner may be seen before the complaint.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import singledispatch

from services.metrics.domain import notes
from services.metrics.domain import observations as seen
from services.metrics.domain.errors import CaseBeganTwice
from services.metrics.domain.notes import NOTHING, Given, Notes
from services.metrics.domain.stamps import PROVIDER_SKEW, origin

Ids = frozenset[str]
NONE: Ids = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `spoken` keeps what employees said until the complaint is known, then the answering segment
    alone.
    """

    began: seen.Began | None = None
    first_owner: seen.Owned | None = None
    contact: seen.Answered | None = None
    spoken: tuple[seen.Spoke, ...] = ()
    clocks_met: Ids = NONE
    clocks_breached: Ids = NONE
    promises_kept: Ids = NONE
    promises_broken: Ids = NONE
    closed: seen.Closed | None = None
    reopenings: Ids = NONE
    last_reopening: str = ""
    hand_offs: Ids = NONE
    refusals: Ids = NONE
    grants: Ids = NONE
    stops: Ids = NONE
    revocations: Ids = NONE
    notes: Notes = NOTHING

    @property
    def is_closed(self) -> bool:
        """Closed, and not reopened since."""
        return self.closed is not None and self.closed.sequence > self.last_reopening

    def answer(self) -> seen.Answered | None:
        """The first answer by a person: delivered in writing or spoken on the call, whichever came first."""
        heard = [seen.Answered(one.event_id, one.at, one.spoken_at, one.spoken_at) for one in self.spoken]
        written = [self.contact] if self.contact else []
        return min(written + heard, key=_answer_order, default=None)


def observe(case: Case, told: seen.Observation) -> Case:
    """The case with one observation more. Raises CaseBeganTwice for a second, different beginning."""
    return _listen(_observe(told, case))


@singledispatch
def _observe(told: seen.Observation, case: Case) -> Case:
    raise TypeError(f"no rule for {type(told).__name__}")


@_observe.register
def _(told: seen.Began, case: Case) -> Case:
    if case.began and case.began.event_id != told.event_id:
        raise CaseBeganTwice(case.began.event_id, told.event_id)
    return replace(case, began=told)


@_observe.register
def _(told: seen.Owned, case: Case) -> Case:
    if case.first_owner and case.first_owner.sequence <= told.sequence:
        return case
    return replace(case, first_owner=told)


@_observe.register
def _(told: seen.Answered, case: Case) -> Case:
    if case.contact and _answer_order(case.contact) <= _answer_order(told):
        return case
    return replace(case, contact=told)


@_observe.register
def _(told: seen.Spoke, case: Case) -> Case:
    return case if told in case.spoken else replace(case, spoken=(*case.spoken, told))


@_observe.register
def _(told: seen.ClockMet, case: Case) -> Case:
    named = _named(case.notes, told)
    return replace(case, clocks_met=case.clocks_met | {told.instance_id}, notes=named)


@_observe.register
def _(told: seen.ClockBreached, case: Case) -> Case:
    named = _named(case.notes, told)
    return replace(case, clocks_breached=case.clocks_breached | {told.instance_id}, notes=named)


@_observe.register
def _(told: seen.PromiseKept, case: Case) -> Case:
    asked = case.notes.note([notes.SURVEYS_SENT], told.promise_id) if told.circle_back else case.notes
    return replace(case, promises_kept=case.promises_kept | {told.promise_id}, notes=asked)


@_observe.register
def _(told: seen.PromiseBroken, case: Case) -> Case:
    return replace(case, promises_broken=case.promises_broken | {told.promise_id})


@_observe.register
def _(told: seen.Closed, case: Case) -> Case:
    if case.closed and case.closed.sequence >= told.sequence:
        return case
    return replace(case, closed=told)


@_observe.register
def _(told: seen.Reopened, case: Case) -> Case:
    return replace(
        case,
        reopenings=case.reopenings | ({told.event_id} if told.counted else NONE),
        last_reopening=max(case.last_reopening, told.sequence),
    )


@_observe.register
def _(told: seen.HandedOff, case: Case) -> Case:
    return replace(case, hand_offs=case.hand_offs | {told.hand_off_id})


@_observe.register
def _(told: seen.HandOffRefused, case: Case) -> Case:
    return replace(case, refusals=case.refusals | {told.event_id})


@_observe.register
def _(told: seen.Granted, case: Case) -> Case:
    given = case.notes.first("remedy", told.at)
    if told.unit:
        amounts = {**given.given, told.grant_id: Given(told.unit, told.cost, told.value)}
        given = given._replace(given=amounts)
    return replace(case, grants=case.grants | {told.grant_id}, notes=given)


@_observe.register
def _(told: seen.Revoked, case: Case) -> Case:
    return replace(case, revocations=case.revocations | {told.grant_id})


@_observe.register
def _(told: seen.ReplyChecked, case: Case) -> Case:
    names = [notes.REPLIES + told.outcome, *(notes.FINDINGS + one for one in told.findings)]
    stops = case.stops | {told.event_id} if told.outcome == "stopped" else case.stops
    return replace(case, stops=stops, notes=case.notes.note(names, told.event_id))


@_observe.register
def _(told: seen.Opened, case: Case) -> Case:
    begun = _observe(told.began, case) if told.began else case
    known = case.notes.assessed(told.sequence, told.severity)._replace(playbook=told.playbook)
    return replace(begun, notes=known)


@_observe.register
def _(told: seen.Assessed, case: Case) -> Case:
    return replace(case, notes=case.notes.assessed(told.sequence, told.severity))


@_observe.register
def _(told: seen.Done, case: Case) -> Case:
    return replace(case, notes=case.notes.first(told.what, told.at))


@_observe.register
def _(told: seen.Noted, case: Case) -> Case:
    return replace(case, notes=case.notes.note([told.name], told.one))


@_observe.register
def _(told: seen.Felt, case: Case) -> Case:
    answered = case.notes.note([notes.SURVEYS_ANSWERED], told.sequence)
    return replace(case, notes=answered.answer(told.sequence, told.said))


def _named(known: Notes, told: seen.ClockMet | seen.ClockBreached) -> Notes:
    """The clock's name by its instance; what was told of it before clocks had names here stays without."""
    if not told.clock:
        return known
    return known._replace(clocks={**known.clocks, told.instance_id: told.clock})


def _listen(case: Case) -> Case:
    """Of what employees said, keep what answers: a greeting before the complaint is no answer to it."""
    if case.began is None or not case.spoken:
        return replace(case, spoken=tuple(sorted(case.spoken, key=_spoken_order))) if case.spoken else case
    since = origin(case.began) - PROVIDER_SKEW
    answering = [one for one in case.spoken if _spoken_order(one)[0] >= since]
    return replace(case, spoken=(min(answering, key=_spoken_order),) if answering else ())


def _answer_order(one: seen.Answered) -> tuple[datetime, str]:
    return one.t6 or one.at, one.event_id


def _spoken_order(one: seen.Spoke) -> tuple[datetime, str]:
    return one.spoken_at or one.at, one.event_id


def window_start(case: Case, length: timedelta) -> datetime | None:
    """Where the case's window starts, by t0 (else t1, else when its event says); None before it began."""
    if case.began is None:
        return None
    moment = origin(case.began)
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % length
