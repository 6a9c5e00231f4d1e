"""The life of a case is one table, and what is not in it does not happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.resolution.domain.errors import NotNow
from services.resolution.domain.table import ACT_OF_CLOSING, TABLE, Act, next_status
from services.resolution.domain.words import Closing, Status

# domain.md, Life of a case, written down a second time: moves only, staying is not listed
ENDS = {Act.WITHDRAW, Act.GIVE_UP, Act.END_BY_LETTER, Act.MERGE}
MOVES = {
    (Status.OPEN, Act.PROPOSE): Status.PROPOSED,
    (Status.OPEN, Act.DISMISS): Status.CLOSED,
    (Status.PROPOSED, Act.SAY_ACCEPTED): Status.FIXING,
    (Status.PROPOSED, Act.SAY_BELOW): Status.OPEN,
    (Status.PROPOSED, Act.DISMISS): Status.CLOSED,
    (Status.PROPOSED, Act.ABSORB_UNFINISHED): Status.OPEN,
    (Status.FIXING, Act.RESOLVE): Status.RESOLVED,
    (Status.FIXING, Act.ABSORB_UNFINISHED): Status.OPEN,
    (Status.RESOLVED, Act.SAY_NOT_SOLVED): Status.OPEN,
    (Status.RESOLVED, Act.ABSORB_UNFINISHED): Status.OPEN,
    (Status.RESOLVED, Act.CONFIRM): Status.CLOSED,
    (Status.CLOSED, Act.REOPEN): Status.OPEN,
    **{(status, act): Status.CLOSED for status in Status if status is not Status.CLOSED for act in ENDS},
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


def test_what_closes_a_case_is_a_typed_closing_and_nothing_else() -> None:
    closing = {
        act
        for status, row in TABLE.items()
        for act, to in row.items()
        if to is not status and to is Status.CLOSED
    }
    assert closing == set(ACT_OF_CLOSING.values())
    assert set(ACT_OF_CLOSING) == set(Closing)


PAGE = Path(__file__).parents[3] / "docs" / "life-of-a-case.md"


def test_the_page_shows_the_table_as_it_is() -> None:
    lines = [f"| act | {' | '.join(Status)} |", f"|---|{'---|' * len(Status)}"]
    for act in Act:
        cells = (TABLE[status][act].value if act in TABLE[status] else "–" for status in Status)
        lines.append(f"| `{act}` | {' | '.join(cells)} |")
    assert "\n".join(lines) in PAGE.read_text(encoding="utf-8")


def test_the_page_names_every_closing_with_its_act() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for closing, act in ACT_OF_CLOSING.items():
        assert f"| `{closing}` | `{act}` |" in page
