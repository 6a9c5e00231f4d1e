"""How a case changes: it takes another one in, gives one back, or has to do with one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Absorbed, Case
from services.resolution.domain.table import PROGRESS, Act, next_status
from services.resolution.domain.words import Address, weight


def behind(case: Case, other: Case) -> bool:
    """Whether `case` has further to go than `other`."""
    return PROGRESS.index(case.status) < PROGRESS.index(other.status)


def _merged(case: Case, event: e.CasesMerged) -> Changes:
    loser = event.merged
    came = _came_with(case, loser)
    changes: Changes = {
        "complained_at": min(case.complained_at, loser.complained_at),
        "severity": max(case.severity, loser.severity, key=weight),
        "said": tuple(sorted({*case.said, *loser.said})),
        "replies": case.replies + loser.replies,
        "grants": (*case.grants, *(each for each in loser.grants if each.grant_id in came.grant_ids)),
        "steps": (*case.steps, *(each for each in loser.steps if each.step_id in came.step_ids)),
        "held_back": (*case.held_back, *loser.held_back),
        "held_back_at": _latest(case.held_back_at, loser.held_back_at),
        "addresses": _addresses(case, loser),
        "last_word": max(case.last_word, loser.last_word, key=lambda word: word.received_at),
        "call": case.call or loser.call,
        "attempts": (),  # two threads were one customer: who was reached on the other is not unreachable
        "absorbed": (*case.absorbed, came),
    }
    return {**changes, **_status(case, loser)}


def _came_with(case: Case, loser: Case) -> Absorbed:
    known = {given.grant_id for given in case.grants}
    proven = {done.step_id for done in case.steps}
    own = case.absorbed[0].own_complained_at if case.absorbed else case.complained_at
    return Absorbed(
        case_id=loser.case_id,
        complained_at=loser.complained_at,
        own_complained_at=own,
        grant_ids=tuple(given.grant_id for given in loser.grants if given.grant_id not in known),
        step_ids=tuple(done.step_id for done in loser.steps if done.step_id not in proven),
        said=tuple(sorted({*loser.said} - {*case.said})),
    )


def _status(case: Case, loser: Case) -> Changes:
    """The strictest of the two: where the other had further to go, a solution for both is still to be
    found."""
    if behind(loser, case):
        return {
            "status": next_status(case.status, Act.ABSORB_UNFINISHED),
            "proposal": None,
            "fixes": 0,
            "resolved_at": None,
        }
    return {
        "status": next_status(case.status, Act.ABSORB),
        "resolved_at": _latest(case.resolved_at, loser.resolved_at) if case.resolved_at else None,
    }


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _addresses(case: Case, loser: Case) -> tuple[Address, ...]:
    """One per channel, this case's own first: its thread goes on."""
    known = {each.channel for each in case.addresses}
    return (*case.addresses, *(each for each in loser.addresses if each.channel not in known))


def _split(case: Case, event: e.CaseSplit) -> Changes:
    other = event.to_case_id if event.from_case_id == case.case_id else event.from_case_id
    changes: Changes = {
        "status": next_status(case.status, Act.SPLIT),
        "related": _with(case.related, other),
    }
    if event.undoes_merge and event.to_case_id == case.case_id:
        changes["grants"] = event.grants  # with what became of them meanwhile
    gone = next((each for each in case.absorbed if each.case_id == other), None)
    return {**changes, **_without(case, gone)} if gone and event.undoes_merge else changes


def _without(case: Case, gone: Absorbed) -> Changes:
    """What came with the other case goes with it; a good that it had given has to be given here again."""
    left = tuple(each for each in case.absorbed if each is not gone)
    return {
        "absorbed": left,
        "complained_at": min([gone.own_complained_at, *(each.complained_at for each in left)]),
        "said": tuple(good for good in case.said if good not in gone.said),
        "grants": tuple(given for given in case.grants if given.grant_id not in gone.grant_ids),
        "steps": tuple(done for done in case.steps if done.step_id not in gone.step_ids),
    }


def _linked(case: Case, event: e.CasesLinked) -> Changes:
    return {
        "status": next_status(case.status, Act.LINK),
        "related": _with(case.related, event.other_case_id),
    }


def _with(known: tuple[str, ...], case_id: str) -> tuple[str, ...]:
    return known if case_id in known else (*known, case_id)


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.CasesMerged: _merged,
    e.CasesLinked: _linked,
    e.CaseSplit: _split,
}
