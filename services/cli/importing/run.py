"""The run itself: rows in, at most so many requests at a time, everything noted as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.cli.importing.journal import Journal, key_of
from services.cli.importing.mapping import MappingFile, Row, RowError, body_of, differ, wanted
from services.cli.importing.report import Figures, Rejects
from services.cli.importing.rows import Read


class Taker(Protocol):
    """Where complaints are handed in."""

    async def hand_in(self, key: str, body: bytes) -> str:
        """The case id. Raises RowError for this row, an AmendsError that ends the run."""
        ...


@dataclass(slots=True)
class Import:
    """One export on its way into one tenant; `taker` is None when it is only checked."""

    mapping: MappingFile
    tenant: str
    acknowledge: bool
    now: datetime
    journal: Journal
    rejects: Rejects
    taker: Taker | None
    progress: Callable[[int, Figures], None]
    figures: Figures = field(default_factory=Figures)
    _seen: dict[str, int] = field(default_factory=dict)

    async def run(self, rows: Iterator[Read], concurrency: int) -> Figures:
        """Take every row over, `concurrency` at a time. Raises what ends the run; then it can be resumed."""
        async with asyncio.TaskGroup() as workers:
            for _ in range(concurrency):
                workers.create_task(self._work(rows))
        return self.figures

    async def _work(self, rows: Iterator[Read]) -> None:
        for read in rows:
            try:
                await self._one(read)
            except RowError as wrong:
                self.figures.rejected += 1
                self.rejects.add(read.line, wrong)
            self.progress(read.read_bytes, self.figures)
            await asyncio.sleep(0)  # a stretch of rows without a request must not keep the loop

    async def _one(self, read: Read) -> None:
        if isinstance(read.row, RowError):
            raise read.row
        keep = wanted(self.mapping, read.row)
        if keep:
            for column, found in self.figures.counts.items():
                found[read.row.get(column, "")] += 1
        if read.superseded:
            self.figures.superseded += 1
            return
        if not keep:
            self.figures.left_out += 1
            return
        await self._take(read, read.row)

    async def _take(self, read: Read, row: Row) -> None:
        key = self._key(row, read.line)
        self.figures.changed += any(differ(self.mapping, one, row) for one in read.earlier)
        if self.figures.deadlines.note(self.mapping, row):
            self.figures.closed += 1
            return
        if key in self.journal:
            self.figures.already += 1
            return
        body = body_of(self.mapping, row, acknowledge=self.acknowledge, now=self.now, earlier=read.earlier)
        if self.taker is not None:
            self.journal.note(key, read.line, await self.taker.hand_in(key, body))
        self.figures.taken_over += 1

    def _key(self, row: Row, line: int) -> str:
        row_id = row.get(self.mapping.id, "").strip()
        if not row_id:
            raise RowError("no_id", "give the row the id it had in the earlier system", self.mapping.id)
        key = key_of(self.tenant, self.mapping.source, row_id)
        first = self._seen.setdefault(key, line)
        if first != line:
            raise RowError("repeated_id", f"line {first} has the same id: keep one", self.mapping.id)
        return key
