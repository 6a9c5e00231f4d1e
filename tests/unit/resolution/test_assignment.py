"""Every case has an owner at once: the person in front of the customer, else the best match, else the
duty owner.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.resolution.domain.assignment import Desk, Employee, Need
from services.resolution.domain.errors import NobodyToOwn
from services.resolution.domain.words import Because, Person


def employee(name: str, *, rank: int = 0, present: bool = True, **more: object) -> Employee:
    fields: dict[str, object] = {"duty_owner": False, "capacity": 10, **more}
    return Employee(Person(name, name.title(), rank), present=present, **fields)  # type: ignore[arg-type]


def chosen(desk: Desk, need: Need | None = None, point_of_contact: str = "") -> tuple[str, Because]:
    person, because = desk.choose(need or Need(), point_of_contact)
    return person.employee_id, because


def test_who_stands_before_the_customer_owns_the_case_whatever_the_others_could_do() -> None:
    desk = Desk.of([employee("gate", load=9), employee("idle")])
    assert chosen(desk, Need("delay"), "gate") == ("gate", Because.POINT_OF_CONTACT)


def test_a_point_of_contact_nobody_knows_falls_back_on_the_best_match() -> None:
    assert chosen(Desk.of([employee("ana")]), point_of_contact="ghost") == ("ana", Because.BEST_MATCH)


def test_skill_goes_before_language_and_language_before_load() -> None:
    desk = Desk.of(
        [
            employee("skilled", skills=frozenset({"refund"}), languages=frozenset({"en"}), load=5),
            employee("speaker", languages=frozenset({"it"}), load=1),
            employee("idle"),
        ]
    )
    assert chosen(desk, Need("refund", "it"))[0] == "skilled"
    assert chosen(desk, Need("", "it"))[0] == "speaker"
    assert chosen(desk)[0] == "idle"


def test_whoever_is_full_comes_after_everybody_who_is_not() -> None:
    desk = Desk.of([employee("full", skills=frozenset({"refund"}), load=10), employee("free", load=9)])
    assert chosen(desk, Need("refund"))[0] == "free"


def test_higher_ranks_and_the_absent_are_no_front_line() -> None:
    desk = Desk.of([employee("chief", rank=2), employee("away", present=False), employee("ana", load=9)])
    assert chosen(desk) == ("ana", Because.BEST_MATCH)


def test_without_a_front_line_the_duty_owner_of_the_lowest_rank_owns() -> None:
    desk = Desk.of(
        [
            employee("chief", rank=2, duty_owner=True),
            employee("lead", rank=1, duty_owner=True, present=False),
            employee("boss", rank=1),
        ]
    )
    assert chosen(desk) == ("lead", Because.DUTY_OWNER)


def test_a_tenant_without_any_employee_has_nobody_to_own() -> None:
    with pytest.raises(NobodyToOwn) as refused:
        Desk.of([]).choose(Need())
    assert refused.value.rule == "tenant_has_no_employee"


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(1, 200))
def test_a_burst_in_one_batch_ends_with_the_loads_as_even_as_they_can_be(
    loads: list[int], burst: int
) -> None:
    desk = Desk.of([employee(f"e{index}", capacity=1_000, load=load) for index, load in enumerate(loads)])
    given_to = Counter(chosen(desk)[0] for _ in range(burst))
    after = [each.load for each in desk.employees.values()]
    assert sum(given_to.values()) == burst
    assert all(after[int(name[1:])] <= min(after) + 1 for name in given_to)


@settings(deadline=None)
@given(st.integers(1, 60))
def test_two_needs_share_one_view_of_the_loads(burst: int) -> None:
    desk = Desk.of([employee(name, capacity=1_000) for name in ("a", "b", "c")])
    for index in range(burst * 3):
        desk.choose(Need("" if index % 2 else "refund"))
    assert {each.load for each in desk.employees.values()} == {burst}
