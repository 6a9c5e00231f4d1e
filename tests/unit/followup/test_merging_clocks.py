"""Merged cases under a policy that asks for every clock: what runs goes on at the survivor, and no merge
hides a breach (ledger, rules 5 and 9)."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from services.followup.domain.clocks import clocks
from services.followup.domain.ids import derived_id
from services.followup.domain.policy import MetBy
from services.followup.domain.words import ClockName
from tests.unit.followup.cases import FULL, answer, at, move, owner, proposal, regulator
from tests.unit.followup.test_merging import (
    MERGED,
    SURVIVOR,
    THIRD,
    WORDS,
    Cases,
    Told,
    begun,
    merged,
    stories,
)

RULE = "regulator:rule:final"


def two() -> Cases:
    """One case from the beginning and one 200 seconds later, both answered."""
    cases = Cases(FULL).tell(1, *begun(MERGED, 0), (MERGED, regulator("final", MetBy.FINAL_RESPONSE, 5000)))
    cases.tell(201, *begun(SURVIVOR, 200)).tell(
        211, (MERGED, answer("c1", 210)), (SURVIVOR, answer("c2", 210))
    )
    return cases


def brought(cases: Cases, name: str) -> list[tuple[float, bool]]:
    """Of the survivor's clocks of a name that came from the merged case: due in seconds, and met in time."""
    return [
        ((one.due_at - at(0)).total_seconds(), one.in_time)
        for one in clocks(cases.record(SURVIVOR))
        if one.clock == name and one.heard_at == at(300)
    ]


def test_every_running_clock_goes_on_at_the_survivor_with_its_due_time() -> None:
    cases = two().tell(301, (MERGED, merged(300)))
    assert brought(cases, ClockName.RESOLUTION_FIRST) == [(1000, False)]
    assert brought(cases, ClockName.OWNER_TIME) == [(801, False)]
    assert brought(cases, ClockName.PROGRESS_UPDATE) == [(910, False)]
    assert brought(cases, RULE) == [(5000, False)]


def test_the_survivors_resolution_and_letter_meet_what_came_along() -> None:
    cases = two().tell(301, (MERGED, merged(300))).tell(401, (SURVIVOR, proposal("p1", 400)))
    cases.tell(501, (SURVIVOR, move("resolved", 500)))
    assert brought(cases, ClockName.RESOLUTION_FIRST) == [(1000, True)]
    assert brought(cases, RULE) == [(5000, False)]


def test_a_resolution_before_the_merge_resolves_nothing_of_the_merged_case() -> None:
    cases = two().tell(251, (SURVIVOR, move("resolved", 250))).tell(261, (SURVIVOR, move("reopened", 260)))
    cases.tell(301, (MERGED, merged(300))).fire(1000)
    assert brought(cases, ClockName.RESOLUTION_FIRST) == [(1000, False)]


@given(WORDS, st.integers(1, 3000), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_merges_and_splits_hide_no_breach_of_any_clock(
    words: Sequence[tuple[str, int, bool]], when: int, chained: bool, undone: bool
) -> None:
    told: list[Told] = [*stories(words, when), (MERGED, regulator("final", MetBy.FINAL_RESPONSE, 2000))]
    told += [(MERGED, owner("jonas", when // 2))] if when > 10 else []
    alone, joined = (Cases(FULL).tell(when, *told).fire(when) for _ in range(2))
    joined.tell(when + 1, (MERGED, merged(when, SURVIVOR)))
    if chained:
        joined.tell(when + 100, (SURVIVOR, merged(when + 100, THIRD)))
    elif undone:
        joined.tell(when + 100, (MERGED, move("reopened", when + 100)))
    for now in range(when, when + 3000, 300):
        alone.fire(now), joined.fire(now)
    assert recorded(joined, alone) >= recorded(alone, alone)


def recorded(cases: Cases, known: Cases) -> set[tuple[str, str]]:
    """The clocks of `known`, by name and cause, that are on record as breached in some case of `cases`."""
    ids = {one for kept in cases.kept.values() for one in kept.record.breaches}
    named = {
        (one.clock, one.message_id, one.policy_id)
        for kept in known.kept.values()
        for one in clocks(kept.record)
    }
    return {
        (name, cause)
        for name, cause, policy in named
        for case_id in (MERGED, SURVIVOR, THIRD)
        if derived_id(case_id, name, cause, *(() if policy == FULL.policy_id else (policy,))) in ids
    }
