"""The promises of a case, derived from its life and from what was delivered (domain.md, promises and the
circle-back).

While a case is open there is exactly one next promise: PROGRESS, due one interval after the last word of a
person, kept by any message of a person delivered on time, followed at once by the next. Resolved, it turns
into circle-backs owed by the person the customer first dealt with (P2.7), each kept by a delivered
CIRCLE_BACK message, early or on time. A promise that passed unkept is broken for good.

Merged into another, a case owes nothing any more; the survivor's next word is due when the first of both had
promised one, and from then on at the intervals of the graver (rule 9). In the same way a case that is found
to be graver is owed its next word within the shorter interval from then on; a lower severity makes none
later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.followup.domain.ids import derived_id
from services.followup.domain.record import Absorbed, Answer, Assessed, FollowUp, Move, Opened, Sooner
from services.followup.domain.words import PromiseKind, PromiseState, Severity


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise and what became of it."""

    promise_id: str
    kind: PromiseKind
    employee_id: str  # who must keep it; of a pending PROGRESS promise the present owner
    made_at: datetime
    due_at: datetime
    broken_at: datetime  # when it counts as broken: due, or for a circle-back due and the grace
    because: str
    state: PromiseState = PromiseState.PENDING
    settled_at: datetime | None = None
    reason: str = ""  # "late", "bounced" when broken; why it is not owed any more when superseded
    contact_id: str = ""  # of the message that kept it

    @property
    def pending(self) -> bool:
        return self.state is PromiseState.PENDING


def promises(record: FollowUp) -> tuple[Promise, ...]:
    """Every promise of the case in the order made; at most one PROGRESS promise is pending."""
    book = _Book(record)
    for event in _timeline(record):
        book.pass_time(event.at)
        book.take(event)
    book.pass_time(None)
    return tuple(_owed_by_the_owner(record, promise) for promise in book.promises)


def _owed_by_the_owner(record: FollowUp, promise: Promise) -> Promise:
    """A PROGRESS promise moves with the ownership until it is settled, a circle-back only when the person who
    owes it leaves the company."""
    if promise.kind is PromiseKind.CIRCLE_BACK:
        heirs = [
            heir.employee_id
            for heir in record.first_contacts
            if heir.at >= promise.made_at and (promise.pending or heir.at <= (promise.settled_at or heir.at))
        ]
        return replace(promise, employee_id=heirs[-1]) if heirs else promise
    owners = [
        owner for owner in record.owners if promise.pending or owner.at <= (promise.settled_at or owner.at)
    ]
    return replace(promise, employee_id=owners[-1].employee_id if owners else "")


_Step = Opened | Answer | Move | Sooner | Absorbed | Assessed
_ORDER = {Opened: 0, Sooner: 1, Answer: 2, Move: 3, Absorbed: 4, Assessed: 5}
_MOVES = {"resolved": 0, "closed": 1, "reopened": 2}


def _timeline(record: FollowUp) -> list[_Step]:
    steps: list[_Step] = [*record.moves, *record.sooner, *record.absorbed, *record.assessed]
    steps += [answer for answer in record.answers if not answer.spoken]
    if record.opened is not None:
        steps.append(record.opened)
    return sorted(steps, key=_place)


def _place(step: _Step) -> tuple[datetime, int, int, str]:
    move = _MOVES[step.kind] if isinstance(step, Move) else 0
    return step.at, _ORDER[type(step)], move, "" if isinstance(step, Opened) else step.key


def graver(record: FollowUp, at: datetime) -> Severity | None:
    """The severity that a word is owed by at `at`: of those the case was given and those merged into it have
    the one that asks for it soonest. None before it is known."""
    if record.opened is None:
        return None
    given = (one.severity for one in record.assessed if one.at <= at)
    merged = (
        came.severity for came in record.absorbed if came.at <= at and (came.until is None or at < came.until)
    )
    return min((record.opened.severity, *given, *merged), key=record.terms.progress)


class _Book:
    """The promises while the timeline is walked; a time of None means the present."""

    def __init__(self, record: FollowUp) -> None:
        self._record = record
        self.promises: list[Promise] = []

    def pass_time(self, until: datetime | None) -> None:
        """Break what was due before `until`, or what a deadline has already decided."""
        # The list grows while it is walked: a broken PROGRESS promise is followed by the next, which may have
        # passed as well.
        for index, promise in enumerate(self.promises):
            if promise.pending and self._passed(promise, until):
                self._break(index)

    def take(self, step: _Step) -> None:
        """Let one step of the timeline happen."""
        match step:
            case Opened():
                self._make_progress("opened", step.at)
            case Answer():
                self._answered(step)
            case Sooner():
                self._sooner(step, step.due_at, f"sooner:{step.key}", "promised sooner")
            case Absorbed():
                self._sooner(step, step.due_at, f"absorbed:{step.key}", "cases_merged")
            case Assessed():
                due_at = step.at + self._interval(step.at)
                self._sooner(step, due_at, f"assessed:{step.key}", "severity_assessed")
            case Move():
                self._moved(step)

    def _passed(self, promise: Promise, until: datetime | None) -> bool:
        if until is None or promise.promise_id in self._record.broken:
            return promise.promise_id in self._record.broken
        return promise.broken_at < until

    def _break(self, index: int) -> None:
        promise = self.promises[index]
        detected = self._record.broken.get(promise.promise_id)
        self.promises[index] = replace(
            promise,
            state=PromiseState.BROKEN,
            settled_at=detected or promise.broken_at,
            reason=self._why_broken(promise),
        )
        if promise.kind is PromiseKind.PROGRESS:
            self._make_progress(f"broken:{promise.promise_id}", self._next_base(promise, detected))

    def _next_base(self, promise: Promise, detected: datetime | None) -> datetime:
        """The next interval counts from the missed time, or from its detection when that too would be
        missed.
        """
        if detected is not None and promise.due_at + self._interval(promise.due_at) <= detected:
            return detected
        return promise.due_at

    def _why_broken(self, promise: Promise) -> str:
        failures = self._record.failures
        bounced = any(promise.made_at <= failure.at <= promise.broken_at for failure in failures)
        return "bounced" if bounced else "late"

    def _answered(self, answer: Answer) -> None:
        index = self._kept_by(answer)
        if index is None:
            return
        promise = self.promises[index]
        self.promises[index] = replace(
            promise, state=PromiseState.KEPT, settled_at=answer.at, contact_id=answer.contact_id
        )
        if promise.kind is PromiseKind.PROGRESS:
            self._make_progress(f"after:{answer.contact_id}", answer.at)

    def _kept_by(self, answer: Answer) -> int | None:
        """The promise this message keeps: the running one, else the circle-back it names, else the next."""
        pending = [index for index, promise in enumerate(self.promises) if promise.pending]
        named = [index for index in pending if self.promises[index].promise_id == answer.promise_id]
        progress = [index for index in pending if self.promises[index].kind is PromiseKind.PROGRESS]
        circles = [index for index in pending if answer.circle_back and index not in progress]
        for choice in (progress, [index for index in named if answer.circle_back], circles):
            if choice:
                return choice[0]
        return None

    def _sooner(
        self, step: Sooner | Absorbed | Assessed, due_at: datetime | None, cause: str, because: str
    ) -> None:
        for index, promise in enumerate(self.promises):
            progress = promise.pending and promise.kind is PromiseKind.PROGRESS
            if progress and due_at is not None and due_at < promise.due_at:
                self._supersede(index, step.at, because)
                self._make(PromiseKind.PROGRESS, cause, step.at, due_at, because)
                return

    def _moved(self, move: Move) -> None:
        circle = PromiseKind.CIRCLE_BACK
        for index, promise in enumerate(self.promises):
            stays = (
                promise.kind is circle
                and move.kind == "closed"
                and move.confirmed
                and self._record.terms.circle_back_after_closing
            )
            if promise.pending and not stays:
                self._supersede(index, move.at, "merged" if move.merged_into else move.kind)
        if move.kind == "reopened":
            self._make_progress(f"reopened:{move.key}", move.at)
        elif move.kind == "resolved":
            for number, seconds in enumerate(self._record.terms.circle_back_s, start=1):
                self._make(circle, f"circle:{move.key}:{number}", move.at,
                           move.at + timedelta(seconds=seconds), "resolved", move.employee_id)  # fmt: skip

    def _supersede(self, index: int, at: datetime, because: str) -> None:
        self.promises[index] = replace(
            self.promises[index], state=PromiseState.SUPERSEDED, settled_at=at, reason=because
        )

    def _interval(self, base: datetime) -> timedelta:
        found = graver(self._record, base)
        if found is None:
            # Known by a later move only: judged strictly until CaseOpened says how severe it is.
            return timedelta(seconds=min(self._record.terms.progress_s.values()))
        return self._record.terms.progress(found)

    def _make_progress(self, cause: str, base: datetime) -> None:
        because = cause.partition(":")[0]
        self._make(PromiseKind.PROGRESS, cause, base, base + self._interval(base), because)

    def _make(
        self,
        kind: PromiseKind,
        cause: str,
        made_at: datetime,
        due_at: datetime,
        because: str,
        employee_id: str = "",
    ) -> None:
        grace = self._record.terms.circle_back_grace_s if kind is PromiseKind.CIRCLE_BACK else 0.0
        self.promises.append(
            Promise(
                promise_id=derived_id(self._record.case_id, kind, cause),
                kind=kind,
                employee_id=employee_id,
                made_at=made_at,
                due_at=due_at,
                broken_at=due_at + timedelta(seconds=grace),
                because=because,
            )
        )
