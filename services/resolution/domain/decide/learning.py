"""What is learnt of a case: the debrief with the staff involved, the prevention that is asked for, and the
two repeats that show what was ignored or not fixed for good (domain.md, Promises and the circle-back)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.guard import demand_act, demand_owner, demand_text
from services.resolution.domain.errors import BadCommand, NotNow
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act
from services.resolution.domain.words import Closing, Status, Word

REPEAT_WITHIN = timedelta(days=90)
"""domain.md: same customer, same cause, within 90 days."""
UNDER_WAY = (Status.OPEN, Status.PROPOSED, Status.FIXING)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another case of the customer, as far as a repeat is recognised by it."""

    case_id: str
    category: str
    cause_code: str
    opened_at: datetime
    closing: Closing | None = None


def hold_debrief(case: Case, command: c.HoldDebrief, now: datetime) -> list[e.Event]:
    """The talk with those involved, once there is something to look back on. Raises NotNow("not_resolved"),
    BadCommand("nobody_involved") naming who was involved."""
    demand_act(case, Act.RECORD)
    demand_owner(case, command.actor)
    outcome = demand_text("outcome", command.outcome)
    if case.resolved_at is None:
        raise NotNow(
            "not_resolved",
            "A debrief looks back: hold it once the case is resolved.",
            {"status": case.status.value, "instead": "resolve_case"},
        )
    involved = involved_in(case)
    present = {each.employee_id for each in command.participants}
    if not present & set(involved):
        raise BadCommand(
            "nobody_involved",
            "A debrief is held with the staff involved.",
            {"involved": ",".join(involved)},
        )
    absent = tuple(each for each in involved if each not in present)
    return [e.DebriefHeld(command.actor.employee_id, command.participants, absent, outcome, now)]


def involved_in(case: Case) -> tuple[str, ...]:
    """Those of us who had a part in the case, by id."""
    people = (case.owner, case.first_contact, *case.helpers)
    givers = (given.employee_id for given in case.grants)
    return tuple(sorted({*(each.employee_id for each in people), *givers}))


def missing(case: Case) -> tuple[str, ...]:
    """What has not been learnt yet."""
    have = {"cause": bool(case.cause), "prevention": bool(case.prevention), "debrief": case.debriefs > 0}
    return tuple(name for name, there in have.items() if not there)


def ask_for_prevention(case: Case, now: datetime, within: timedelta) -> list[e.Event]:
    """Once resolved: who owns the case is asked for what is still missing, by a time."""
    left = missing(case)
    return [e.PreventionAskedFor(case.owner.employee_id, left, now + within)] if left else []


def prevention_time_out(case: Case, now: datetime) -> list[e.Event]:
    """The time is up: overdue, unless everything came in meanwhile or the case was opened again."""
    due, left = case.prevention_due_at, missing(case)
    if due is None or due > now or not left:
        return []
    return [e.PreventionOverdue(case.owner.employee_id, left, due)]


def repeats_by_category(case: Case, earlier: Iterable[Earlier]) -> list[e.Event]:
    """When a case opens: the latest failure of this category that this customer had within 90 days."""
    if not case.category:
        return []
    return _latest(
        case, e.SameAs.CATEGORY, case.category, [o for o in earlier if o.category == case.category]
    )


def repeats_by_cause(case: Case, earlier: Iterable[Earlier]) -> list[e.Event]:
    """When the cause is on record: the latest failure of this cause that this customer had within 90 days."""
    code = case.cause_code
    return _latest(case, e.SameAs.CAUSE, code, [o for o in earlier if code and o.cause_code == code])


def _latest(case: Case, same: e.SameAs, value: str, alike: Sequence[Earlier]) -> list[e.Event]:
    """One fact per earlier case: it is one failure that came back, however much the two have in common."""
    counted = {case.case_id, *case.repeats_of}
    back = [
        one
        for one in alike
        if one.case_id not in counted
        and one.closing not in (Closing.MERGED, Closing.NOT_A_COMPLAINT)
        and timedelta() <= case.opened_at - one.opened_at <= REPEAT_WITHIN
    ]
    if not back:
        return []
    last = max(back, key=lambda one: (one.opened_at, one.case_id))
    return [e.RepeatFailureFound(last.case_id, same, value, last.opened_at)]


def repeat_contact(case: Case, word: Word) -> list[e.Event]:
    """A written word on a case under way, when the one before it still waits for an answer."""
    if not case.waiting or case.status not in UNDER_WAY:
        return []
    return [e.RepeatContactCounted(word.message_id, case.repeat_contacts + 1, word.received_at)]
