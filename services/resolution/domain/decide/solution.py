"""From a proposal to "fixed": proposal, the customer's verdict on it, the fix, cause and prevention,
resolved."""

from __future__ import annotations

from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import replies
from services.resolution.domain.decide.evidence import demand_not_held_back, demand_word
from services.resolution.domain.decide.guard import demand_act, demand_gates, demand_owner, demand_text
from services.resolution.domain.errors import NotNow
from services.resolution.domain.evolve import ACT_OF_VERDICT
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.replycheck import Pack
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act
from services.resolution.domain.words import Verdict, weight


def propose(case: Case, command: c.ProposeSolution, now: datetime, pack: Pack | None) -> list[e.Event]:
    """The words to the customer go through the reply check; on a live call they may have been spoken
    instead."""
    demand_act(case, Act.PROPOSE)
    demand_owner(case, command.actor)
    description = demand_text("description", command.description)
    spoken = not command.text.strip() and case.call is not None
    said: list[e.Event] = [] if spoken else replies.words_of_proposal(case, command, now, pack)
    proposed = e.SolutionProposed(
        command.proposal_id,
        command.actor.employee_id,
        description,
        "" if spoken else command.reply_id,
        now,
        alternative_to=_below(case),
    )
    return [*said, proposed]


def _below(case: Case) -> str:
    """The proposal that was not good enough, and that a new one answers: alternatives are asked for and
    offered (P4.4)."""
    last = case.proposal
    if last is None:
        return ""
    return last.proposal_id if last.verdict is Verdict.BELOW else last.alternative_to


def record_verdict(case: Case, command: c.RecordVerdict, now: datetime) -> list[e.Event]:
    """The customer's word on the last proposal (below, meets, exceeds) or on the fix (solved, not_solved).
    The message it names must be the customer's, on this case, and have reached us after what it judges."""
    demand_owner(case, command.actor)
    if command.verdict in (Verdict.SOLVED, Verdict.NOT_SOLVED):
        return _on_the_fix(case, command, now)
    proposal = case.proposal
    if proposal and (proposal.verdict, proposal.verdict_message_id) == (command.verdict, command.message_id):
        return []  # said already: a repeated call changes nothing
    demand_act(case, ACT_OF_VERDICT[command.verdict])
    if proposal is None:
        raise NotNow("nothing_proposed", "There is no proposal to judge.", {"instead": "propose_solution"})
    demand_word(command.message_id, command.evidence, proposal.proposed_at)
    given = e.VerdictGiven(command.verdict, command.message_id, proposal.proposal_id, command.actor, now)
    if command.verdict is Verdict.BELOW:
        return [given, e.AlternativesAskedFor(proposal.proposal_id)]
    return [given]


def _on_the_fix(case: Case, command: c.RecordVerdict, now: datetime) -> list[e.Event]:
    solved = command.verdict is Verdict.SOLVED
    demand_act(case, Act.SAY_SOLVED if solved else Act.SAY_NOT_SOLVED)
    demand_word(command.message_id, command.evidence, case.resolved_at or case.opened_at)
    if solved:
        demand_not_held_back(case, command.message_id, command.evidence)
    given = e.VerdictGiven(command.verdict, command.message_id, _proposal_id(case), command.actor, now)
    return [given] if solved else [given, e.CaseReopened(command.message_id, "not_solved", now)]


def _proposal_id(case: Case) -> str:
    return case.proposal.proposal_id if case.proposal else ""


def apply_fix(case: Case, command: c.ApplyFix, now: datetime) -> list[e.Event]:
    """What was done, after the customer accepted the proposal."""
    demand_act(case, Act.FIX)
    demand_owner(case, command.actor)
    return [e.FixApplied(command.actor.employee_id, demand_text("description", command.description), now)]


def assess_severity(case: Case, command: c.AssessSeverity, now: datetime) -> list[e.Event]:
    """How severe it is, as the owner sees it; a reason must come with it. Follow-up's clocks never become
    longer by it."""
    demand_act(case, Act.RECORD)
    demand_owner(case, command.actor)
    demand_text("reason", command.reason)
    if command.severity == case.severity:
        return []  # said already
    return [e.SeverityAssessed(command.actor.employee_id, case.severity, command.severity, now)]


def hear_severity(case: Case, heard: e.CustomerSpoke) -> list[e.SeverityAssessed]:
    """What a further word shows of the severity, from when it reached us: never less than the case has. Words
    that give no ground show nothing. The owner who sees it otherwise says so afterwards."""
    if not heard.grounds or weight(heard.severity) <= weight(case.severity):
        return []
    word = heard.word
    return [
        e.SeverityAssessed(
            "", case.severity, heard.severity, word.received_at, word.message_id, heard.grounds
        )
    ]


def record_cause(case: Case, command: c.RecordCause) -> list[e.Event]:
    """Why it happened; the last word on it counts."""
    demand_act(case, Act.RECORD)
    demand_owner(case, command.actor)
    cause = demand_text("cause", command.cause)
    return [e.CauseRecorded(command.actor.employee_id, cause, command.cause_code)]


def record_prevention(case: Case, command: c.RecordPrevention) -> list[e.Event]:
    """What stops it happening again (P5.5); the last word on it counts."""
    demand_act(case, Act.RECORD)
    demand_owner(case, command.actor)
    return [e.PreventionRecorded(command.actor.employee_id, demand_text("prevention", command.prevention))]


def resolve(case: Case, command: c.ResolveCase, now: datetime, playbook: Playbook) -> list[e.Event]:
    """The owner says it is fixed, and something on record fixed it. The first person is named: they circle
    back."""
    demand_act(case, Act.RESOLVE)
    demand_owner(case, command.actor)
    demand_gates(case, playbook, "resolve")
    if not case.fixes and not case.grants:
        raise NotNow(
            "nothing_fixed", "Nothing on record has fixed it yet.", {"instead": "apply_fix,grant_remedy"}
        )
    return [e.CaseResolved(command.actor.employee_id, now, case.first_contact.employee_id)]
