"""Leaving the company: a typed, forced move of each open case to somebody of equal or lower rank, and of the
duty to circle back to the owner (domain.md, Ownership: Absence). The one move without the hand-off protocol,
because there is nobody left to hand over; it cannot be used on somebody who is there."""

from __future__ import annotations

from datetime import datetime

from services.resolution.domain import events as e
from services.resolution.domain.decide.ownership import OWNER_LEFT
from services.resolution.domain.errors import NotNow
from services.resolution.domain.state import Case
from services.resolution.domain.words import Because, Person, Status


def move(case: Case, leaver_id: str, owner: Person, now: datetime) -> list[e.Event]:
    """The case is `owner`'s from now on; an offer that the leaver had made is withdrawn. Nothing for a case
    that is not theirs (any more) or is closed. Raises NotNow("rank_would_rise")."""
    if case.owner.employee_id != leaver_id or case.status is Status.CLOSED:
        return []
    if owner.rank > case.owner.rank:
        raise NotNow(
            "rank_would_rise",
            f"A case is never passed up: {owner.display_name} has rank {owner.rank}.",
            {"max_rank": str(case.owner.rank)},
        )
    events: list[e.Event] = []
    if case.hand_off:
        events.append(e.HandOffWithdrawn(case.hand_off.hand_off_id, leaver_id, OWNER_LEFT))
    events.append(e.OwnerAssigned(owner, now, now, Because.FORCED_LEAVER))
    if case.first_contact.employee_id == leaver_id:
        events.append(e.FirstContactMoved(leaver_id, owner))
    return events


def move_first_contact(case: Case, leaver_id: str) -> list[e.Event]:
    """The owner of a case that the leaver had handed off circles back in their place."""
    if case.first_contact.employee_id != leaver_id or case.owner.employee_id == leaver_id:
        return []
    return [e.FirstContactMoved(leaver_id, case.owner)]


def demand_successors(lowest_case_rank: int | None, lowest_other_rank: int | None) -> None:
    """Before anybody may leave: somebody else is there, and somebody of a rank that can take each case.
    Raises NotNow("last_employee") and NotNow("nobody_of_equal_or_lower_rank"); then nothing has moved."""
    if lowest_other_rank is None:
        raise NotNow("last_employee", "Nobody else is registered who could own a case.")
    if lowest_case_rank is not None and lowest_other_rank > lowest_case_rank:
        raise NotNow(
            "nobody_of_equal_or_lower_rank",
            f"Nobody of rank {lowest_case_rank} or lower is left to take their cases.",
            {"max_rank": str(lowest_case_rank), "instead": "register_employee"},
        )
