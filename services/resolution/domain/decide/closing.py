"""Closed means the customer said so, or a typed exception with its own evidence (evidence.py). The owner's
closing and the customer's own answer both end here; silence never does (domain.md, Life of a case)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.evidence import demand_evidence
from services.resolution.domain.decide.guard import demand_act, demand_owner
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.state import Case
from services.resolution.domain.table import ACT_OF_CLOSING
from services.resolution.domain.words import Closing, Status, Verdict

ON_A_WORD = (Closing.CONFIRMED, Closing.WITHDRAWN)
"""Closings whose evidence is a word of the customer."""


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
    """Closed as the command says, with the evidence that kind demands (evidence.py); nothing when it is
    closed so already."""
    demand_owner(case, command.actor)
    if (case.closing, case.closing_message_id) == (command.closing, _named(command)):
        return []
    demand_act(case, ACT_OF_CLOSING[command.closing])
    demand_evidence(case, command, now, playbook)
    return [e.CaseClosed(command.closing, _named(command), command.note.strip(), now)]


def _named(command: c.CloseCase) -> str:
    """The customer's word that a closing rests on; most do not rest on any."""
    return command.message_id if command.closing in ON_A_WORD else ""


def hear_word(case: Case, heard: e.CustomerSpoke, now: datetime, reopen_window: timedelta) -> list[e.Event]:
    """A further word of the customer. Where they were taken to be gone, or not to be complaining, it reopens
    the case by itself; a closing on their own words waits for what this one says (hear_feedback)."""
    if not case.closing or case.closing in ON_A_WORD or too_late(case, now, reopen_window):
        return [heard]
    return [heard, e.CaseReopened(heard.word.message_id, "customer_word_after_closure", now)]


def word_begins_new_case(case: Case, now: datetime, reopen_window: timedelta) -> bool:
    """Whether a customer's word on this case comes too late to reopen it by itself."""
    undone = case.closing is not None and case.closing not in ON_A_WORD
    return undone and too_late(case, now, reopen_window)


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
    return feedback.solved is not Solved.YES and too_late(case, now, reopen_window)


def too_late(case: Case, now: datetime, reopen_window: timedelta) -> bool:
    """Whether the case was closed longer ago than the reopen window; its last instant is still inside."""
    return case.closed_at is not None and now - case.closed_at > reopen_window


def _before_resolution(case: Case, feedback: Feedback) -> bool:
    """Words that reached us before the owner said "fixed" are about something else. Only our own time of
    receipt can tell: the provider's may be rounded, or a customer's clock be slow."""
    word = case.last_word
    known = word.message_id == feedback.message_id
    return known and case.resolved_at is not None and word.received_at <= case.resolved_at


def _heard_at(case: Case, feedback: Feedback, now: datetime) -> datetime:
    known = case.last_word.message_id == feedback.message_id
    return case.last_word.received_at if known else now


def _while_resolved(case: Case, feedback: Feedback, now: datetime) -> list[e.Event]:
    if _before_resolution(case, feedback):
        return []
    if feedback.solved is Solved.UNCLEAR:
        return []  # the owner reads it, and asks again
    if feedback.message_id in case.held_back and feedback.solved is not Solved.NO:
        return []  # once it has contradicted itself, no other reading of it confirms
    if feedback.solved is Solved.CONTRADICTORY:
        return [e.ConfirmationHeldBack(feedback.message_id, feedback.words, _heard_at(case, feedback, now))]
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
