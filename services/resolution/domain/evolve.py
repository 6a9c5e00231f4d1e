"""evolve(state, event) -> state: the only place where a case's state changes. Total over events that decide()
makes; an event that the state table does not allow raises, so a log that could not have happened is never
folded quietly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.state import Call, Case, Grant, HandOff, Proposal, StepDone
from services.resolution.domain.table import Act, next_status
from services.resolution.domain.words import Address, Closing, Status, Verdict

ACT_OF_VERDICT = {
    Verdict.BELOW: Act.SAY_BELOW,
    Verdict.MEETS: Act.SAY_ACCEPTED,
    Verdict.EXCEEDS: Act.SAY_ACCEPTED,
    Verdict.SOLVED: Act.SAY_SOLVED,
}


def evolve(case: Case | None, event: e.Event) -> Case:
    """The state after `event`. Only CaseOpened may come first; raises LookupError for anything else without a
    case."""
    if isinstance(event, e.CaseOpened):
        return _opened(event)
    if case is None:
        raise LookupError(f"{type(event).__name__} before CaseOpened")
    return replace(case, version=case.version + 1, **_CHANGES[type(event)](case, event))


def fold(case: Case | None, events: Iterable[e.Event]) -> Case | None:
    """Every event in order."""
    for event in events:
        case = evolve(case, event)
    return case


def _opened(event: e.CaseOpened) -> Case:
    return Case(
        case_id=event.case_id,
        tenant_id=event.tenant_id,
        version=1,
        status=Status.OPEN,
        owner=event.owner,
        first_contact=event.owner,
        owner_since=event.opened_at,
        customer_id=event.customer_id,
        first_name=event.first_name,
        full_name=event.full_name,
        channel=event.channel,
        severity=event.severity,
        category=event.category,
        language=event.language,
        playbook_id=event.playbook_id,
        playbook_version=event.playbook_version,
        opened_at=event.opened_at,
        complained_at=event.complained_at,
        last_word=event.word,
        linked_case_id=event.linked_case_id,
        addresses=(event.address,) if event.address else (),
        call=Call(event.call_id) if event.call_id else None,
    )


_Changes = dict[str, Any]


def _owner_assigned(case: Case, event: e.OwnerAssigned) -> _Changes:
    return {
        "owner": event.owner,
        "owner_since": event.accepted_at,
        "helpers": _without(case, event.owner.employee_id),
    }


def _helper_joined(case: Case, event: e.HelperJoined) -> _Changes:
    return {"helpers": (*_without(case, event.helper.employee_id), event.helper)}


def _helper_left(case: Case, event: e.HelperLeft) -> _Changes:
    return {"helpers": _without(case, event.employee_id)}


def _without(case: Case, employee_id: str) -> tuple[Any, ...]:
    return tuple(helper for helper in case.helpers if helper.employee_id != employee_id)


def _offered(case: Case, event: e.HandOffOffered) -> _Changes:
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


def _introduced(case: Case, event: e.HandOffIntroduced) -> _Changes:
    pending = case.hand_off
    return {"hand_off": replace(pending, introduced=True) if pending else None}


def _hand_off_over(case: Case, event: e.Event) -> _Changes:
    return {"hand_off": None}


def _granted(case: Case, event: e.RemedyGranted) -> _Changes:
    grant = Grant(
        event.grant_id,
        event.remedy_id,
        event.granted_by_employee_id,
        event.cost,
        event.value,
        event.charges,
        event.granted_at,
        event.idempotency_key,
    )
    return {"grants": (*case.grants, grant)}


def _reply_sent(case: Case, event: e.ReplySent) -> _Changes:
    return {"replies": case.replies + 1, "said": _united(case.said, event.said)}


def _employee_spoke(case: Case, event: e.EmployeeSpoke) -> _Changes:
    return {"replies": case.replies + 1, "said": _united(case.said, event.said)}


def _united(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return old if set(new) <= set(old) else tuple(sorted({*old, *new}))


def _proposed(case: Case, event: e.SolutionProposed) -> _Changes:
    return {
        "status": next_status(case.status, Act.PROPOSE),
        "proposal": Proposal(event.proposal_id, event.description, event.proposed_at),
    }


def _verdict(case: Case, event: e.VerdictGiven) -> _Changes:
    if event.verdict is Verdict.NOT_SOLVED:  # CaseReopened follows and moves the status
        return {}
    changes: _Changes = {"status": next_status(case.status, ACT_OF_VERDICT[event.verdict])}
    if case.proposal and event.proposal_id == case.proposal.proposal_id:
        changes["proposal"] = replace(
            case.proposal, verdict=event.verdict, verdict_message_id=event.message_id
        )
    return changes


def _fixed(case: Case, event: e.FixApplied) -> _Changes:
    return {"status": next_status(case.status, Act.FIX), "fixes": case.fixes + 1}


def _resolved(case: Case, event: e.CaseResolved) -> _Changes:
    return {"status": next_status(case.status, Act.RESOLVE), "resolved_at": event.resolved_at}


def _closed(case: Case, event: e.CaseClosed) -> _Changes:
    act = Act.CONFIRM if event.closing is Closing.CONFIRMED else Act.WITHDRAW
    return {
        "status": next_status(case.status, act),
        "closed_at": event.closed_at,
        "closing": event.closing,
        "closing_message_id": event.message_id,
        "hand_off": None,
    }


def _reopened(case: Case, event: e.CaseReopened) -> _Changes:
    act = Act.REOPEN if case.status is Status.CLOSED else Act.SAY_NOT_SOLVED
    return {
        "status": next_status(case.status, act),
        "resolved_at": None,
        "closed_at": None,
        "closing": None,
        "closing_message_id": "",
        "proposal": None,
        "fixes": 0,
        "reopened": case.reopened + 1,
    }


def _held_back(case: Case, event: e.ConfirmationHeldBack) -> _Changes:
    return {"held_back": (*case.held_back, event.message_id)}


def _step(case: Case, event: e.StepCompleted) -> _Changes:
    return {"steps": (*case.steps, StepDone(event.step_id, event.evidence_event_id, event.completed_at))}


def _customer_spoke(case: Case, event: e.CustomerSpoke) -> _Changes:
    changes: _Changes = {}
    if event.word.received_at >= case.last_word.received_at:
        changes["last_word"] = event.word
    if event.address:
        changes["addresses"] = _front(case.addresses, event.address)
    return changes


def _front(addresses: tuple[Address, ...], newest: Address) -> tuple[Address, ...]:
    return (newest, *(each for each in addresses if each.channel != newest.channel))


def _call_started(case: Case, event: e.CallStarted) -> _Changes:
    if case.call and case.call.interaction_id == event.interaction_id:
        return {"call": replace(case.call, session_id=event.session_id)}
    return {"call": Call(event.interaction_id, event.session_id)}


def _call_joined(case: Case, event: e.CallJoined) -> _Changes:
    call = case.call
    if call is None or call.interaction_id != event.interaction_id:
        call = Call(event.interaction_id, event.session_id)
    present = tuple(sorted({*call.employee_ids, event.employee_id}))
    return {"call": replace(call, session_id=event.session_id, employee_ids=present)}


def _call_ended(case: Case, event: e.CallEnded) -> _Changes:
    if case.call is None or case.call.interaction_id != event.interaction_id:
        return {}
    pending = case.hand_off
    # who has hung up is with nobody: a live introduction ends with its call
    waiting = replace(pending, introduced=False) if pending and pending.live else pending
    return {"call": None, "hand_off": waiting}


_CHANGES: dict[type, Callable[[Case, Any], _Changes]] = {
    e.OwnerAssigned: _owner_assigned,
    e.HelperJoined: _helper_joined,
    e.HelperLeft: _helper_left,
    e.HandOffOffered: _offered,
    e.HandOffIntroduced: _introduced,
    e.HandOffAccepted: _hand_off_over,
    e.HandOffDeclined: _hand_off_over,
    e.HandOffTimedOut: _hand_off_over,
    e.HandOffRefused: lambda case, event: {},
    e.RemedyGranted: _granted,
    e.ReplyChecked: lambda case, event: {},
    e.ReplySent: _reply_sent,
    e.SolutionProposed: _proposed,
    e.VerdictGiven: _verdict,
    e.AlternativesAskedFor: lambda case, event: {},
    e.FixApplied: _fixed,
    e.CauseRecorded: lambda case, event: {"cause": event.cause},
    e.PreventionRecorded: lambda case, event: {"prevention": event.prevention},
    e.CaseResolved: _resolved,
    e.CaseClosed: _closed,
    e.CaseReopened: _reopened,
    e.ConfirmationHeldBack: _held_back,
    e.StepCompleted: _step,
    e.CustomerSpoke: _customer_spoke,
    e.EmployeeSpoke: _employee_spoke,
    e.CallStarted: _call_started,
    e.CallJoined: _call_joined,
    e.CallEnded: _call_ended,
    e.SuccessorOpened: lambda case, event: {"successor_id": event.case_id},
}
