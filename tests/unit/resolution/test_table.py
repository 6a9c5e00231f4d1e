"""The life of a case is one table, and what is not in it does not happen."""

from __future__ import annotations

import pytest

from services.resolution.domain.errors import NotNow
from services.resolution.domain.table import TABLE, Act, next_status
from services.resolution.domain.words import Status

# domain.md, Life of a case, written down a second time: moves only, staying is not listed
MOVES = {
    (Status.OPEN, Act.PROPOSE): Status.PROPOSED,
    (Status.OPEN, Act.WITHDRAW): Status.CLOSED,
    (Status.PROPOSED, Act.SAY_ACCEPTED): Status.FIXING,
    (Status.PROPOSED, Act.SAY_BELOW): Status.OPEN,
    (Status.PROPOSED, Act.WITHDRAW): Status.CLOSED,
    (Status.FIXING, Act.RESOLVE): Status.RESOLVED,
    (Status.FIXING, Act.WITHDRAW): Status.CLOSED,
    (Status.RESOLVED, Act.SAY_NOT_SOLVED): Status.OPEN,
    (Status.RESOLVED, Act.CONFIRM): Status.CLOSED,
    (Status.RESOLVED, Act.WITHDRAW): Status.CLOSED,
    (Status.CLOSED, Act.REOPEN): Status.OPEN,
}


def test_a_case_moves_only_along_the_moves_of_its_life() -> None:
    moves = {
        (status, act): to for status, row in TABLE.items() for act, to in row.items() if to is not status
    }
    assert moves == MOVES


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(Act))
def test_what_the_table_does_not_hold_is_refused_with_what_it_does(status: Status, act: Act) -> None:
    if act in TABLE[status]:
        assert next_status(status, act) in Status
        return
    with pytest.raises(NotNow) as refused:
        next_status(status, act)
    assert refused.value.rule == "not_in_this_status"
    assert refused.value.allowed["acts"].split(",") == sorted(TABLE[status])


def test_only_the_customers_word_closes_a_case() -> None:
    closing = {act for row in TABLE.values() for act, to in row.items() if to is Status.CLOSED}
    assert closing - {Act.CONFIRM, Act.WITHDRAW} == {Act.REPLY, Act.CIRCLE_BACK, Act.RECORD}
    assert all(
        TABLE[Status.CLOSED].get(act) is Status.CLOSED for act in closing - {Act.CONFIRM, Act.WITHDRAW}
    )
