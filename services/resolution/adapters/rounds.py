"""Commands that wait at the same moment are decided together: one transaction of their tenant for all.

A transaction costs a dozen round trips and a durable commit, for one command as for fifty. So while one round
is on its way the next gathers; nobody waits for company. Within a round the commands are decided one after
the other, each on what those before it have left (gathering.py), and written together; each is answered when
all of them are durable. A refusal takes back what its own command wrote and nothing else.

Some go alone, in a transaction of their own, and so does every command of a round that could not be written:

| what | because |
|---|---|
| names no case | it is seldom, and writes what it likes |
| its case is locked by somebody else | a round waits for nobody: others would wait with it |
| its key is just being used | a key again waits for the first |
| wants to write or lock more than its case and events | its locks and their order are its own |
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import TypeAlias, cast

from google.protobuf.message import Message

from services.chassis.db import Connection
from services.chassis.log import get_logger
from services.resolution.adapters.gathering import Alone, Gathering
from services.resolution.adapters.keys import Keys, Once, Place, Row, Used, claim_all, settle_all
from services.resolution.adapters.postgres import PostgresWork, PostgresWorks
from services.resolution.app.ports import Work
from services.resolution.app.shapes import CaseKey
from services.resolution.domain.errors import BadCommand, Refusal

log = get_logger(__name__)

_MOST = 64  # commands of a round: beyond, their cases would be locked for longer than it saves
_PATIENCE_S = 0.25  # for what somebody else holds, such as the key that another replica is just answering

Decide: TypeAlias = Callable[[], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked, as far as it matters before it is decided. `case_id` is "" where it names none; `people`
    are the employees who ask."""

    name: str
    tenant_id: str
    case_id: str
    people: tuple[str, ...]
    once: Once | None

    @property
    def key(self) -> CaseKey:
        return self.tenant_id, self.case_id


class Rounds:
    """Where every command of this process is decided."""

    def __init__(self, works: PostgresWorks, keys: Keys) -> None:
        self._works = works
        self._keys = keys
        self._waiting: dict[str, deque[_Seat]] = {}
        self._holding: dict[str, asyncio.Task[None]] = {}
        self._used: set[Row] = set()
        # commands that have asked for a transaction of their own: they would again
        self._alone: set[str] = set()

    async def take(self, command: Command, decide: Decide) -> Message | bytes:
        """What `decide` answers, durable, in one transaction with its key; bytes are what the key was
        answered before. Raises what `decide` raises, after what a Refusal wants on record is durable, too;
        BadCommand("idempotency_key_reused"); Retryable."""
        row = command.once.row if command.once else None
        if not command.case_id or command.name in self._alone or row in self._used:
            return await self._take_alone(command.once, decide)
        if row is None:
            return await self._take_together(command, decide)
        self._used.add(row)
        try:
            return await self._take_together(command, decide)
        finally:
            self._used.discard(row)

    async def _take_together(self, command: Command, decide: Decide) -> Message | bytes:
        seat = _Seat(command)
        try:
            round_ = await self._wait_for_round(seat)
            outcome = await round_.hear(seat, decide)
        finally:
            seat.leave()
        if not await round_.is_durable() or outcome is None:
            return await self._take_alone(command.once, decide)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _take_alone(self, once: Once | None, decide: Decide) -> Message | bytes:
        """A refusal leaves the key free; what it wants on record is committed before it goes on."""
        if once is None:
            return await decide()
        async with self._keys.claim(once) as claim:
            if claim.answer is not None:
                return claim.answer
            kept: Refusal
            try:
                answer = await decide()
                await claim.keep(answer.SerializeToString())
                return answer
            except Refusal as refusal:
                if not refusal.events:
                    raise
                kept = refusal
            await claim.release()
        raise kept

    def _wait_for_round(self, seat: _Seat) -> asyncio.Future[_Round]:
        tenant_id = seat.command.tenant_id
        self._waiting.setdefault(tenant_id, deque()).append(seat)
        if tenant_id not in self._holding:
            # in a context of its own: the caller's name and trace are not those of the round
            held = asyncio.create_task(self._hold(tenant_id), context=Context())
            self._holding[tenant_id] = held
        return seat.called

    async def _hold(self, tenant_id: str) -> None:
        """One round after the other for as long as anybody of the tenant waits."""
        waiting = self._waiting[tenant_id]
        try:
            while waiting:
                await self._hold_one(tenant_id, waiting)
        finally:
            del self._waiting[tenant_id], self._holding[tenant_id]

    async def _hold_one(self, tenant_id: str, waiting: deque[_Seat]) -> None:
        round_, seats = _Round(self._works, tenant_id, self._alone), list[_Seat]()
        try:
            async with self._works.impatient(tenant_id, _PATIENCE_S) as (tx, work):
                seats = _next(waiting)
                await round_.open(tx, work, [seat.command for seat in seats])
                for seat in seats:
                    seat.call(round_)
                for seat in seats:
                    await seat.left
                await round_.write(tx)
            round_.durable = True
        except Exception as failure:  # noqa: BLE001 - each of them meets its own failure alone
            log.warning("commands go one by one", commands=len(seats), error=failure)
        finally:
            for seat in seats or _next(waiting):
                seat.call(round_)
            round_.ended.set()


class _Seat:
    """A command that waits for its round, until it leaves."""

    def __init__(self, command: Command) -> None:
        loop = asyncio.get_running_loop()
        self.command = command
        self.called: asyncio.Future[_Round] = loop.create_future()
        self.left: asyncio.Future[None] = loop.create_future()

    def call(self, round_: _Round) -> None:
        """Its turn is in this round; whoever has gone away meanwhile has left."""
        if not self.called.done():
            self.called.set_result(round_)

    def leave(self) -> None:
        """It has been decided, or its caller has gone."""
        if not self.left.done():
            self.left.set_result(None)


def _next(waiting: deque[_Seat]) -> list[_Seat]:
    return [waiting.popleft() for _ in range(min(len(waiting), _MOST))]


class _Round:
    """One transaction, and the commands that are decided in it."""

    def __init__(self, works: PostgresWorks, tenant_id: str, alone: set[str]) -> None:
        self.ended = asyncio.Event()
        self.durable = False
        self._works = works
        self._tenant_id = tenant_id
        self._alone = alone
        self._turn = asyncio.Lock()
        self._work: Gathering | None = None
        self._claimed: set[Place] = set()
        self._used: Mapping[Place, Used] = {}
        self._answers: dict[Place, bytes] = {}

    async def open(self, tx: Connection, work: PostgresWork, commands: Collection[Command]) -> None:
        """Keys first, then cases: the order in which a command alone locks them, too."""
        self._claimed, self._used = await claim_all(
            tx, self._tenant_id, [each.once for each in commands if each.once]
        )
        people = {name for each in commands for name in each.people}
        employees = await work.find_employees(self._tenant_id, people)
        cases = await work.lock_free_cases({each.key for each in commands})
        self._work = Gathering(work, cases, employees)

    async def hear(self, seat: _Seat, decide: Decide) -> Message | bytes | Exception | None:
        """What comes of a command, provided that the round is durable; None: it has to go alone."""
        once = seat.command.once
        async with self._turn:
            if self._work is None or not self._work.has(seat.command.key):
                return None
            if once is None or once.place in self._claimed:
                return await self._decide(self._work, seat.command, decide)
            used = self._used.get(once.place)
            return _again(once, used) if used else None

    async def _decide(self, work: Gathering, command: Command, decide: Decide) -> Message | Exception | None:
        try:
            with self._works.joining(self._tenant_id, cast(Work, work)):
                answer = await decide()
            work.keep()
            if command.once:
                self._answers[command.once.place] = answer.SerializeToString()
            return answer
        except Alone:
            self._alone.add(command.name)
            return None
        except Refusal as refusal:
            if refusal.events:
                work.keep()
            return refusal
        except Exception as failure:  # noqa: BLE001 - for its own caller, when the others are written
            return failure
        finally:
            work.drop()

    async def write(self, tx: Connection) -> None:
        """What the commands have left."""
        if self._work is not None:
            await self._work.write()
        await settle_all(tx, self._tenant_id, self._claimed, self._answers)

    async def is_durable(self) -> bool:
        """Waits for its end."""
        await self.ended.wait()
        return self.durable


def _again(once: Once, used: Used) -> bytes | Exception:
    try:
        once.demand_same(used.command, used.digest)
    except BadCommand as reused:
        return reused
    return used.answer
