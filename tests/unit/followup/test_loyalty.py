"""Champions by evidence: confirmed, won over or advocating by deed, and nothing more to complain of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.followup.domain.loyalty import Advocacy, Deed, Story, champion, decided_at, story
from services.followup.domain.record import Fact
from services.followup.domain.words import Channel, Severity
from tests.unit.followup.cases import DAY, Case, at, complaint, move, opened, owner, said

WINDOW = timedelta(days=90)
CLOSED = Story("case-1", "ana", Severity.HIGH, at(0), Channel.EMAIL, confirmed_at=at(100))
WON = replace(CLOSED, before=3, recommend=9, recommended_at=at(90))
OTHER = Story("case-2", "ana", Severity.LOW, at(0))
RENEWED = Advocacy(Deed.RENEWAL, "contract-7", at(30 * DAY))


def scored(message_id: str, seconds: float, recommend: int) -> Fact:
    return replace(said(message_id, seconds), recommend=recommend)


def told(*facts: Fact) -> Story:
    whose = replace(complaint(), customer_id="ana")
    found = story(Case().learn(0, whose, said("m0", 0), opened(0, Severity.HIGH), owner(), *facts).record)
    assert found is not None
    return found


def test_a_case_tells_the_last_score_of_before_and_of_since_it_was_resolved() -> None:
    first = [scored("m1", 10, 2), move("resolved", 20), scored("m2", 30, 4), move("reopened", 31)]
    again = [move("resolved", 80), scored("m3", 90, 9), move("closed", 100)]
    assert told(*first, *again) == replace(WON, before=4)


@pytest.mark.parametrize(
    "facts",
    [
        [move("resolved", 20)],
        [move("resolved", 20), replace(move("closed", 30), confirmed=False)],
        [move("resolved", 20), replace(move("closed", 30), merged_into="case-2")],
        [move("resolved", 20), move("closed", 30), move("reopened", 40)],
    ],
)
def test_a_case_that_is_not_closed_by_the_customers_word_is_not_confirmed(facts: list[Fact]) -> None:
    assert told(*facts).confirmed_at is None


def test_a_customer_won_over_is_a_champion_of_the_cases_severity_at_the_end_of_the_window() -> None:
    found = champion(WON, [OTHER], [], [], WINDOW)
    assert found is not None
    assert (found.case_id, found.severity, found.at) == ("case-1", Severity.HIGH, at(100) + WINDOW)
    assert found.evidence == "recommends 9 of 10, after 3"
    assert decided_at(WON, [], WINDOW) == found.at


@pytest.mark.parametrize(
    "of",
    [
        replace(WON, confirmed_at=None),
        replace(WON, recommend=8),
        replace(WON, before=7),  # would have recommended us anyway
        replace(WON, recommended_at=at(100) + WINDOW + timedelta(seconds=1)),
        replace(WON, recommend=-1, recommended_at=None),  # satisfied, perhaps
    ],
)
def test_without_evidence_there_is_no_champion_and_nothing_to_decide(of: Story) -> None:
    assert champion(of, [OTHER], [], [], WINDOW) is None
    assert decided_at(of, [], WINDOW) is None


def test_a_deed_on_record_in_the_window_is_evidence_without_a_score() -> None:
    silent = replace(WON, before=-1, recommend=-1, recommended_at=None)
    found = champion(silent, [], [RENEWED], [], WINDOW)
    assert found is not None
    assert found.evidence == "renewal contract-7"
    for late in (at(50), at(100) + WINDOW + timedelta(seconds=1)):
        assert champion(silent, [], [replace(RENEWED, at=late)], [], WINDOW) is None


@given(st.floats(min_value=-10 * DAY, max_value=200 * DAY))
def test_any_complaint_inside_the_window_and_no_other_speaks_against_it(seconds: float) -> None:
    other = replace(OTHER, complained_at=at(seconds))
    inside = at(100) < other.complained_at <= at(100) + WINDOW
    assert (champion(WON, [other], [RENEWED], [], WINDOW) is None) == inside


@given(st.floats(min_value=-200 * DAY, max_value=200 * DAY))
def test_a_customer_is_counted_once_per_window(seconds: float) -> None:
    end = at(100) + WINDOW
    earlier = end + timedelta(seconds=seconds)
    counted = champion(WON, [], [], [earlier], WINDOW) is not None
    assert counted == (abs(earlier - end) >= WINDOW)
