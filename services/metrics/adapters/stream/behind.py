"""What was taken in and is written later: many events of a case then cost one record of its table and one
fact, and many facts of a case one record of its window's table.

Until then the truth is in memory alone, so nothing that was read may be committed before it is written
(StrictConsumer asks for that).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from services.chassis.envelope import Event
from services.chassis.meters import MESSAGING_CONSUMED
from services.metrics.adapters import codec
from services.metrics.adapters.stream.tables import CaseTable, WindowTable
from services.metrics.app.cases import CaseFact, TrackedCase, fact_of
from services.metrics.domain.window import Contribution

_MOST = 20_000  # not written: beyond, whoever takes more in waits for the writing

Tell = Callable[[CaseFact, Event], Awaitable[None]]


class ChangedCase(NamedTuple):
    """A case as it is now, the partition of its table, and the last event that was read for it."""

    partition: int
    tenant_id: str
    case_id: str
    tracked: TrackedCase
    cause: Event


class Entry(NamedTuple):
    """An entry of the windows' table, and its partition there."""

    partition: int
    version: int
    contribution: Contribution | None


@dataclass(slots=True)
class Unwritten:
    """By the keys of the tables; of one key the last state alone is written."""

    cases: dict[bytes, ChangedCase] = field(default_factory=dict)
    windows: dict[bytes, Entry] = field(default_factory=dict)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)  # records by topic and outcome

    def put_back(self, others: Unwritten) -> None:
        """Those that could not be written; what came after them is newer."""
        self.cases = {**others.cases, **self.cases}
        self.windows = {**others.windows, **self.windows}
        self.counted += others.counted


class WriteBehind:
    """Writes to both tables and tells the windows what their cases give them, when it is asked to."""

    def __init__(self, group: str, cases: CaseTable, windows: WindowTable, tell: Tell) -> None:
        self._group = group
        self._cases = cases
        self._windows = windows
        self._tell = tell
        self._writing = asyncio.Lock()
        self.unwritten = Unwritten()

    def known(self, key: bytes) -> TrackedCase | None:
        """A case as it is now, written or not."""
        changed = self.unwritten.cases.get(key)
        if changed is not None:
            return changed.tracked
        written = self._cases.get(key)
        return codec.decode_tracked(written) if written else None

    async def change(self, key: bytes, case: ChangedCase) -> None:
        """Take a case in; also when nothing changed, for the last telling of its window may be lost."""
        self.unwritten.cases[key] = case
        await self._room()

    async def keep(self, key: bytes, entry: Entry) -> None:
        """Take an entry of the windows' table in."""
        self.unwritten.windows[key] = entry
        await self._room()

    def count(self, topic: str, outcome: str) -> None:
        """A record was read, and that came of it."""
        self.unwritten.counted[topic, outcome] += 1

    async def write(self) -> None:
        """Write everything that was taken in; returns when all of it is with the producer, also what another
        call of this is just writing.
        """
        async with self._writing:
            unwritten, self.unwritten = self.unwritten, Unwritten()
            try:
                await self._write_all(unwritten)
            except BaseException:
                # Nothing is lost when this was cancelled or Kafka was away: writing again changes nothing.
                self.unwritten.put_back(unwritten)
                raise

    async def _write_all(self, unwritten: Unwritten) -> None:
        # All cases before anything is awaited: an event that comes meanwhile must find its case as it is now.
        for key, changed in unwritten.cases.items():
            self._cases.keep(changed.partition, key, codec.encode_tracked(changed.tracked))
        for changed in unwritten.cases.values():
            fact = fact_of(changed.tracked, changed.tenant_id, changed.case_id)
            if fact:
                await self._tell(fact, changed.cause)
        for key, entry in unwritten.windows.items():
            self._windows.keep(entry.partition, key, codec.encode_kept(entry.version, entry.contribution))
        for (topic, outcome), count in unwritten.counted.items():
            labels = {"messaging_destination_name": topic, "messaging_consumer_group_name": self._group}
            MESSAGING_CONSUMED.add(count, **labels, outcome=outcome)

    async def _room(self) -> None:
        if len(self.unwritten.cases) + len(self.unwritten.windows) >= _MOST:
            await self.write()
