"""The group committer: everything that arrives within a few milliseconds becomes durable in one transaction.

A commit costs nearly the same for one record as for two hundred, so a caller waits `linger_s` for company,
and all are answered by one fsync (architecture.md, data path 1). One poisoned record never fails the
others: the batch is halved until it stands alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.chassis.errors import Rejected, Retryable
from services.chassis.log import get_logger
from services.chassis.meters import COMMIT_BATCH
from services.intake.app.ports import Store
from services.intake.domain.records import Answer, Item, Refusal, Submission

log = get_logger(__name__)

Answers = tuple[Answer, ...]

_LEAST_SHARE = 16  # a smaller batch costs its statements more than it gains


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a batch may grow, how long it may wait for company, and how much may wait for it."""

    linger_s: float = 0.002
    records: int = 200
    bytes: int = 8 * 1024 * 1024
    waiting_records: int = 10_000
    waiting_bytes: int = 128 * 1024 * 1024
    writers: int = 2  # while one waits for its commit, the other collects and writes
    answer_s: float = 10.0  # the tightest provider hangs up at 15 s


class GroupCommitter:
    """Component and Acceptor: callers `submit`, writers commit what has gathered.

    Stop it after the servers: what was submitted before `stop` is still written and answered.
    """

    name = "committer"

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self._store = store
        self._limits = limits or Limits()
        self._waiting: deque[tuple[Submission, asyncio.Future[Answers]]] = deque()
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._stopping = False
        self._writing = 0  # writers with a transaction on its way

    @property
    def waiting(self) -> int:
        """Submissions that no writer has taken yet."""
        return len(self._waiting)

    async def submit(self, submission: Submission) -> Answers:
        """See Acceptor. A caller that goes away does not take its record back."""
        size = len(submission.raw)
        if (
            self._stopping
            or len(self._waiting) >= self._limits.waiting_records
            or self._waiting_bytes + size > self._limits.waiting_bytes
        ):
            raise Retryable("intake_busy", "too much is waiting to be written; try again shortly")
        answers: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, answers))
        self._waiting_bytes += size
        self._arrived.set()
        if len(self._waiting) >= self._limits.records:
            self._full.set()
        try:
            async with asyncio.timeout(self._limits.answer_s):
                return await answers
        except TimeoutError:
            # It may still be written; then the provider's repeat gets the first answer.
            raise Retryable("intake_slow", "not durable in time; try again") from None

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop`, then what is still waiting; submissions after that are refused as Retryable."""
        writers = [asyncio.create_task(self._write_on()) for _ in range(self._limits.writers)]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopping, *writers], return_when=asyncio.FIRST_COMPLETED)
            self._stopping = True
            self._arrived.set()
            self._full.set()
            await asyncio.gather(*writers)
        finally:
            for task in (stopping, *writers):
                task.cancel()

    async def _write_on(self) -> None:
        while True:
            await self._arrived.wait()
            if not self._waiting:
                if self._stopping:
                    return
                self._arrived.clear()
                continue
            await self._linger()
            batch = self._take()
            if batch:
                self._writing += 1
                try:
                    await self._settle(batch)
                finally:
                    self._writing -= 1

    async def _linger(self) -> None:
        if self._stopping or len(self._waiting) >= self._limits.records:
            return
        self._full.clear()
        try:
            async with asyncio.timeout(self._limits.linger_s):
                await self._full.wait()
        except TimeoutError:
            return

    def _take(self) -> list[tuple[Submission, asyncio.Future[Answers]]]:
        taken: list[tuple[Submission, asyncio.Future[Answers]]] = []
        size = 0
        # What waits is shared with the writers that are free: callers that were answered together come back
        # together, and one writer would take them all while the others look on.
        free = max(1, self._limits.writers - self._writing)
        share = max(_LEAST_SHARE, -(-len(self._waiting) // free))
        while self._waiting and len(taken) < min(share, self._limits.records):
            following = len(self._waiting[0][0].raw)
            if taken and size + following > self._limits.bytes:
                break
            size += following
            taken.append(self._waiting.popleft())
        self._waiting_bytes -= size
        return taken

    async def _settle(self, batch: Sequence[tuple[Submission, asyncio.Future[Answers]]]) -> None:
        """Write a batch and tell every caller; halve it when something in it cannot be written."""
        try:
            answers = await self._write([submission for submission, _ in batch])
        except Retryable as away:
            _fail(batch, away)
        except Exception as failure:  # noqa: BLE001 - one record's fault must not become the others'
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._settle(batch[:middle])
                await self._settle(batch[middle:])
            else:
                await self._give_up(batch[0], failure)
        else:
            for (_, caller), answer in zip(batch, answers, strict=True):
                if not caller.done():
                    caller.set_result(answer)

    async def _write(self, submissions: Sequence[Submission]) -> list[Answers]:
        COMMIT_BATCH.record(len(submissions))
        try:
            return await self._store.write(submissions)
        except Retryable:
            # A deadlock or a restarted server often lets the second attempt through.
            return await self._store.write(submissions)

    async def _give_up(self, one: tuple[Submission, asyncio.Future[Answers]], failure: Exception) -> None:
        """Keep what cannot be stored as a refusal, so that nothing said to us is lost without a trace."""
        submission, caller = one
        log.error("a record cannot be stored", error=failure, error_type=type(failure).__name__)
        refusals = tuple(_refusal(item) for item in submission.items) or submission.refusals
        try:
            await self._store.write([replace(submission, items=(), refusals=refusals)])
        except Retryable as away:
            _fail([one], away)
        except Exception as worse:  # the caller must be answered, and told the truth
            log.exception("not even the refusal can be stored", error_type=type(worse).__name__)
            _fail([one], Retryable("refusal_not_stored", "the input could not be kept"))
        else:
            if not caller.done():
                caller.set_exception(Rejected("unstorable", type(failure).__name__))


def _refusal(item: Item) -> Refusal:
    source = item.source
    return Refusal(source.tenant_id, source.channel, source.provider, "unstorable", account=source.account)


def _fail(batch: Sequence[tuple[Submission, asyncio.Future[Answers]]], failure: Exception) -> None:
    for _, caller in batch:
        if not caller.done():
            caller.set_exception(failure)
