"""How a case changes by facts that other services published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes, spoken
from services.resolution.domain.speech import Stretch, added
from services.resolution.domain.state import Attempt, Call, Case
from services.resolution.domain.words import Address

MAX_ATTEMPTS = 32
"""Kept of one silence: many more than any closing asks for."""


def _customer_spoke(case: Case, event: e.CustomerSpoke) -> Changes:
    changes: Changes = {"waiting": True}
    if event.word.received_at >= case.last_word.received_at:
        changes["last_word"] = event.word
    # who has spoken since was reached after all; a message under way while they wrote still counts
    changes["attempts"] = tuple(one for one in case.attempts if one.at > event.word.received_at)
    if event.address:
        changes["addresses"] = _front(case.addresses, event.address)
    return changes


def _employee_spoke(case: Case, event: e.EmployeeSpoke) -> Changes:
    stretch = Stretch(event.employee_id, event.segment_id, event.text, event.spoken_at)
    return {
        "replies": case.replies + 1,
        "said": _united(case.said, event.said),
        "heard": added(case.heard, stretch),
        **spoken(case),
    }


def _call_started(case: Case, event: e.CallStarted) -> Changes:
    if case.call and case.call.interaction_id == event.interaction_id:
        started_at = event.started_at or case.call.started_at
        return {"call": replace(case.call, session_id=event.session_id, started_at=started_at)}
    return {"call": Call(event.interaction_id, event.session_id, started_at=event.started_at)}


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
    return {"call": None, "hand_off": waiting, "heard": ()}


def _contact_made(case: Case, event: e.ContactMade) -> Changes:
    changes: Changes = {}
    if event.at > case.last_word.received_at:
        attempt = Attempt(event.contact_id, event.channel, event.at, event.delivered)
        others = (one for one in case.attempts if one.contact_id != event.contact_id)
        inside = sorted((*others, attempt), key=lambda one: (one.at, one.contact_id))
        # the first tells how long we have tried; of the others the newest are enough
        changes["attempts"] = (*inside[:1], *inside[1:][1 - MAX_ATTEMPTS :])
    if event.delivered and case.letter and case.letter.reply_id == event.reply_id:
        changes["letter"] = replace(case.letter, delivered_at=event.at)
    return changes


def _united(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return old if set(new) <= set(old) else tuple(sorted({*old, *new}))


def _front(addresses: tuple[Address, ...], newest: Address) -> tuple[Address, ...]:
    return (newest, *(each for each in addresses if each.channel != newest.channel))


def _customer_restored(case: Case, event: e.CustomerRestored) -> Changes:
    grants = tuple(
        replace(each, customer_id=event.customer_id) if each.customer_id else each for each in case.grants
    )
    return {"customer_id": event.customer_id, "grants": grants}


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.CustomerSpoke: _customer_spoke,
    e.EmployeeSpoke: _employee_spoke,
    e.CallStarted: _call_started,
    e.CallJoined: _call_joined,
    e.CallEnded: _call_ended,
    e.ContactMade: _contact_made,
    e.CustomerRenamed: lambda case, event: {"customer_id": event.customer_id},
    e.CustomerRestored: _customer_restored,
    e.SuccessorOpened: lambda case, event: {"successor_id": event.case_id},
}
