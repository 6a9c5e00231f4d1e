"""How a case changes by facts that other services published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Call, Case
from services.resolution.domain.words import Address


def _customer_spoke(case: Case, event: e.CustomerSpoke) -> Changes:
    changes: Changes = {}
    if event.word.received_at >= case.last_word.received_at:
        changes["last_word"] = event.word
    if event.address:
        changes["addresses"] = _front(case.addresses, event.address)
    return changes


def _employee_spoke(case: Case, event: e.EmployeeSpoke) -> Changes:
    return {"replies": case.replies + 1, "said": _united(case.said, event.said)}


def _call_started(case: Case, event: e.CallStarted) -> Changes:
    if case.call and case.call.interaction_id == event.interaction_id:
        return {"call": replace(case.call, session_id=event.session_id)}
    return {"call": Call(event.interaction_id, event.session_id)}


def _call_joined(case: Case, event: e.CallJoined) -> Changes:
    call = case.call
    if call is None or call.interaction_id != event.interaction_id:
        call = Call(event.interaction_id, event.session_id)
    present = tuple(sorted({*call.employee_ids, event.employee_id}))
    return {"call": replace(call, session_id=event.session_id, employee_ids=present)}


def _call_ended(case: Case, event: e.CallEnded) -> Changes:
    if case.call is None or case.call.interaction_id != event.interaction_id:
        return {}
    pending = case.hand_off
    # who has hung up is with nobody: a live introduction ends with its call
    waiting = replace(pending, introduced=False) if pending and pending.live else pending
    return {"call": None, "hand_off": waiting}


def _united(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return old if set(new) <= set(old) else tuple(sorted({*old, *new}))


def _front(addresses: tuple[Address, ...], newest: Address) -> tuple[Address, ...]:
    return (newest, *(each for each in addresses if each.channel != newest.channel))


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.CustomerSpoke: _customer_spoke,
    e.EmployeeSpoke: _employee_spoke,
    e.CallStarted: _call_started,
    e.CallJoined: _call_joined,
    e.CallEnded: _call_ended,
    e.SuccessorOpened: lambda case, event: {"successor_id": event.case_id},
}
