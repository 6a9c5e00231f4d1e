"""The group committer: company, isolation of what cannot be stored, honesty while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.chassis.errors import Rejected, Retryable
from services.chassis.testing.waiting import wait_for
from services.intake.app.committer import GroupCommitter, Limits
from services.intake.domain.records import Answer, Channel, CustomerWord, Outcome, Party, Source, Submission

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def submission(name: str, size: int = 10) -> Submission:
    word = CustomerWord(Source("t", "p", "a", name, Channel.API), (Party("email", "a@b"),))
    return Submission(b"x" * size, "text/plain", NOW, NOW, (word,))


class MemoryStore:
    """A Store in memory: remembers batches, fails on demand, may be held."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.refused: list[str] = []
        self.fails: Callable[[Sequence[Submission]], Exception | None] = lambda _batch: None
        self.open = asyncio.Event()
        self.open.set()
        self.entered = asyncio.Event()

    async def write(self, submissions: Sequence[Submission]) -> list[tuple[Answer, ...]]:
        self.entered.set()
        await self.open.wait()
        failure = self.fails(submissions)
        if failure is not None:
            raise failure
        self.batches.append([item.source.event_id for one in submissions for item in one.items])
        self.refused += [refusal.code for one in submissions for refusal in one.refusals]
        return [tuple(Answer(Outcome.CASE_BEGUN, NOW, UUID(int=1)) for _ in one.items) for one in submissions]


@asynccontextmanager
async def running(store: MemoryStore, limits: Limits | None = None) -> AsyncIterator[GroupCommitter]:
    committer, stop = GroupCommitter(store, limits), asyncio.Event()
    work = asyncio.create_task(committer.run(stop))
    yield committer
    stop.set()
    await work


async def _all_taken(committer: GroupCommitter, store: MemoryStore) -> bool:
    return store.entered.is_set() and not committer.waiting


async def test_what_arrives_together_is_written_together_and_each_caller_gets_its_answer() -> None:
    store = MemoryStore()
    store.open.clear()  # a transaction takes its time: the writers share what came together
    async with running(store) as committer:
        calls = [asyncio.create_task(committer.submit(submission(str(n)))) for n in range(50)]
        await wait_for(lambda: _all_taken(committer, store))
        store.open.set()
        answers = await asyncio.gather(*calls)
    assert len(answers) == 50
    assert [len(batch) for batch in store.batches] == [25, 25]
    assert sorted(name for batch in store.batches for name in batch) == sorted(str(n) for n in range(50))


async def test_a_batch_holds_no_more_records_or_bytes_than_its_limits() -> None:
    store = MemoryStore()
    async with running(store, Limits(records=10, bytes=10_000)) as committer:
        await asyncio.gather(*(committer.submit(submission(str(n))) for n in range(35)))
        await asyncio.gather(*(committer.submit(submission(f"b{n}", 4_000)) for n in range(6)))
        await committer.submit(submission("large", 50_000))
    assert max(len(batch) for batch in store.batches) == 10
    assert all(len(batch) <= 2 for batch in store.batches if batch[0].startswith("b"))
    assert ["large"] in store.batches


async def test_one_record_that_cannot_be_stored_fails_alone_and_is_kept_as_a_refusal() -> None:
    store = MemoryStore()

    def poisoned(batch: Sequence[Submission]) -> Exception | None:
        names = [item.source.event_id for one in batch for item in one.items]
        return ValueError("no row for it") if "poison" in names else None

    store.fails = poisoned
    async with running(store) as committer:
        names = [*map(str, range(20)), "poison", *map(str, range(20, 40))]
        answers = await asyncio.gather(
            *(committer.submit(submission(n)) for n in names), return_exceptions=True
        )
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(one) for one in failed] == [Rejected]
    assert isinstance(answers[20], Rejected)
    assert store.refused == ["unstorable"]
    assert len([name for batch in store.batches for name in batch]) == 40


async def test_while_the_database_is_away_everybody_is_told_to_try_again() -> None:
    store = MemoryStore()
    store.fails = lambda _batch: Retryable("database_away")
    async with running(store) as committer:
        answers = await asyncio.gather(
            *(committer.submit(submission(str(n))) for n in range(5)), return_exceptions=True
        )
        assert {type(answer) for answer in answers} == {Retryable}
        store.fails = lambda _batch: None
        assert await committer.submit(submission("again"))


async def test_a_lost_deadlock_is_tried_once_more_before_anybody_hears_of_it() -> None:
    store = MemoryStore()
    failures = [Retryable("database_away")]
    store.fails = lambda _batch: failures.pop() if failures else None
    async with running(store) as committer:
        assert await committer.submit(submission("one"))


async def test_too_much_waiting_is_refused_at_the_door() -> None:
    store = MemoryStore()
    store.open.clear()
    async with running(store, Limits(records=1, waiting_records=3, writers=1)) as committer:
        first = asyncio.create_task(committer.submit(submission("being written")))
        await store.entered.wait()
        waiting = [asyncio.create_task(committer.submit(submission(str(n)))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Retryable):
            await committer.submit(submission("too many"))
        store.open.set()
        assert len(await asyncio.gather(first, *waiting)) == 4


async def test_a_caller_who_waits_too_long_is_told_to_try_again_and_the_record_may_still_be_written() -> None:
    store = MemoryStore()
    store.open.clear()
    async with running(store, Limits(answer_s=0.01)) as committer:
        with pytest.raises(Retryable):
            await committer.submit(submission("slow"))
        store.open.set()
    assert store.batches == [["slow"]]


async def test_what_was_submitted_before_the_stop_is_written_and_answered() -> None:
    store = MemoryStore()
    store.open.clear()
    committer, stop = GroupCommitter(store, Limits(records=2)), asyncio.Event()
    work = asyncio.create_task(committer.run(stop))
    waiting = [asyncio.create_task(committer.submit(submission(str(n)))) for n in range(9)]
    await asyncio.sleep(0)
    stop.set()
    store.open.set()
    assert len(await asyncio.gather(*waiting)) == 9
    await work
    with pytest.raises(Retryable):
        await committer.submit(submission("late"))


async def test_a_caller_that_goes_away_does_not_take_its_record_back() -> None:
    store = MemoryStore()
    store.open.clear()
    async with running(store) as committer:
        gone = asyncio.create_task(committer.submit(submission("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        store.open.set()
        await committer.submit(submission("other"))
    assert sorted(name for batch in store.batches for name in batch) == ["gone", "other"]
