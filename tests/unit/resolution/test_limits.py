"""What may be given is bounded per grant, per case and per day, unit by unit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain.errors import NotNow, Unknown
from services.resolution.domain.limits import Authority, Limits, demand, inside, total
from services.resolution.domain.words import Amount

LIMITS = Limits({"EUR": 100, "miles": 50}, {"EUR": 150, "miles": 60}, {"EUR": 400, "miles": 80})
amounts = st.builds(Amount, st.sampled_from(["EUR", "miles"]), st.integers(0, 120))


@settings(deadline=None)
@given(st.lists(amounts, max_size=40))
def test_whatever_is_asked_for_no_limit_is_ever_passed(asked: list[Amount]) -> None:
    given_so_far: list[Amount] = []
    for charge in asked:
        spent = total(given_so_far)
        if inside([charge], LIMITS, spent, spent):
            demand([charge], LIMITS, spent, spent)
            given_so_far.append(charge)
        else:
            with pytest.raises(NotNow):
                demand([charge], LIMITS, spent, spent)
    for unit, sum_of_unit in total(given_so_far).items():
        assert sum_of_unit <= LIMITS.per_case[unit]
    assert all(charge.value <= LIMITS.per_grant[charge.unit] for charge in given_so_far)


def test_a_refusal_says_which_limit_binds_what_remains_and_to_ask_for_authority() -> None:
    with pytest.raises(NotNow) as refused:
        demand([Amount("EUR", 90)], LIMITS, {"EUR": 70}, {})
    assert refused.value.rule == "limit_exceeded"
    assert refused.value.allowed == {
        "limit": "per_case",
        "unit": "EUR",
        "remaining": "80",
        "instead": "ask_for_authority",
    }


def test_a_unit_without_a_limit_may_not_be_given_at_all() -> None:
    with pytest.raises(NotNow):
        demand([Amount("cars", 1)], LIMITS, {}, {})


def test_a_rank_between_two_that_are_named_has_the_limits_of_the_lower() -> None:
    low, high = Limits({}, {}, {}), Limits({"EUR": 1}, {}, {})
    authority = Authority({0: low, 3: high})
    assert [authority.of(rank) for rank in (0, 2, 3, 9)] == [low, low, high, high]


def test_suggestions_fit_the_failure_and_the_limits_and_begin_with_the_most_worth(rules: Rules) -> None:
    front_line = rules.authority.of(0)
    ids = [each.remedy_id for each in rules.catalogue.suggest("delay", "high", front_line, {}, {})]
    assert ids[:2] == ["lounge-access", "miles-15000"]
    assert "free-repair" not in ids
    assert "refund-500" not in ids
    worths = [rules.catalogue.get(each).worth for each in ids]
    assert worths == sorted(worths, reverse=True)


def test_what_the_day_has_used_up_is_no_longer_suggested(rules: Rules) -> None:
    front_line = rules.authority.of(0)
    day = {"miles": front_line.per_day["miles"] - 5_000}
    ids = {each.remedy_id for each in rules.catalogue.suggest("delay", "high", front_line, {}, day)}
    assert "miles-5000" in ids
    assert "miles-15000" not in ids


def test_a_remedy_nobody_has_heard_of_is_unknown(rules: Rules) -> None:
    with pytest.raises(Unknown):
        rules.catalogue.get("a-pony")
