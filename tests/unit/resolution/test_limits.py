"""What may be given is bounded per grant, per case, per day and per customer, unit by unit, and by who
gives it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain.catalogue import Catalogue, Giver, Remedy, Room, Wanted
from services.resolution.domain.errors import NotNow, NotYours, Unknown
from services.resolution.domain.limits import Authority, Gone, Limits, demand, inside, total
from services.resolution.domain.words import Amount

LIMITS = Limits(
    {"EUR": 100, "miles": 50},
    {"EUR": 150, "miles": 60},
    {"EUR": 400, "miles": 80},
    {"EUR": 500, "miles": 70},
)
DAY = date(2026, 3, 1)
FRONT_LINE = Wanted("delay", "high", Giver(0), DAY)
amounts = st.builds(Amount, st.sampled_from(["EUR", "miles"]), st.integers(0, 120))


@given(st.lists(amounts, max_size=40))
def test_whatever_is_asked_for_no_limit_is_ever_passed(asked: list[Amount]) -> None:
    given_so_far: list[Amount] = []
    for charge in asked:
        spent = total(given_so_far)
        gone = Gone(spent, spent, spent)
        if inside([charge], LIMITS, gone):
            demand([charge], LIMITS, gone)
            given_so_far.append(charge)
        else:
            with pytest.raises(NotNow):
                demand([charge], LIMITS, gone)
    for unit, sum_of_unit in total(given_so_far).items():
        assert sum_of_unit <= LIMITS.per_case[unit]
    assert all(charge.value <= LIMITS.per_grant[charge.unit] for charge in given_so_far)


def test_a_refusal_says_which_limit_binds_what_remains_and_to_ask_for_authority() -> None:
    with pytest.raises(NotNow) as refused:
        demand([Amount("EUR", 90)], LIMITS, Gone({"EUR": 70}))
    assert refused.value.rule == "limit_exceeded"
    assert refused.value.allowed == {
        "limit": "per_case",
        "unit": "EUR",
        "remaining": "80",
        "instead": "ask_for_authority",
    }


def test_a_unit_without_a_limit_may_not_be_given_at_all() -> None:
    with pytest.raises(NotNow):
        demand([Amount("cars", 1)], LIMITS, Gone())


def test_a_rank_between_two_that_are_named_has_the_limits_of_the_lower() -> None:
    low, high = Limits({}, {}, {}, {}), Limits({"EUR": 1}, {}, {}, {})
    authority = Authority({0: low, 3: high})
    assert [authority.of(rank) for rank in (0, 2, 3, 9)] == [low, low, high, high]


def test_suggestions_fit_the_failure_and_the_limits_and_begin_with_the_most_worth(rules: Rules) -> None:
    room = Room(rules.authority.of(0), Gone())
    ids = [each.remedy_id for each in rules.catalogue.suggest(FRONT_LINE, room)]
    assert ids[:2] == ["lounge-access", "miles-15000"]
    assert "free-repair" not in ids
    assert "refund-500" not in ids
    worths = [rules.catalogue.get(each).worth for each in ids]
    assert worths == sorted(worths, reverse=True)


def test_what_the_day_has_used_up_is_no_longer_suggested(rules: Rules) -> None:
    front_line = rules.authority.of(0)
    day = {"miles": front_line.per_day["miles"] - 5_000}
    room = Room(front_line, Gone(day=day))
    ids = {each.remedy_id for each in rules.catalogue.suggest(FRONT_LINE, room)}
    assert "miles-5000" in ids
    assert "miles-15000" not in ids


def test_a_remedy_nobody_has_heard_of_is_unknown(rules: Rules) -> None:
    with pytest.raises(Unknown):
        rules.catalogue.get("a-pony")


LOUNGE = Remedy("lounge", "The lounge", Amount("EUR", 1), Amount("EUR", 9))


def suggested(remedy: Remedy, wanted: Wanted = FRONT_LINE, room: Room | None = None) -> bool:
    room = room or Room(LIMITS, Gone())
    return remedy in Catalogue({remedy.remedy_id: remedy}).suggest(wanted, room)


def test_the_customers_90_days_bind_whoever_gives() -> None:
    with pytest.raises(NotNow) as refused:
        demand([Amount("miles", 30)], LIMITS, Gone(customer={"miles": 50}))
    assert (refused.value.allowed["limit"], refused.value.allowed["remaining"]) == (
        "per_customer_90_days",
        "20",
    )


def test_lent_authority_raises_every_limit_of_the_employee_and_none_of_the_customer() -> None:
    gone = Gone({"EUR": 150}, {"EUR": 400}, {}, {"EUR": 30})
    assert inside([Amount("EUR", 30)], LIMITS, gone)
    assert not inside([Amount("EUR", 31)], LIMITS, gone)
    assert not inside([Amount("EUR", 30)], LIMITS, replace(gone, customer={"EUR": 490}))


def test_a_stock_that_is_used_up_is_not_suggested() -> None:
    two = replace(LOUNGE, stock=2)
    assert suggested(two, room=Room(LIMITS, Gone(), {"lounge": 1}))
    assert not suggested(two, room=Room(LIMITS, Gone(), {"lounge": 2}))
    assert not suggested(replace(LOUNGE, stock=0))


@pytest.mark.parametrize("days", [-1, 0, 1, 2])
def test_a_remedy_is_given_from_its_first_day_to_the_one_before_its_end(days: int) -> None:
    remedy = replace(LOUNGE, since=DAY, until=DAY + timedelta(days=2))
    wanted = replace(FRONT_LINE, day=DAY + timedelta(days=days))
    assert suggested(remedy, wanted) is (0 <= days < 2)
    if not 0 <= days < 2:
        with pytest.raises(NotNow) as refused:
            remedy.demand(wanted.giver, wanted.day)
        assert refused.value.rule == "remedy_not_active"
        assert refused.value.allowed["until"] == "2026-03-03"


@pytest.mark.parametrize(
    ("giver", "may"),
    [
        (Giver(1, "gate"), True),
        (Giver(0, "gate"), False),
        (Giver(1, "desk"), False),
        (Giver(0, "desk", ("lounge",)), True),
    ],
)
def test_rank_and_team_say_who_gives_a_remedy_and_a_higher_rank_opens_it(giver: Giver, may: bool) -> None:
    remedy = replace(LOUNGE, min_rank=1, teams=("gate",))
    assert suggested(remedy, replace(FRONT_LINE, giver=giver)) is may
    if not may:
        with pytest.raises(NotYours) as refused:
            remedy.demand(giver, DAY)
        assert refused.value.rule == "remedy_not_for_you"
        assert refused.value.allowed["instead"] == "ask_for_authority"
