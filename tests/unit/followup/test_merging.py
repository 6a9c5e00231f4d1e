"""Merged cases: the survivor keeps the earliest receipt and the strictest clocks and promises, a split gives
back what still runs, and nothing of it makes the past look better (ledger, rules 5 and 9)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from services.followup.app import handlers
from services.followup.app.ports import Advanced, CaseKey, Cause, Kept
from services.followup.domain.advance import picture
from services.followup.domain.clocks import ClockInstance
from services.followup.domain.events import Event, PromiseMade, PromiseSuperseded
from services.followup.domain.ids import derived_id
from services.followup.domain.promises import Promise
from services.followup.domain.record import Fact, FollowUp, Move, Terms
from services.followup.domain.words import ClockName, PromiseKind, Severity
from tests.unit.followup.cases import (
    DAY,
    TERMS,
    answer,
    at,
    complaint,
    move,
    opened,
    owner,
    pending,
    responses,
    said,
)

SURVIVOR, MERGED, THIRD = "survivor", "merged", "third"
Told = tuple[str, Fact]
PATIENT = replace(
    TERMS,
    targets=responses(30 * DAY, 30 * DAY, 30 * DAY),
    progress_s=dict.fromkeys(Severity, 30 * DAY),
)


class NoLetters:
    """Nobody is written to: the complaints of these cases come on calls, or not at all."""

    def acknowledge(self, *_: object) -> tuple[str, str]:
        raise AssertionError("nobody is acknowledged here")

    introduce = acknowledge


@dataclass
class Cases:
    """A store of cases in memory, driven by the application's own functions."""

    terms: Terms = TERMS
    kept: dict[CaseKey, Kept] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)

    async def take(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, Kept]:
        for key in keys:
            self.kept.setdefault(key, Kept(FollowUp(*key, self.terms), None))
        return {key: self.kept[key] for key in keys}

    async def find(self, key: CaseKey) -> Kept | None:
        return self.kept.get(key)

    async def put(self, steps: Sequence[Advanced]) -> None:
        for one in steps:
            record = one.step.record
            self.kept[record.tenant_id, record.case_id] = Kept(record, one.step.next_due)
            self.events.setdefault(record.case_id, []).extend(one.step.events)

    def tell(self, now: float, *told: Told) -> Cases:
        """Facts by case, all heard at `now`."""
        learned: dict[CaseKey, tuple[list[Fact], Cause]] = {}
        for case_id, fact in told:
            learned.setdefault(("acme", case_id), ([], Cause()))[0].append(fact)
        asyncio.run(handlers.learn(self, NoLetters(), learned, at(now)))
        return self

    def fire(self, now: float) -> Cases:
        """The timers of all cases whose time has come."""
        due = [key for key, kept in self.kept.items() if kept.next_due and kept.next_due <= at(now)]
        asyncio.run(handlers.fire(self, NoLetters(), due, at(now)))
        return self

    def record(self, case_id: str) -> FollowUp:
        return self.kept["acme", case_id].record

    def clocks(self, case_id: str) -> dict[tuple[str, str], ClockInstance]:
        """By name and message."""
        return {(one.clock.value, one.message_id): one for one in picture(self.record(case_id)).clocks}

    def owed(self, case_id: str) -> list[Promise]:
        return pending(picture(self.record(case_id)).promises)


def merged(seconds: float, into: str = SURVIVOR) -> Move:
    return Move(at(seconds), "closed", confirmed=False, merged_into=into)


def begun(case_id: str, seconds: float, severity: Severity = Severity.NORMAL) -> tuple[Told, ...]:
    """A case whose customer said the message that is named after it, and is not answered."""
    return (
        (case_id, said(f"{case_id}-0", seconds)),
        (case_id, opened(seconds + 1, severity)),
        (case_id, owner(seconds=seconds + 1)),
    )


def test_a_running_clock_goes_on_at_the_survivor_with_its_start_and_its_due_time() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(21, *begun(SURVIVOR, 20)).tell(30, (MERGED, merged(30)))
    there, here = cases.clocks(MERGED), cases.clocks(SURVIVOR)
    for name, due in (("response_60s", 60), ("first_response", 3600)):
        moved, stopped = here[name, "merged-0"], there[name, "merged-0"]
        assert (moved.started_at, moved.due_at, moved.deadline) == (at(0), at(due), at(due))
        assert (stopped.paused_at, stopped.deadline, stopped.breached) == (at(30), None, False)
        assert here[name, "survivor-0"].due_at == at(20 + due)
    assert min(one.started_at for one in here.values()) == at(0)


def test_the_survivors_answer_meets_what_the_merged_case_brought_along() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(21, *begun(SURVIVOR, 20)).tell(30, (MERGED, merged(30)))
    cases.tell(50, (SURVIVOR, answer("c1", 50)))
    assert all(one.in_time for one in cases.clocks(SURVIVOR).values())
    cases.fire(4000)
    assert cases.record(MERGED).breaches == {}


def test_what_the_survivor_said_before_the_merge_answers_nobody_else() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(2, *begun(SURVIVOR, 1), (SURVIVOR, answer("c1", 10)))
    cases.tell(30, (MERGED, merged(30))).fire(61)
    assert cases.clocks(SURVIVOR)["response_60s", "survivor-0"].in_time
    assert cases.clocks(SURVIVOR)["response_60s", "merged-0"].breached


def test_a_breach_stays_where_it_was_recorded() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(90, *begun(SURVIVOR, 90)).fire(91)
    recorded = cases.record(MERGED).breaches
    assert len(recorded) == 1
    cases.tell(100, (MERGED, merged(100))).tell(110, (SURVIVOR, answer("c1", 110)))
    assert cases.record(MERGED).breaches == recorded
    assert cases.clocks(MERGED)["response_60s", "merged-0"].breached
    assert ("response_60s", "merged-0") not in cases.clocks(SURVIVOR)


def test_a_message_that_was_under_way_meets_its_own_wait_alone() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(21, *begun(SURVIVOR, 20)).tell(30, (MERGED, merged(30)))
    cases.tell(40, (MERGED, answer("sent before", 40)))
    assert cases.clocks(SURVIVOR)["response_60s", "merged-0"].met_at == at(40)
    assert cases.clocks(SURVIVOR)["response_60s", "survivor-0"].met_at is None


def test_a_word_to_the_merged_case_starts_the_survivors_clock() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0), *begun(SURVIVOR, 0))
    cases.tell(5, (MERGED, answer("c1", 5)), (SURVIVOR, answer("c2", 5)))
    cases.tell(30, (MERGED, merged(30))).tell(40, (MERGED, said("again", 40)))
    assert cases.clocks(SURVIVOR)["next_response", "again"].due_at == at(640)
    assert ("next_response", "again") not in cases.clocks(MERGED)


def test_a_word_in_a_wait_that_came_along_does_not_start_a_second_one() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0), *begun(SURVIVOR, 0)).tell(5, (SURVIVOR, answer("c2", 5)))
    cases.tell(30, (MERGED, merged(30))).tell(40, (MERGED, said("again", 40)))
    assert ("next_response", "again") not in cases.clocks(SURVIVOR)


def test_the_survivor_owes_one_next_word_by_the_sooner_promise_and_the_merged_case_none() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0, Severity.HIGH)).tell(3600, *begun(SURVIVOR, 3600))
    (promised,) = cases.owed(MERGED)
    cases.tell(4000, (MERGED, merged(4000)))
    (owed,) = cases.owed(SURVIVOR)
    assert (owed.due_at, owed.because, cases.owed(MERGED)) == (promised.due_at, "cases_merged", [])
    (gone,) = [one for one in cases.events[MERGED] if isinstance(one, PromiseSuperseded)]
    assert (gone.promise.promise_id, gone.promise.reason) == (promised.promise_id, "merged")
    cases.tell(5000, (SURVIVOR, answer("c1", 5000)))
    (owed,) = cases.owed(SURVIVOR)
    assert owed.due_at == at(5000 + 28800)  # the graver of both from now on


def test_a_promise_that_is_sooner_anyway_stays_as_it_is() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(2, *begun(SURVIVOR, 1, Severity.HIGH))
    before = cases.owed(SURVIVOR)
    cases.tell(10, (MERGED, merged(10)))
    assert cases.owed(SURVIVOR) == before


def test_a_split_gives_back_what_still_runs_and_keeps_what_was_settled_meanwhile() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(21, *begun(SURVIVOR, 20)).tell(30, (MERGED, merged(30)))
    cases.fire(61).tell(100, (MERGED, move("reopened", 100)))
    there, here = cases.clocks(MERGED), cases.clocks(SURVIVOR)
    assert here["response_60s", "merged-0"].breached
    assert not there["response_60s", "merged-0"].breached  # judged once, where it was
    assert here["first_response", "merged-0"].paused_at == at(100)
    assert there["first_response", "merged-0"].deadline == at(3600)
    assert len(cases.owed(MERGED)) == len(cases.owed(SURVIVOR)) == 1


def test_after_a_split_the_merged_case_knows_that_it_was_answered_meanwhile() -> None:
    cases = Cases().tell(1, *begun(MERGED, 0)).tell(21, *begun(SURVIVOR, 20)).tell(30, (MERGED, merged(30)))
    cases.tell(40, (SURVIVOR, answer("c1", 40))).tell(100, (MERGED, move("reopened", 100)))
    cases.tell(200, (MERGED, said("again", 200)))
    assert cases.clocks(MERGED)["next_response", "again"].deadline == at(800)
    cases.fire(5000)
    assert [one for one in cases.clocks(MERGED).values() if one.breached] == [
        cases.clocks(MERGED)["next_response", "again"]
    ]


# Two cases that are merged, go on together, and are parted again; and a third that the survivor goes into.
LIVES: tuple[Told, ...] = (
    *begun(MERGED, 0),
    (MERGED, answer("a", 40)),
    (MERGED, said("m1", 100)),
    *begun(SURVIVOR, 50),
    (MERGED, merged(200)),
    (MERGED, said("m2", 300)),
    (SURVIVOR, answer("b", 400)),
    (SURVIVOR, said("s1", 500)),
    (MERGED, move("reopened", 600)),
    (MERGED, said("m3", 700)),
    *begun(THIRD, 300),
    (SURVIVOR, merged(800, THIRD)),
    (MERGED, said("m4", 900)),
    (SURVIVOR, said("s2", 1000)),
    (THIRD, answer("c", 1100)),
)


def together(told: Sequence[Told]) -> dict[str, FollowUp]:
    cases = Cases(PATIENT)
    for one in told:
        cases.tell(2000, one)
    return {key[1]: kept.record for key, kept in cases.kept.items()}


EXPECTED = together(LIVES)


@given(st.permutations(LIVES))
@settings(max_examples=30, deadline=None)
def test_whatever_order_the_facts_of_merged_cases_come_in_the_records_are_the_same(told: list[Told]) -> None:
    found = together(told)
    assert found == EXPECTED
    assert {key: picture(one) for key, one in found.items()} == {
        key: picture(one) for key, one in EXPECTED.items()
    }


@given(st.lists(st.sampled_from(LIVES), max_size=20))
@settings(max_examples=30, deadline=None)
def test_redelivery_of_merged_cases_says_nothing_twice(again: list[Told]) -> None:
    cases = Cases(PATIENT).tell(2000, *LIVES)
    said_before = {key: len(events) for key, events in cases.events.items()}
    cases.tell(2001, *again)
    assert {key: len(events) for key, events in cases.events.items()} == said_before


WORDS = st.lists(
    st.tuples(st.sampled_from([MERGED, SURVIVOR, THIRD]), st.integers(0, 5000), st.booleans()), max_size=12
)


def stories(words: Sequence[tuple[str, int, bool]], until: float) -> list[Told]:
    """Each case begun, and what was said and answered before `until`."""
    told = [fact for case_id in (MERGED, SURVIVOR, THIRD) for fact in begun(case_id, 0)]
    for number, (case_id, when, by_us) in enumerate(words):
        if when < until:
            fact = answer(f"a{number}", when) if by_us else said(f"w{number}", when)
            told.append((case_id, fact))
    return told


def breached(cases: Cases, messages: Sequence[Told]) -> set[tuple[str, str]]:
    """Every wait on record as breached, wherever: by its clock and message."""
    ids = [fact.message_id for _, fact in messages if hasattr(fact, "message_id")]
    recorded = {one for kept in cases.kept.values() for one in kept.record.breaches}
    return {
        (name.value, message_id)
        for name in ClockName
        for message_id in ids
        for case_id in (MERGED, SURVIVOR, THIRD)
        if derived_id(case_id, name, message_id) in recorded
    }


@given(WORDS, st.integers(1, 5000), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_merges_and_splits_hide_no_breach_when_nobody_answers(
    words: list[tuple[str, int, bool]], when: int, chained: bool, undone: bool
) -> None:
    """The same silence after the same past: what is on record as breached with merges is what is without."""
    told = stories(words, when)
    alone, joined = Cases().tell(when, *told).fire(when), Cases().tell(when, *told).fire(when)
    before = breached(joined, told)
    joined.tell(when + 1, (MERGED, merged(when, SURVIVOR)))
    if chained:
        joined.tell(when + 100, (SURVIVOR, merged(when + 100, THIRD)))
    elif undone:
        joined.tell(when + 100, (MERGED, move("reopened", when + 100)))
    assert breached(joined, told) >= before
    for now in range(when, when + 8000, 50):
        alone.fire(now), joined.fire(now)
    assert breached(joined, told) == breached(alone, told)


@given(WORDS, st.integers(1, 5000))
@settings(max_examples=60, deadline=None)
def test_the_order_of_merges_does_not_matter(words: list[tuple[str, int, bool]], when: int) -> None:
    """One into the other and that into a third, or both into the third: the same waits run there, with the
    same due times, and one word is owed by the same time."""
    told = stories(words, when)
    chain, star, other = Cases(), Cases(), Cases()
    later = when + 0.5  # never the very moment at which something is due: that is judged where it ran last
    for cases in (chain, star, other):
        cases.tell(when, *told).fire(when)
    chain.tell(when, (MERGED, merged(when, SURVIVOR))).tell(later, (SURVIVOR, merged(later, THIRD)))
    star.tell(when, (MERGED, merged(when, THIRD))).tell(later, (SURVIVOR, merged(later, THIRD)))
    other.tell(when, (SURVIVOR, merged(when, THIRD))).tell(later, (MERGED, merged(later, THIRD)))
    assert running(chain) == running(star) == running(other)
    assert owed_by(chain) == owed_by(star) == owed_by(other)


def running(cases: Cases) -> dict[tuple[str, str], datetime | None]:
    assert not [
        one for case_id in (MERGED, SURVIVOR) for one in cases.clocks(case_id).values() if one.deadline
    ]
    return {key: one.deadline for key, one in cases.clocks(THIRD).items()}


def owed_by(cases: Cases) -> datetime:
    assert cases.owed(MERGED) == cases.owed(SURVIVOR) == []
    (owed,) = cases.owed(THIRD)
    assert owed.kind is PromiseKind.PROGRESS
    made = [one for one in cases.events[THIRD] if isinstance(one, PromiseMade)]
    assert owed.promise_id in {one.promise.promise_id for one in made}
    return owed.due_at


def test_a_call_that_was_merged_is_answered_by_the_voice_on_it() -> None:
    cases = Cases().tell(1, (MERGED, complaint(live=True)), *begun(MERGED, 0), *begun(SURVIVOR, 0))
    cases.tell(10, (MERGED, merged(10))).tell(20, (MERGED, answer("segment", 20, spoken=True)))
    assert cases.clocks(SURVIVOR)["response_60s", "merged-0"].met_at == at(20)
