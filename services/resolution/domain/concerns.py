"""Whom a case concerns, and as what: what a console shows to an employee (docs/api.md, the change stream)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.resolution.domain.state import Case
from services.resolution.domain.words import Status


class Concern(StrEnum):
    """As what a case concerns an employee."""

    OWNER = "owner"
    HELPER = "helper"
    RECEIVER = "receiver"
    """A hand-off is offered to them and waits for their answer."""
    FIRST_CONTACT = "first_contact"
    """They no longer own it, but spoke with the customer first: circling back stays their duty."""
    INVITED = "invited"
    """They are asked to help and have not joined yet."""
    LENDER = "lender"
    """The owner asks them, and nobody else, for authority, and waits for their answer."""


def concerns_of(case: Case) -> Mapping[str, tuple[Concern, ...]]:
    """By employee id, every way in which the case concerns them; the owner is always among them."""
    found: dict[str, list[Concern]] = {case.owner.employee_id: [Concern.OWNER]}
    for helper in case.helpers:
        found.setdefault(helper.employee_id, []).append(Concern.HELPER)
    for asked in case.invited:
        found.setdefault(asked.employee_id, []).append(Concern.INVITED)
    if case.asked is not None and case.asked.of is not None:
        found.setdefault(case.asked.of.employee_id, []).append(Concern.LENDER)
    if case.hand_off is not None:
        found.setdefault(case.hand_off.receiver.employee_id, []).append(Concern.RECEIVER)
    if case.first_contact.employee_id != case.owner.employee_id and case.status is not Status.CLOSED:
        found.setdefault(case.first_contact.employee_id, []).append(Concern.FIRST_CONTACT)
    return {employee_id: tuple(concerns) for employee_id, concerns in found.items() if employee_id}


def involved(case: Case | None) -> frozenset[str]:
    """Whom an open case concerns beside its owner."""
    if case is None or case.status is Status.CLOSED:
        return frozenset()
    return frozenset(concerns_of(case)) - {case.owner.employee_id}
