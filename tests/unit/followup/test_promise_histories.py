"""Over random lives of a case: always one next promise while it is open, kept by a person's delivered word
alone, and never silently later (domain.md, promises and the circle-back)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from services.followup.domain.advance import advance, fire, promise_sooner
from services.followup.domain.errors import PromiseLater
from services.followup.domain.promises import Promise, promises
from services.followup.domain.record import Absorbed, Assessed, Fact, FollowUp, Move
from services.followup.domain.words import PromiseKind, PromiseState, Severity
from tests.unit.followup.cases import answer, at, bounce, fresh, move, opened, owner, said

HOUR = 3600.0
# What may happen where; anything else changes nothing of what stands.
MOVES = {
    "open": ("resolved", "closed", "merged"),
    "resolved": ("reopened", "closed", "merged"),
    "closed": ("reopened",),
}
SEVERITIES = st.sampled_from(list(Severity))


@dataclass
class Life:
    """One case as it lives, and what has happened to it; every step is checked by `hold`."""

    record: FollowUp = field(default_factory=fresh)
    now: float = 0.0
    stands: str = ""
    told: int = 0
    arrived: set[str] = field(default_factory=set)

    def learn(self, *facts: Fact) -> None:
        self.record = advance(self.record, facts, at(self.now)).record
        self.hold()

    def hold(self) -> None:
        """What must be true of every case at every moment."""
        progress = [one for one in promises(self.record) if one.kind is PromiseKind.PROGRESS]
        pending = [one for one in progress if one.pending]
        assert len(pending) == (1 if self.stands == "open" else 0)
        assert all(one.due_at > one.made_at for one in pending)
        for kept in (one for one in promises(self.record) if one.state is PromiseState.KEPT):
            assert kept.contact_id in self.arrived
            assert kept.settled_at is not None
            assert kept.settled_at <= kept.broken_at

    def next(self) -> Promise | None:
        pending = [one for one in promises(self.record) if one.pending and one.kind is PromiseKind.PROGRESS]
        return pending[0] if pending else None

    def name(self) -> str:
        self.told += 1
        return f"c{self.told}"


def begins(life: Life, draw: st.DrawFn) -> None:
    if not life.stands:
        life.stands = "open"
        life.learn(opened(life.now, draw(SEVERITIES)), owner("maria", life.now))


def a_word_arrives(life: Life, draw: st.DrawFn) -> None:
    name = life.name()
    spoken = draw(st.booleans())
    if not spoken:
        life.arrived.add(name)
    life.learn(answer(name, life.now, spoken=spoken, circle_back=draw(st.booleans())))


def a_word_bounces(life: Life, draw: st.DrawFn) -> None:
    life.learn(bounce(life.name(), life.now))


def the_customer_speaks(life: Life, draw: st.DrawFn) -> None:
    life.learn(said(life.name(), life.now))


def the_case_moves(life: Life, draw: st.DrawFn) -> None:
    kind = draw(st.sampled_from(MOVES[life.stands])) if life.stands else ""
    if kind == "merged":
        life.stands = "closed"
        life.learn(Move(at(life.now), "closed", confirmed=False, merged_into="case-2"))
    elif kind:
        life.stands = "open" if kind == "reopened" else kind
        life.learn(move(kind, life.now, "maria"))


def the_owner_assesses_again(life: Life, draw: st.DrawFn) -> None:
    life.learn(Assessed(at(life.now), draw(SEVERITIES)))


def another_owner_accepts(life: Life, draw: st.DrawFn) -> None:
    life.learn(owner(draw(st.sampled_from(["jonas", "eva"])), life.now))


def another_case_joins(life: Life, draw: st.DrawFn) -> None:
    due_at = at(life.now + draw(st.floats(min_value=60, max_value=40 * HOUR)))
    life.learn(Absorbed(life.name(), at(life.now), None, draw(SEVERITIES), (), due_at))


def the_owner_promises(life: Life, draw: st.DrawFn) -> None:
    promise = life.next()
    if promise is None or promise.due_at <= at(life.now):
        return
    left = (promise.due_at - at(life.now)).total_seconds()
    wished = at(life.now + draw(st.floats(min_value=1, max_value=2 * left)))
    try:
        life.record = promise_sooner(life.record, wished, promise.employee_id, at(life.now)).record
    except PromiseLater:
        assert wished >= promise.due_at
    else:
        following = life.next()
        assert following is not None
        assert following.due_at == wished
        assert wished < promise.due_at
    life.hold()


def the_clock_strikes(life: Life, draw: st.DrawFn) -> None:
    life.record = fire(life.record, at(life.now)).record
    life.hold()


HAPPENINGS: list[Callable[[Life, st.DrawFn], None]] = [
    a_word_arrives,
    a_word_bounces,
    the_customer_speaks,
    the_case_moves,
    the_case_moves,
    the_owner_assesses_again,
    another_owner_accepts,
    another_case_joins,
    the_owner_promises,
    the_clock_strikes,
]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Promise | None, Life]]:
    """Each moment of a random life: what was promised before it, and how it stood after."""
    life, moments = Life(), []
    begins(life, draw)
    for _ in range(draw(st.integers(min_value=1, max_value=12))):
        life.now += draw(st.floats(min_value=1, max_value=30 * HOUR))
        before = life.next()
        draw(st.sampled_from(HAPPENINGS))(life, draw)
        moments.append((before, Life(life.record, life.now, life.stands)))
    return moments


@given(histories())
def test_a_promise_moves_later_only_by_a_kept_or_a_broken_one_or_with_the_case(
    moments: list[tuple[Promise | None, Life]],
) -> None:
    for before, life in moments:
        after = life.next()
        if before is None or after is None or after.due_at <= before.due_at:
            continue
        became = next(one for one in promises(life.record) if one.promise_id == before.promise_id)
        moved = became.state is PromiseState.SUPERSEDED and became.reason in ("resolved", "closed", "merged")
        assert moved or became.state in (PromiseState.KEPT, PromiseState.BROKEN)


@given(histories())
@settings(max_examples=75, deadline=None)
def test_a_promise_that_passed_is_broken_for_good_once_the_clock_has_struck(
    moments: list[tuple[Promise | None, Life]],
) -> None:
    last = moments[-1][1]
    later = at(last.now + 1000 * HOUR)
    fired = fire(last.record, later).record
    due = [one for one in promises(last.record) if one.pending]
    now = {one.promise_id: one for one in promises(fired)}
    assert all(now[one.promise_id].state is PromiseState.BROKEN for one in due)
    mended = advance(fired, [answer("late", last.now + 1, circle_back=True)], later).record
    still = {one.promise_id: one.state for one in promises(mended)}
    assert all(still[one.promise_id] is PromiseState.BROKEN for one in due)
