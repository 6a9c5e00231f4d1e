"""How a case changes: who answers for a case: owner, helpers, hand-offs (domain.md, Ownership)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.authority import ENDED
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Case, HandOff


def _owner_assigned(case: Case, event: e.OwnerAssigned) -> Changes:
    return {
        "owner": event.owner,
        "owner_since": event.accepted_at,
        "helpers": _without(case, event.owner.employee_id),
        **(ENDED if event.owner.employee_id != case.owner.employee_id else {}),
    }


def _helper_joined(case: Case, event: e.HelperJoined) -> Changes:
    invited = tuple(each for each in case.invited if each.employee_id != event.helper.employee_id)
    return {"helpers": (*_without(case, event.helper.employee_id), event.helper), "invited": invited}


def _helper_invited(case: Case, event: e.HelperInvited) -> Changes:
    return {"invited": (*case.invited, event.helper)}


def _helper_left(case: Case, event: e.HelperLeft) -> Changes:
    return {"helpers": _without(case, event.employee_id)}


def _offered(case: Case, event: e.HandOffOffered) -> Changes:
    return {
        "hand_off": HandOff(
            event.hand_off_id,
            event.giver,
            event.receiver,
            event.reason,
            event.summary,
            event.live,
            event.expires_at,
            event.offered_at,
        )
    }


def _introduced(case: Case, event: e.HandOffIntroduced) -> Changes:
    pending = case.hand_off
    return {"hand_off": replace(pending, introduced=True) if pending else None}


def _in_writing(case: Case, event: e.HandOffContinuedInWriting) -> Changes:
    pending = case.hand_off
    if pending is None:
        return {}
    return {"hand_off": replace(pending, live=False, introduced=False, expires_at=event.expires_at)}


def _hand_off_over(case: Case, event: e.Event) -> Changes:
    return {"hand_off": None}


def _without(case: Case, employee_id: str) -> tuple[Any, ...]:
    return tuple(helper for helper in case.helpers if helper.employee_id != employee_id)


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.OwnerAssigned: _owner_assigned,
    e.HelperJoined: _helper_joined,
    e.HelperLeft: _helper_left,
    e.HandOffOffered: _offered,
    e.HandOffIntroduced: _introduced,
    e.HandOffAccepted: _hand_off_over,
    e.HandOffDeclined: _hand_off_over,
    e.HandOffTimedOut: _hand_off_over,
    e.HandOffRefused: lambda case, event: {},
    e.HandOffWithdrawn: _hand_off_over,
    e.HandOffContinuedInWriting: _in_writing,
    e.HelperInvited: _helper_invited,
    e.FirstContactMoved: lambda case, event: {"first_contact": event.first_contact},
}
