"""Whatever happens to a case, the accounts that it shares with others hold what its grants and loans say."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.accounts import Account, Ledger, given_back, held, released, stock_of, taken
from services.resolution.domain.decide import merging
from services.resolution.domain.evolve import evolve
from services.resolution.domain.limits import total
from services.resolution.domain.state import Case, Drawn, Lent
from services.resolution.domain.words import Amount, Because
from tests.unit.resolution.lives import told
from tests.unit.resolution.watch import Key
from tests.unit.resolution.world import NOON, World

DAY = NOON.date()


@settings(max_examples=20, deadline=None)
@given(dice=st.randoms(use_true_random=False), length=st.integers(20, 120))
def test_what_is_taken_and_given_back_adds_up_to_what_is_held(
    rules: Rules, dice: Random, length: int
) -> None:
    sums: Counter[Account] = Counter()
    cases: dict[Key, Case] = {}
    for key, event in told(rules, dice, length).history:
        before = cases.get(key)
        after = cases[key] = evolve(before, event)
        sums.update(taken(before, after))
        sums.subtract(given_back(before, after))
        assert all(value >= 0 for value in sums.values())
    holding: Counter[Account] = Counter()
    for case in cases.values():
        holding.update(held(case))
    assert +sums == +holding


@settings(max_examples=20, deadline=None)
@given(dice=st.randoms(use_true_random=False), length=st.integers(20, 120))
def test_only_a_grant_or_a_loan_takes_anything(rules: Rules, dice: Random, length: int) -> None:
    cases: dict[Key, Case] = {}
    for key, event in told(rules, dice, length).history:
        before = cases.get(key)
        after = cases[key] = evolve(before, event)
        if not isinstance(event, e.RemedyGranted | e.AuthorityLent | e.CasesMerged | e.CaseSplit):
            assert taken(before, after) == {}, type(event).__name__


def test_what_a_merge_passes_on_is_neither_taken_again_nor_given_back(world: World, rules: Rules) -> None:
    other = World(rules)
    loser = other.open(case_id="other")
    loser = other.apply(granted(other))
    case = world.open()
    both = merging.merge(case, c.MergeCases(world.ana, loser, "same"), NOON)
    survivor, gone = world.apply(*both.here), other.apply(*both.there)
    assert released([(case, survivor), (loser, gone)]) == {}
    assert held(survivor) == held(loser)
    parted = merging.split(survivor, c.SplitCase(world.ana, gone, "other", (), "two"), NOON)
    assert released([(survivor, world.apply(*parted.here)), (gone, other.apply(*parted.there))]) == {}


@settings(max_examples=20, deadline=None)
@given(dice=st.randoms(use_true_random=False), length=st.integers(20, 120))
def test_every_unit_given_is_counted_once_on_somebodys_day_and_once_on_the_customer(
    rules: Rules, dice: Random, length: int
) -> None:
    story = told(rules, dice, length)
    case = story.case(dice.choice(story.keys))
    spent = total(charge for each in case.grants if not each.revoked_at for charge in each.charges)
    days, customer = sums_of(case, Ledger.EMPLOYEE_DAY), sums_of(case, Ledger.CUSTOMER)
    assert customer == spent
    waiting = {unit: days.get(unit, 0) - value for unit, value in spent.items()}
    if not case.lent:
        assert days == spent
    assert all(value >= 0 for value in waiting.values())


def sums_of(case: Case, ledger: Ledger) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for account, value in held(case).items():
        if account.ledger is ledger:
            sums[account.unit] += value
    return dict(+sums)


def on_day(employee_id: str) -> Account:
    return Account(Ledger.EMPLOYEE_DAY, employee_id, "EUR", DAY)


def granted(world: World, drawn: tuple[Drawn, ...] = ()) -> e.RemedyGranted:
    amount = Amount("EUR", 500)
    return e.RemedyGranted(
        "g-1", "lounge", "ana", amount, amount, (amount,), "k", NOON, "", "cust-1", 2, True, drawn
    )


def test_a_loan_is_the_lenders_until_it_ends_and_then_only_what_was_drawn(world: World) -> None:
    world.open()
    lent = e.AuthorityLent("r-1", world.vic, "ana", (Amount("EUR", 900),), "", NOON)
    case = world.apply(lent, granted(world, (Drawn("r-1", "vic", DAY, Amount("EUR", 400)),)))
    assert isinstance(case.lent[0], Lent)
    assert (held(case)[on_day("vic")], held(case)[on_day("ana")]) == (900, 100)
    moved = evolve(case, e.OwnerAssigned(world.ben, NOON, NOON, Because.HAND_OFF))
    assert given_back(case, moved) == {on_day("vic"): 500}
    revoked = evolve(moved, e.RemedyRevoked("g-1", "why", "ben", NOON + timedelta(days=3)))
    assert given_back(moved, revoked)[on_day("vic")] == 400
    assert given_back(moved, revoked)[on_day("ana")] == 100
    assert +held(revoked) == Counter()


def test_a_revocation_gives_back_under_the_day_of_the_grant_and_to_the_stock(world: World) -> None:
    world.open()
    case = world.apply(granted(world))
    revoked = evolve(case, e.RemedyRevoked("g-1", "why", "ana", NOON + timedelta(days=3)))
    assert given_back(case, revoked) == {
        on_day("ana"): 500,
        Account(Ledger.CUSTOMER, "cust-1", "EUR", DAY): 500,
        stock_of("lounge"): 2,
    }


def test_a_fulfilment_changes_no_account(world: World) -> None:
    world.open()
    case = world.apply(granted(world))
    assert held(evolve(case, e.RemedyFulfilled("g-1", "ref", NOON))) == held(case)
