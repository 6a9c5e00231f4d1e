"""as_of, readiness and the stall guard rest on rounds, not on the process being alive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.clock import ManualClock
from services.metrics.adapters.cluster import Place
from services.metrics.adapters.progress import Progress, RecordSkipped, StreamStalled
from services.metrics.app.ports import StreamBehind

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SOURCE, FACTS = ("source", 0), ("facts", 0)


class Scripted:
    """A stream whose positions the test sets."""

    def __init__(self) -> None:
        self.held = True
        self.left = 0
        self.ends_: dict[str, dict[Place, int]] = {"sources": {SOURCE: 0}, "facts": {FACTS: 0}}
        self.committed_: dict[Place, int] = {}
        self.reread_: list[Mapping[Place, int]] = []

    def holds(self) -> bool:
        return self.held

    def remaining(self) -> int:
        return self.left

    async def ends(self, topics: str) -> Mapping[Place, int]:
        return self.ends_[topics]

    async def committed(self) -> Mapping[Place, int]:
        return self.committed_

    async def flushed(self) -> None:
        return

    async def reread(self, places: Mapping[Place, int]) -> None:
        self.reread_.append(places)


class Rounds:
    """A progress, its clock and its stream; every pause does the next thing of a list."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.progress = Progress(self.clock, timedelta(seconds=30), timedelta(seconds=120))
        self.stream = Scripted()

    async def play(self, *steps: object) -> None:
        left = list(steps)

        async def pause() -> None:
            self.clock.advance(timedelta(seconds=1))
            step = left.pop(0)
            step()  # type: ignore[operator]

        await self.progress.round(self.stream, pause)


async def test_complete_up_to_the_moment_before_the_ends_were_asked() -> None:
    rounds = Rounds()
    rounds.stream.ends_["sources"][SOURCE] = 2
    rounds.stream.ends_["facts"][FACTS] = 1
    done = rounds.progress.done
    await rounds.play(lambda: done("source", 0, 0), lambda: done("source", 0, 1), lambda: done("facts", 0, 0))
    assert rounds.progress.as_of() == NOON
    assert await rounds.progress.current()


async def test_what_was_committed_before_the_start_counts_as_processed() -> None:
    rounds = Rounds()
    rounds.stream.ends_["sources"][SOURCE] = 7
    rounds.stream.committed_[SOURCE] = 7
    await rounds.play()
    assert rounds.progress.as_of() == NOON


async def test_without_all_partitions_there_is_no_answer() -> None:
    rounds = Rounds()
    await rounds.play()
    rounds.stream.held = False
    await rounds.play()
    with pytest.raises(StreamBehind, match="does not hold"):
        rounds.progress.as_of()
    assert not await rounds.progress.current()


async def test_partitions_lost_in_the_middle_of_a_round_end_it() -> None:
    rounds = Rounds()
    rounds.stream.ends_["sources"][SOURCE] = 1
    await rounds.play(lambda: setattr(rounds.stream, "held", False))
    with pytest.raises(StreamBehind):
        rounds.progress.as_of()


async def test_an_old_answer_is_not_ready() -> None:
    rounds = Rounds()
    await rounds.play()
    rounds.clock.advance(timedelta(seconds=31))
    assert not await rounds.progress.current()
    await rounds.play()
    assert await rounds.progress.current()


async def test_records_that_wait_while_nothing_moves_end_the_process() -> None:
    rounds = Rounds()
    rounds.stream.ends_["sources"][SOURCE] = 1
    with pytest.raises(StreamStalled, match="1 records behind"):
        await rounds.play(*[lambda: None] * 200)


async def test_a_record_that_does_not_come_is_asked_for_again_from_where_it_is_due() -> None:
    rounds = Rounds()
    rounds.stream.ends_["sources"][SOURCE] = 3
    rounds.stream.committed_[SOURCE] = 1
    done = rounds.progress.done
    await rounds.play(
        lambda: done("source", 0, 1), *[lambda: None] * 25, lambda: done("source", 0, 2), lambda: None
    )
    assert rounds.stream.reread_ == [{SOURCE: 2}] * 2


async def test_a_record_that_was_passed_over_ends_the_process() -> None:
    rounds = Rounds()
    rounds.stream.committed_[SOURCE] = 4
    await rounds.play()
    with pytest.raises(RecordSkipped, match="5 came where 4 was due"):
        rounds.progress.done("source", 0, 5)


async def test_repeated_records_are_none_passed_over() -> None:
    rounds = Rounds()
    rounds.stream.committed_[SOURCE] = 4
    await rounds.play()
    for offset in (4, 5, 4, 5, 6):
        rounds.progress.done("source", 0, offset)
    assert rounds.progress.lag == 0


async def test_slow_is_not_stalled() -> None:
    rounds = Rounds()
    rounds.stream.ends_["sources"][SOURCE] = 5
    steps = [
        step
        for offset in range(5)
        for step in ([lambda: None] * 100 + [lambda offset=offset: rounds.progress.done("source", 0, offset)])
    ]
    await rounds.play(*steps)
    assert rounds.progress.lag == 0


async def test_a_recovery_that_goes_on_is_waited_for_and_one_that_stands_is_not() -> None:
    rounds = Rounds()
    rounds.stream.held = False
    for left in range(10, 0, -1):
        rounds.stream.left = left
        rounds.clock.advance(timedelta(seconds=100))
        await rounds.play()
    rounds.clock.advance(timedelta(seconds=121))
    with pytest.raises(StreamStalled):
        await rounds.play()


async def test_a_rebalance_voids_what_was_known() -> None:
    rounds = Rounds()
    await rounds.play()
    rounds.progress.restart()
    with pytest.raises(StreamBehind):
        rounds.progress.as_of()
