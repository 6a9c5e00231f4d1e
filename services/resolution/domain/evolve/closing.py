"""How a case changes: how a case ends, and begins again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.authority import ENDED
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Case
from services.resolution.domain.table import ACT_OF_CLOSING, Act, next_status
from services.resolution.domain.words import Closing, Status


def _closed(case: Case, event: e.CaseClosed) -> Changes:
    # what was given goes with the complaint: it is held once, by the survivor
    moved: Changes = {"grants": ()} if event.closing is Closing.MERGED else {}
    return {
        **moved,
        "status": next_status(case.status, ACT_OF_CLOSING[event.closing]),
        "closed_at": event.closed_at,
        "closing": event.closing,
        "closing_message_id": event.message_id,
        "hand_off": None,
        **ENDED,
        "successor_id": event.survivor_case_id,
    }


def _reopened(case: Case, event: e.CaseReopened) -> Changes:
    act = Act.REOPEN if case.status is Status.CLOSED else Act.SAY_NOT_SOLVED
    return {
        "status": next_status(case.status, act),
        "resolved_at": None,
        "closed_at": None,
        "closing": None,
        "closing_message_id": "",
        "successor_id": "",
        "proposal": None,
        "fixes": 0,
        "attempts": (),
        "letter": None,
        "reopened": case.reopened + 1,
        "prevention_due_at": None,
    }


def _held_back(case: Case, event: e.ConfirmationHeldBack) -> Changes:
    return {
        "held_back": (*case.held_back, event.message_id),
        "held_back_at": event.word_at or case.held_back_at,
    }


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.CaseClosed: _closed,
    e.CaseReopened: _reopened,
    e.ConfirmationHeldBack: _held_back,
}
