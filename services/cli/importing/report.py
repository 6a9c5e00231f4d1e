"""What became of a run: figures for the operator, and a file of the rows that need a hand."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from services.cli.importing.mapping import RowError

HEADER = ("line", "rule", "column", "what_to_do")


@dataclass(slots=True)
class Figures:
    """How many rows ended in which way."""

    taken_over: int = 0
    already: int = 0  # by an earlier run, as its journal says
    left_out: int = 0  # by the mapping's `only`
    rejected: int = 0

    @property
    def rows(self) -> int:
        return self.taken_over + self.already + self.left_out + self.rejected


class Rejects:
    """A CSV of line, rule, column and what to do; nothing a customer said or is called."""

    def __init__(self, target: IO[str]) -> None:
        self._target = target
        self._writer = csv.writer(target)
        self._writer.writerow(HEADER)

    def add(self, line: int, error: RowError) -> None:
        """Write one down."""
        self._writer.writerow((line, error.rule, error.column, error.what_to_do))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._target.close()
