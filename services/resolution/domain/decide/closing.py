"""Closed means the customer said so. The owner's closing and the customer's own answer both end here; silence
never does (domain.md, Life of a case)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.guard import demand_act, demand_gates, demand_owner
from services.resolution.domain.decide.solution import demand_not_held_back, demand_word
from services.resolution.domain.errors import NotNow
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act
from services.resolution.domain.words import Closing, Status, Verdict


class Solved(StrEnum):
    """How follow-up read the customer's answer to "is it solved?"."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True, slots=True)
class Feedback:
    """The customer's answer, by the message that holds it and its own words."""

    message_id: str
    solved: Solved
    words: str
    given_at: datetime


def close(case: Case, command: c.CloseCase, now: datetime, playbook: Playbook) -> list[e.Event]:
    """Confirmed needs a word of the customer after the case was resolved; withdrawn any later word of theirs.
    Raises NotNow("closing_not_supported") for closings whose own evidence cannot be shown yet."""
    demand_owner(case, command.actor)
    if (case.closing, case.closing_message_id) == (command.closing, command.message_id):
        return []  # closed on this very word already
    if command.closing is Closing.CONFIRMED:
        demand_act(case, Act.CONFIRM)
        demand_not_held_back(case, command.message_id)
        demand_word(command.message_id, command.evidence, case.resolved_at or now)
        demand_gates(case, playbook, "close")
    elif command.closing is Closing.WITHDRAWN:
        demand_act(case, Act.WITHDRAW)
        demand_word(command.message_id, command.evidence, case.opened_at - timedelta.resolution)
    else:
        raise NotNow(
            "closing_not_supported",
            f"A closing as {command.closing} needs evidence that cannot be shown here.",
            {"closings": f"{Closing.CONFIRMED},{Closing.WITHDRAWN}"},
        )
    return [e.CaseClosed(command.closing, command.message_id, command.note, now)]


def hear_feedback(case: Case, feedback: Feedback, now: datetime, reopen_window: timedelta) -> list[e.Event]:
    """What the customer's own answer does: confirms and closes a resolved case, reopens one that is not
    solved, is held back when it contradicts itself, reopens a closed one inside the window. While the case is
    under way it is just another word of the customer."""
    if case.status is Status.RESOLVED:
        return _while_resolved(case, feedback, now)
    if case.status is Status.CLOSED and not begins_new_case(case, feedback, now, reopen_window):
        return _after_closure(case, feedback, now)
    return []


def begins_new_case(case: Case, feedback: Feedback, now: datetime, reopen_window: timedelta) -> bool:
    """Whether this word comes too late to reopen, and so belongs to a new, linked case."""
    if case.status is not Status.CLOSED or case.closed_at is None or feedback.solved is Solved.YES:
        return False
    return now - case.closed_at > reopen_window


def _before_resolution(case: Case, feedback: Feedback) -> bool:
    """Words that reached us before the owner said "fixed" are about something else. Only our own time of
    receipt can tell: the provider's may be rounded, or a customer's clock be slow."""
    word = case.last_word
    known = word.message_id == feedback.message_id
    return known and case.resolved_at is not None and word.received_at <= case.resolved_at


def _while_resolved(case: Case, feedback: Feedback, now: datetime) -> list[e.Event]:
    if _before_resolution(case, feedback):
        return []
    if feedback.solved is Solved.UNCLEAR:
        return []  # the owner reads it, and asks again
    if feedback.message_id in case.held_back and feedback.solved is not Solved.NO:
        return []  # once it has contradicted itself, no other reading of it confirms
    if feedback.solved is Solved.CONTRADICTORY:
        return [e.ConfirmationHeldBack(feedback.message_id, feedback.words)]
    proposal_id = case.proposal.proposal_id if case.proposal else ""
    if feedback.solved is Solved.NO:
        no = e.VerdictGiven(Verdict.NOT_SOLVED, feedback.message_id, proposal_id, None, feedback.given_at)
        return [no, e.CaseReopened(feedback.message_id, "not_solved", now)]
    yes = e.VerdictGiven(Verdict.SOLVED, feedback.message_id, proposal_id, None, feedback.given_at)
    return [yes, e.CaseClosed(Closing.CONFIRMED, feedback.message_id, feedback.words, now)]


def _after_closure(case: Case, feedback: Feedback, now: datetime) -> list[e.Event]:
    if feedback.solved is Solved.YES:
        return []
    # a person has read this very message and closed on it: only a plain no in it can reopen
    if feedback.message_id == case.closing_message_id and feedback.solved is Solved.UNCLEAR:
        return []
    because = "not_solved" if feedback.solved is Solved.NO else "customer_word_after_closure"
    return [e.CaseReopened(feedback.message_id, because, now)]
