"""THE state table: which act is possible in which status, and where it leads. Anything absent is an error
(domain.md, Life of a case). decide() asks it before it makes an event, evolve() takes the next status from
it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.resolution.domain.errors import NotNow
from services.resolution.domain.words import Closing, Status


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
    GIVE_UP = "give_up"
    DISMISS = "dismiss"
    END_BY_LETTER = "end_by_letter"
    MERGE = "merge"
    ABSORB = "absorb"
    ABSORB_UNFINISHED = "absorb_unfinished"
    LINK = "link"
    SPLIT = "split"
    REOPEN = "reopen"


ACT_OF_CLOSING: Mapping[Closing, Act] = {
    Closing.CONFIRMED: Act.CONFIRM,
    Closing.WITHDRAWN: Act.WITHDRAW,
    Closing.UNREACHABLE: Act.GIVE_UP,
    Closing.MERGED: Act.MERGE,
    Closing.NOT_A_COMPLAINT: Act.DISMISS,
    Closing.FINAL_RESPONSE: Act.END_BY_LETTER,
}
"""The act that each typed closing is."""

PROGRESS = (Status.OPEN, Status.PROPOSED, Status.FIXING, Status.RESOLVED, Status.CLOSED)
"""The way of a case, from its beginning to its end."""
_O, _P, _F, _R, _C = PROGRESS

TABLE: Mapping[Status, Mapping[Act, Status]] = {
    _O: {
        Act.REPLY: _O,
        Act.GRANT: _O,
        Act.HAND_OFF: _O,
        Act.HELP: _O,
        Act.RECORD: _O,
        Act.PROPOSE: _P,
        Act.WITHDRAW: _C,
        Act.DISMISS: _C,
        Act.GIVE_UP: _C,
        Act.END_BY_LETTER: _C,
        Act.MERGE: _C,
        Act.ABSORB: _O,
        # what was agreed with the customer is now only a part of what they complain about
        Act.ABSORB_UNFINISHED: _O,
        Act.LINK: _O,
        Act.SPLIT: _O,
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
        Act.DISMISS: _C,
        Act.GIVE_UP: _C,
        Act.END_BY_LETTER: _C,
        Act.MERGE: _C,
        Act.ABSORB: _P,
        Act.ABSORB_UNFINISHED: _O,
        Act.LINK: _P,
        Act.SPLIT: _P,
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
        Act.GIVE_UP: _C,
        Act.END_BY_LETTER: _C,
        Act.MERGE: _C,
        Act.ABSORB: _F,
        Act.ABSORB_UNFINISHED: _O,
        Act.LINK: _F,
        Act.SPLIT: _F,
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
        Act.GIVE_UP: _C,
        Act.END_BY_LETTER: _C,
        Act.MERGE: _C,
        Act.ABSORB: _R,
        Act.ABSORB_UNFINISHED: _O,
        Act.LINK: _R,
        Act.SPLIT: _R,
    },
    _C: {
        Act.REPLY: _C,
        Act.CIRCLE_BACK: _C,
        Act.RECORD: _C,
        Act.LINK: _C,
        Act.SPLIT: _C,
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
