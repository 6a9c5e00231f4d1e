"""How a case changes: proposal, verdict, fix, cause, prevention, resolved (domain.md, Life of a case)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Case, Proposal
from services.resolution.domain.table import Act, next_status
from services.resolution.domain.words import Verdict

ACT_OF_VERDICT = {
    Verdict.BELOW: Act.SAY_BELOW,
    Verdict.MEETS: Act.SAY_ACCEPTED,
    Verdict.EXCEEDS: Act.SAY_ACCEPTED,
    Verdict.SOLVED: Act.SAY_SOLVED,
}


def _proposed(case: Case, event: e.SolutionProposed) -> Changes:
    return {
        "status": next_status(case.status, Act.PROPOSE),
        "proposal": Proposal(
            event.proposal_id,
            event.description,
            event.proposed_at,
            alternative_to=event.alternative_to,
        ),
    }


def _verdict(case: Case, event: e.VerdictGiven) -> Changes:
    if event.verdict is Verdict.NOT_SOLVED:  # CaseReopened follows and moves the status
        return {}
    changes: Changes = {"status": next_status(case.status, ACT_OF_VERDICT[event.verdict])}
    if case.proposal and event.proposal_id == case.proposal.proposal_id:
        changes["proposal"] = replace(
            case.proposal, verdict=event.verdict, verdict_message_id=event.message_id
        )
    return changes


def _fixed(case: Case, event: e.FixApplied) -> Changes:
    return {"status": next_status(case.status, Act.FIX), "fixes": case.fixes + 1}


def _resolved(case: Case, event: e.CaseResolved) -> Changes:
    return {"status": next_status(case.status, Act.RESOLVE), "resolved_at": event.resolved_at}


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.SolutionProposed: _proposed,
    e.VerdictGiven: _verdict,
    e.AlternativesAskedFor: lambda case, event: {},
    e.FixApplied: _fixed,
    e.CauseRecorded: lambda case, event: {"cause": event.cause, "cause_code": event.cause_code},
    e.PreventionRecorded: lambda case, event: {"prevention": event.prevention},
    e.CaseResolved: _resolved,
}
