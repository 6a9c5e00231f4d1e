"""Nobody on duty is a named condition: said when it begins, counted while it lasts, said when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.resolution.domain.duty import Duty, look
from services.resolution.domain.events.staff import NobodyOnDuty, SomebodyOnDuty
from tests.unit.resolution.world import NOON

LATER = NOON + timedelta(hours=1)


def test_the_last_of_the_front_line_leaving_begins_it() -> None:
    duty, said = look(Duty("air", employees=3), NOON)
    assert said == [NobodyOnDuty("air", NOON, "nobody_present", 0)]
    assert look(duty, LATER) == (duty, [])


def test_a_complaint_of_a_tenant_without_any_employee_begins_it_and_is_counted() -> None:
    assert look(Duty("air", waiting=2), NOON)[1] == [NobodyOnDuty("air", NOON, "no_employee", 2)]


def test_a_tenant_with_neither_employees_nor_complaints_is_not_spoken_of() -> None:
    assert look(Duty("air"), NOON) == (Duty("air"), [])


def test_what_duty_owners_got_meanwhile_is_counted_and_told_at_the_end() -> None:
    duty, _ = look(Duty("air", employees=3), NOON, given=2)
    duty, said = look(duty, NOON, given=3)
    assert (duty.given, said) == (5, [])
    duty, said = look(replace(duty, front_line=1), LATER)
    assert said == [SomebodyOnDuty("air", NOON, LATER, 5, 0)]
    assert (duty.nobody_since, duty.given) == (None, 0)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=30))
def test_whatever_the_comings_and_goings_beginning_and_end_take_turns(steps: list[tuple[int, int]]) -> None:
    duty, told = Duty("air", employees=3), []
    now: datetime = NOON
    for front_line, more in steps:
        now += timedelta(minutes=1)
        duty, said = look(replace(duty, front_line=front_line), now, 0 if front_line else more)
        told += said
        assert (duty.nobody_since is None) == (front_line > 0)
    assert [type(each) for each in told] == ([NobodyOnDuty, SomebodyOnDuty] * len(told))[: len(told)]
