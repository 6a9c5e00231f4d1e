"""Every case has an owner at once: the person in front of the customer, else the best match, else the
duty owner.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolution.domain import assignment
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


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(1, 200))
def test_a_burst_in_one_batch_ends_with_the_loads_as_even_as_they_can_be(
    loads: list[int], burst: int
) -> None:
    desk = Desk.of([employee(f"e{index}", capacity=1_000, load=load) for index, load in enumerate(loads)])
    given_to = Counter(chosen(desk)[0] for _ in range(burst))
    after = [each.load for each in desk.employees.values()]
    assert sum(given_to.values()) == burst
    assert all(after[int(name[1:])] <= min(after) + 1 for name in given_to)


@given(st.integers(1, 60))
def test_two_needs_share_one_view_of_the_loads(burst: int) -> None:
    desk = Desk.of([employee(name, capacity=1_000) for name in ("a", "b", "c")])
    for index in range(burst * 3):
        desk.choose(Need("" if index % 2 else "refund"))
    assert {each.load for each in desk.employees.values()} == {burst}


def test_of_those_who_can_do_it_the_customer_gets_the_one_they_trust() -> None:
    desk = Desk.of([employee("idle"), employee("known", load=9)])
    person, because = desk.choose(Need(), "", "known")
    assert (person.employee_id, because) == ("known", Because.TRUSTED)


def test_trust_is_no_reason_to_fill_the_full_or_to_miss_a_skill_or_a_language() -> None:
    able = employee("able", skills=frozenset({"refund"}), languages=frozenset({"it"}), load=5)
    for known in (
        employee("known", load=10, skills=able.skills, languages=able.languages),
        employee("known", languages=able.languages),
        employee("known", skills=able.skills),
        employee("known", present=False, skills=able.skills, languages=able.languages),
        employee("known", rank=1, skills=able.skills, languages=able.languages),
    ):
        person, because = Desk.of([able, known]).choose(Need("refund", "it"), "", "known")
        assert (person.employee_id, because) == ("able", Because.BEST_MATCH)


def test_trust_in_somebody_nobody_knows_any_more_changes_nothing() -> None:
    assert Desk.of([employee("ana")]).choose(Need(), "", "ghost")[1] is Because.BEST_MATCH


PEOPLE = st.builds(
    lambda rank, present, capacity, load, skills, languages: (
        rank,
        present,
        capacity,
        load,
        skills,
        languages,
    ),
    st.integers(0, 2),
    st.booleans(),
    st.integers(0, 5),
    st.integers(0, 8),
    st.frozensets(st.sampled_from(["refund", "delay"])),
    st.frozensets(st.sampled_from(["en", "it"])),
)
NEEDS = st.tuples(
    st.builds(Need, st.sampled_from(["", "refund", "delay"]), st.sampled_from(["", "en", "it"])),
    st.sampled_from(["", "e0", "e3", "ghost"]),
    st.sampled_from(["", "e0", "e1", "ghost"]),
)


@given(st.lists(PEOPLE, min_size=1, max_size=8), st.lists(NEEDS, max_size=40))
def test_every_choice_is_one_of_the_best_there_are_at_that_moment(
    people: list[tuple[int, bool, int, int, frozenset[str], frozenset[str]]],
    needs: list[tuple[Need, str, str]],
) -> None:
    desk = Desk.of(
        employee(
            f"e{index}",
            rank=rank,
            present=present,
            capacity=capacity,
            load=load,
            skills=skills,
            languages=languages,
        )
        for index, (rank, present, capacity, load, skills, languages) in enumerate(people)
    )
    for need, point_of_contact, trusted in needs:
        front = [each for each in desk.employees.values() if each.present and each.person.rank == 0]
        scores = {each.person.employee_id: assignment._score(each, need) for each in front}
        person, because = desk.choose(need, point_of_contact, trusted)
        name = person.employee_id
        if because is Because.POINT_OF_CONTACT:
            assert name == point_of_contact
        elif because is Because.DUTY_OWNER:
            assert not front
        else:
            best = min(scores.values())
            assert scores[name][:3] <= best[:3]
            assert because is Because.TRUSTED or scores[name] == best
            assert because is Because.BEST_MATCH or name == trusted


def test_a_thousand_complaints_waiting_at_once_take_few_comparisons_however_many_employees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Scores computed: once per employee and need to begin with, then a few per choice: not employees times
    complaints (500,000 here)."""
    computed = 0
    score = assignment._score

    def counting(who: Employee, need: Need) -> tuple[bool, bool, bool, float, str]:
        nonlocal computed
        computed += 1
        return score(who, need)

    monkeypatch.setattr(assignment, "_score", counting)
    desk = Desk.of([employee(f"e{index:03}", capacity=20) for index in range(500)])
    needs = [Need(skill, language) for skill in ("", "refund") for language in ("", "it")]
    for index in range(1_000):
        desk.choose(needs[index % 4], "", f"e{index % 500:03}" if index % 3 == 0 else "")
    assert computed <= 500 * len(needs) + 1_000 * (len(needs) + 1)
