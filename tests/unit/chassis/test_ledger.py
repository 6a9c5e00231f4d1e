"""What becomes of each record of a batch: done, skipped, or parked with the later ones of its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from google.protobuf import wrappers_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.envelope import Event, Record
from services.chassis.errors import Rejected
from services.chassis.ledger import Held, Ledger, Plan, TooManyRejects
from services.chassis.parking import Replay
from services.chassis.polling import Item
from services.chassis.relay import sequence

PLACE = ("things", 0)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
POISON = Rejected("no_good")


def ledger(position: int = 0, last: str = "", parked: dict[bytes | None, list[int]] | None = None) -> Ledger:
    made = Ledger("g", "", 100)
    made._held[PLACE] = Held(position, last, 1, parked or {})
    return made


def item(offset: int, key: str = "k", *, number: int | None = None, replay: Replay | None = None) -> Item:
    """A good record; `number` is its sequence, its offset unless given."""
    seq = sequence(1, (offset if number is None else number) + 1)
    event = Event(
        "things",
        0,
        offset,
        key,
        str(offset),
        "T",
        "acme",
        MARCH,
        "",
        None,
        None,
        seq,
        wrappers_pb2.StringValue(),
    )
    return Item(Record("things", key.encode(), b"", [], 0, offset), event, sequence=seq, replay=replay)


def handled(plan: Plan) -> list[int]:
    return [each.record.offset for each in plan.handle]


def parked(plan: Plan) -> list[int]:
    return [each.item.record.offset for each in plan.park]


def test_good_records_are_all_handled_and_the_position_follows_the_last() -> None:
    plan = ledger(5).plan([item(5), item(6), item(9)], {})
    assert handled(plan) == [5, 6, 9]
    assert (plan.moves[PLACE].expected, plan.moves[PLACE].next) == (5, 10)


def test_the_position_is_compared_with_what_was_committed_and_not_with_the_first_record() -> None:
    """Offsets have gaps (compaction, transaction markers); a compare with 8 here would fence for ever."""
    assert ledger(5).plan([item(8)], {}).moves[PLACE].expected == 5


def test_what_the_relay_published_twice_is_skipped() -> None:
    book = ledger(10, last=sequence(1, 5))
    plan = book.plan([item(10, number=3), item(11, number=4), item(12, number=5), item(13, number=5)], {})
    assert handled(plan) == [12]
    book.commit(plan)
    assert handled(book.plan([item(14, number=2), item(15, number=6)], {})) == [15]


def test_a_writer_with_a_new_database_is_heard_although_its_positions_start_anew() -> None:
    fresh = item(10)
    fresh.sequence = sequence(2, 1)
    assert handled(ledger(10, last=sequence(1, 999)).plan([fresh], {})) == [10]


def test_records_without_sequence_are_never_taken_for_doubles() -> None:
    foreign = [item(0), item(1)]
    for each in foreign:
        each.sequence = None
    assert handled(ledger(last=sequence(1, 50)).plan(foreign, {})) == [0, 1]


def test_a_refused_record_takes_the_later_ones_of_its_key_with_it_and_no_others() -> None:
    items = [item(0, "a"), item(1, "b"), item(2, "a"), item(3, "c"), item(4, "a")]
    plan = ledger().plan(items, {id(items[2]): POISON})
    assert handled(plan) == [0, 1, 3]
    assert parked(plan) == [2, 4]
    assert plan.park[0].reason is POISON
    assert plan.moves[PLACE].next == 5


def test_a_parked_key_stays_parked_in_the_next_batch_but_only_after_the_commit() -> None:
    book = ledger()
    bad = item(0, "a")
    plan = book.plan([bad], {id(bad): POISON})
    assert handled(book.plan([item(1, "a")], {})) == [1], "a plan that was never committed leaves no trace"
    book.commit(plan)
    assert parked(book.plan([item(1, "a")], {})) == [1]


def test_a_record_without_key_is_parked_alone() -> None:
    first, second = item(0), item(1)
    for each in (first, second):
        each.record = each.record._replace(key=None)
    plan = ledger().plan([first, second], {id(first): POISON})
    assert (parked(plan), handled(plan)) == ([0], [1])


def test_a_replay_is_handled_when_it_is_the_earliest_of_its_key_and_frees_the_key_when_it_is_the_last() -> (
    None
):
    book = ledger(20, parked={b"k": [3, 7]})
    plan = book.plan([item(20, replay=Replay("g", 0, 7)), item(21, replay=Replay("g", 0, 3)), item(22)], {})
    assert handled(plan) == [21]
    assert [(each.offset, each.again) for each in plan.park] == [(7, True), (22, False)]
    book.commit(plan)
    rest = book.plan([item(23, replay=Replay("g", 0, 7)), item(24, replay=Replay("g", 0, 22)), item(25)], {})
    assert handled(rest) == [23, 24, 25]
    book.commit(rest)
    assert book._held[PLACE].parked == {}


@pytest.mark.parametrize("replay", [Replay("others", 0, 3), Replay("g", 0, 4)])
def test_a_replay_for_another_group_or_of_a_record_that_is_not_parked_is_skipped(replay: Replay) -> None:
    plan = ledger(20, parked={b"k": [3]}).plan([item(20, replay=replay)], {})
    assert (handled(plan), parked(plan)) == ([], [])
    assert plan.moves[PLACE].next == 21


def test_too_many_refusals_in_a_row_raise_even_when_a_good_one_follows() -> None:
    items = [item(n, f"k{n}") for n in range(101)]
    with pytest.raises(TooManyRejects, match="100 in a row"):
        ledger().plan(items, {id(each): POISON for each in items[:100]})


def test_refusals_with_good_ones_between_are_no_row() -> None:
    items = [item(n, f"k{n}") for n in range(400)]
    plan = ledger().plan(items, {id(each): POISON for each in items[::2]})
    assert len(plan.park) == 200


def test_items_of_a_partition_that_was_sought_anew_do_not_count() -> None:
    book = ledger()
    assert book.live([item(0)], {PLACE: 1}) != []
    assert book.live([item(0)], {PLACE: 0}) == []
    book.drop([PLACE])
    assert book.live([item(0)], {PLACE: 1}) == []


@dataclass(frozen=True)
class Fate:
    key: str
    poison: bool
    doubled: bool


FATES = st.lists(st.builds(Fate, st.sampled_from("abcd"), st.booleans(), st.booleans()), max_size=40)


@given(FATES, st.integers(1, 7))
def test_whatever_the_batches_each_record_has_one_end_and_no_key_goes_on_after_a_parked_one(
    fates: list[Fate], size: int
) -> None:
    items: list[Item] = []
    poisoned: dict[int, Exception] = {}
    for number, fate in enumerate(fates):
        for _ in range(2 if fate.doubled else 1):
            items.append(item(len(items), fate.key, number=number))
            if fate.poison:
                poisoned[id(items[-1])] = POISON
    book = ledger()
    done: list[tuple[str, int]] = []
    away: list[tuple[str, int]] = []
    for start in range(0, len(items), size):
        plan = book.plan(items[start : start + size], poisoned)
        done += [(each.record.key.decode(), each.record.offset) for each in plan.handle if each.record.key]
        away += [(e.item.record.key.decode(), e.item.record.offset) for e in plan.park if e.item.record.key]
        book.commit(plan)
    assert len(done) + len(away) == len(fates), "each record once, its double not at all"
    for key in "abcd":
        last_done = max((offset for k, offset in done if k == key), default=-1)
        first_away = min((offset for k, offset in away if k == key), default=10**9)
        assert last_done < first_away
