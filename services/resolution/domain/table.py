"""THE state table: which act is possible in which status, and where it leads. Anything absent is an error
(domain.md, Life of a case). decide() asks it before it makes an event, evolve() takes the next status from
it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.resolution.domain.errors import NotNow
from services.resolution.domain.words import Status


class Act(StrEnum):
    """What can be done to a case, by whoever may do it."""

    REPLY = "reply"
    CIRCLE_BACK = "circle_back"
    GRANT = "grant"
    HAND_OFF = "hand_off"
    HELP = "help"
    RECORD = "record"
    PROPOSE = "propose"
    SAY_BELOW = "say_below"
    SAY_ACCEPTED = "say_accepted"
    FIX = "fix"
    RESOLVE = "resolve"
    SAY_SOLVED = "say_solved"
    SAY_NOT_SOLVED = "say_not_solved"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


_O, _P, _F, _R, _C = Status.OPEN, Status.PROPOSED, Status.FIXING, Status.RESOLVED, Status.CLOSED

TABLE: Mapping[Status, Mapping[Act, Status]] = {
    _O: {
        Act.REPLY: _O,
        Act.GRANT: _O,
        Act.HAND_OFF: _O,
        Act.HELP: _O,
        Act.RECORD: _O,
        Act.PROPOSE: _P,
        Act.WITHDRAW: _C,
    },
    _P: {
        Act.REPLY: _P,
        Act.GRANT: _P,
        Act.HAND_OFF: _P,
        Act.HELP: _P,
        Act.RECORD: _P,
        # a better offer before the customer has answered the last one replaces it
        Act.PROPOSE: _P,
        Act.SAY_BELOW: _O,
        Act.SAY_ACCEPTED: _F,
        Act.WITHDRAW: _C,
    },
    _F: {
        Act.REPLY: _F,
        Act.GRANT: _F,
        Act.HAND_OFF: _F,
        Act.HELP: _F,
        Act.RECORD: _F,
        Act.FIX: _F,
        Act.RESOLVE: _R,
        Act.WITHDRAW: _C,
    },
    _R: {
        Act.REPLY: _R,
        Act.CIRCLE_BACK: _R,
        Act.GRANT: _R,
        Act.HAND_OFF: _R,
        Act.HELP: _R,
        Act.RECORD: _R,
        Act.SAY_SOLVED: _R,
        Act.SAY_NOT_SOLVED: _O,
        Act.CONFIRM: _C,
        Act.WITHDRAW: _C,
    },
    _C: {
        Act.REPLY: _C,
        Act.CIRCLE_BACK: _C,
        Act.RECORD: _C,
        Act.REOPEN: _O,
    },
}


def next_status(status: Status, act: Act) -> Status:
    """The status after `act`; raises NotNow("not_in_this_status") naming what this status allows instead."""
    row = TABLE[status]
    if act not in row:
        raise NotNow(
            "not_in_this_status",
            f"A case that is {status} does not allow: {act}.",
            {"status": status.value, "acts": ",".join(sorted(each.value for each in row))},
        )
    return row[act]
