"""What goes back to a customer when a wrong merge with another is taken back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain import events as e
from services.resolution.domain import parting
from services.resolution.domain.accounts import Ledger
from services.resolution.domain.evolve import evolve
from services.resolution.domain.state import Case
from services.resolution.domain.words import Closing
from tests.unit.resolution.lives import told
from tests.unit.resolution.watch import Key
from tests.unit.resolution.world import World


@settings(max_examples=20, deadline=None)
@given(dice=st.randoms(use_true_random=False), length=st.integers(20, 120))
def test_what_a_customer_holds_is_theirs_in_full_after_they_are_restored_and_once(
    rules: Rules, dice: Random, length: int
) -> None:
    cases: dict[Key, Case] = {}
    for key, event in told(rules, dice, length).history:
        cases[key] = evolve(cases.get(key), event)
    before = parting.given(cases.values())
    event = e.CustomerRestored("restored")
    restored = [evolve(case, event) for case in cases.values()]
    after = parting.given(restored)
    assert {of.holder for of in after} <= {"restored"}
    assert all(of.ledger is Ledger.CUSTOMER for of in before)
    assert after == _of("restored", before)
    assert parting.given(evolve(case, event) for case in restored) == after


def _of(holder: str, sums: Counter[parting.Account]) -> Counter[parting.Account]:
    found: Counter[parting.Account] = Counter()
    for of, value in sums.items():
        found[replace(of, holder=holder)] += value
    return found


def test_a_case_opened_after_or_split_from_a_restored_one_goes_along(world: World) -> None:
    case = world.open()
    named, other = replace(case, case_id="a", successor_id="b"), replace(case, case_id="x")
    after, parted = replace(case, case_id="b"), replace(case, case_id="c", linked_case_id="b")
    cases = {each.case_id: each for each in (named, other, after, parted)}
    assert parting.restored_cases(cases, {"a", "elsewhere"}) == {"a", "b", "c"}
    assert parting.restored_cases(cases, {"x"}) == {"x"}


def test_whom_a_customer_trusts_closed_their_last_confirmed_case(world: World) -> None:
    case = world.open()
    closed = [
        replace(case, case_id=case_id, closing=closing, closed_at=world.tick())
        for case_id, closing in (("a", Closing.CONFIRMED), ("b", Closing.CONFIRMED), ("c", Closing.WITHDRAWN))
    ]
    assert parting.last_confirmed([case, *closed]) == closed[1]
    assert parting.last_confirmed([case, closed[2]]) is None
