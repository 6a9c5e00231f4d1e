"""Whatever is done to a case, the ledger only grows, and nothing makes the past look better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.followup.adapters.postgres import encode
from services.followup.domain.advance import advance, fire
from services.followup.domain.clock_instance import spent
from services.followup.domain.clocks import clocks
from services.followup.domain.events import ClockBreached, ClockWarned, Event
from services.followup.domain.policy import ANY, MetBy, Policy
from services.followup.domain.record import Absorbed, Assessed, Carried, Fact, FollowUp, Move, Policed
from services.followup.domain.words import ClockName, Severity, Verdict
from tests.unit.followup.cases import (
    FULL,
    answer,
    at,
    complaint,
    fresh,
    move,
    opened,
    owner,
    proposal,
    regulator,
    said,
    verdict,
)

END = 20_000
# Of a normal case what FULL asks; by severity, so that a change of it matters.
BY_SEVERITY = replace(
    FULL,
    targets=tuple(
        replace(
            one,
            amount={
                severity: one.amount[ANY] * times
                for severity, times in zip(Severity, (4, 1, 0.5, 0.2), strict=True)
            },
        )
        for one in FULL.targets
    ),
)
# What the customer did and got, whatever is done to the case around it.
STORY: tuple[tuple[int, Fact], ...] = (
    (1, complaint()),
    (1, said("m0", 0)),
    (2, opened(1)),
    (3, owner("maria", 2)),
    (3, regulator("final", MetBy.FINAL_RESPONSE, 9000)),
    (3, regulator("final", MetBy.LETTER_OR_ACCEPTANCE, 6000, policy_id="word@1")),
    (301, answer("c1", 300)),
    (901, said("m1", 900)),
    (2001, answer("c2", 2000)),
)
NEVER_PAUSE = {ClockName.RESPONSE_60S, ClockName.FIRST_RESPONSE, "regulator:rule:final"}
seconds = st.integers(5, 12_000)


@st.composite
def deeds(draw: st.DrawFn) -> list[tuple[int, Fact]]:
    """Transfers, policies, severities, proposals, resolutions, closings, reopenings, merges."""
    found: list[tuple[int, Fact]] = []
    for number, second in enumerate(draw(st.lists(seconds, max_size=5, unique=True))):
        found.append((second + 1, draw(st.sampled_from(_deeds(number, second)))))
    return found


def _deeds(number: int, second: int) -> Sequence[Fact]:
    lenient = Policy(f"lenient{number}@1", tuple(replace(one, amount={ANY: 10**6}) for one in FULL.targets))
    strict = Policy(f"strict{number}@1", tuple(replace(one, amount={ANY: 5}) for one in FULL.targets))
    carried = Carried(ClockName.NEXT_RESPONSE, f"x{number}", at(second - 5), at(second + 50), None, "")
    return (
        owner(f"owner{number}", second),
        Policed(at(second), lenient),
        Policed(at(second), strict),
        Assessed(at(second), Severity.LOW),
        Assessed(at(second), Severity.CRITICAL),
        proposal(f"p{number}", second),
        verdict(Verdict.BELOW, second, f"v{number}"),
        move("resolved", second, "maria"),
        move("closed", second),
        Move(at(second), "closed", confirmed=False, dropped=False),
        move("reopened", second),
        Absorbed(f"other{number}", at(second), None, Severity.LOW, (carried,), None),
    )


def told(facts: Sequence[tuple[int, Fact]], looks: Sequence[int] = ()) -> tuple[FollowUp, list[Event]]:
    """A case told in order, looked at by its timer after each fact and at some moments between."""
    record, said_of = fresh(BY_SEVERITY), list[Event]()
    moments = [(now, [fact]) for now, fact in facts] + [(now, []) for now in looks]
    for now, news in sorted(moments, key=lambda one: one[0]):
        learned = advance(record, news, at(now))
        fired = fire(learned.record, at(now))
        record = fired.record
        said_of += [*learned.events, *fired.events]
    step = fire(record, at(END))
    return step.record, [*said_of, *step.events]


def recorded(record: FollowUp, names: set[str]) -> set[str]:
    return {clock.instance_id for clock in clocks(record) if clock.breached and clock.clock in names}


UNTOUCHED, _ = told(STORY)


@given(deeds())
@settings(max_examples=40, deadline=None)
def test_nothing_that_is_done_to_a_case_takes_a_breach_from_a_clock_that_never_pauses(
    done: list[tuple[int, Fact]],
) -> None:
    """A proposal is left out: it is a person's words, and meets what it comes in time for."""
    helped = [fact for fact in done if getattr(fact[1], "kind", "") != "proposal"]
    touched, _ = told([*STORY, *helped])
    assert recorded(touched, NEVER_PAUSE) >= recorded(UNTOUCHED, NEVER_PAUSE)


@given(deeds(), st.lists(st.integers(1, END), max_size=6))
@settings(max_examples=40, deadline=None)
def test_what_was_recorded_stays_recorded_and_is_said_once(
    done: list[tuple[int, Fact]], looks: list[int]
) -> None:
    record, events = told([*STORY, *done], looks)
    breaches = [event.clock.instance_id for event in events if isinstance(event, ClockBreached)]
    warned = [(one.clock.instance_id, one.warn.what) for one in events if isinstance(one, ClockWarned)]
    assert len(set(breaches)) == len(breaches)
    assert len(set(warned)) == len(warned)
    known = {clock.instance_id: clock for clock in clocks(record)}
    assert all(known[one].breached for one in breaches)


@given(deeds())
@settings(max_examples=40, deadline=None)
def test_what_was_met_in_time_had_the_time_it_was_given_and_no_more(done: list[tuple[int, Fact]]) -> None:
    """A clock that pauses may be met after its first due time, but with no more running time than asked."""
    record, _ = told([*STORY, *done])
    amounts = {
        (policy.policy_id, target.clock): target.of(Severity.NORMAL)
        for policy in (record.terms.policy, *(one.policy for one in record.policies))
        for target in policy.targets
    }
    for clock in clocks(record):
        if clock.in_time and clock.policy_id:
            used = spent(clock, at(END))
            allowed = amounts[clock.policy_id, clock.clock]
            assert (used.elapsed - used.stopped).total_seconds() <= (allowed or 0)


@given(deeds(), st.lists(st.integers(1, END), max_size=6))
@settings(max_examples=20, deadline=None)
def test_the_ledger_of_a_replay_is_the_same_to_the_byte(
    done: list[tuple[int, Fact]], looks: list[int]
) -> None:
    first, again = told([*STORY, *done], looks), told([*STORY, *done], looks)
    assert encode(first[0]) == encode(again[0])
    assert first[1] == again[1]


def seen(facts: Sequence[tuple[int, Fact]], looks: Iterable[int]) -> FollowUp:
    """A case in which everything is heard when it happens, looked at by its timer at these moments only."""
    news: dict[int, list[Fact]] = {moment: [] for moment in (*looks, END)}
    for heard, fact in facts:
        news.setdefault(heard - 1, []).append(fact)
    record = fresh(BY_SEVERITY)
    for moment in sorted(news):
        record = advance(record, news[moment], at(moment)).record
        if moment in looks or moment == END:
            record = fire(record, at(moment)).record
    return record


@given(deeds(), st.sets(st.integers(1, END), max_size=12))
@settings(max_examples=20, deadline=None)
def test_more_looks_find_the_same_breaches_at_the_same_deadlines(
    done: list[tuple[int, Fact]], looks: set[int]
) -> None:
    """Of what has been heard when a look is taken: a look finds a breach sooner, and none that the last one
    would not have found. A word that is heard late comes too late for the looks before it (rule 5)."""
    seldom, often = seen([*STORY, *done], ()), seen([*STORY, *done], looks)
    assert seldom.breaches.keys() == often.breaches.keys()
    assert {one.instance_id: one.due_at for one in clocks(seldom) if one.breached} == {
        one.instance_id: one.due_at for one in clocks(often) if one.breached
    }
