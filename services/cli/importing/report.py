"""What became of a run: figures for the operator, and a file of the rows that need a hand."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self

from services.cli.importing.deadlines import Deadlines
from services.cli.importing.mapping import RowError

# What spreadsheets take for the beginning of a formula (OWASP, CSV injection); wide forms count to them too.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
HEADER = ("line", "rule", "column", "what_to_do")


@dataclass(slots=True)
class Figures:
    """How many rows ended in which way."""

    taken_over: int = 0
    already: int = 0  # by an earlier run, as its journal says
    left_out: int = 0  # by the mapping's `only`
    rejected: int = 0
    closed: int = 0  # in the earlier system: no case
    superseded: int = 0  # by a later row of the same id
    changed: int = 0  # ids whose rows differ in what the mapping reads
    deadlines: Deadlines = field(default_factory=Deadlines)
    counts: dict[str, Counter[str]] = field(default_factory=dict)  # per column asked for, of the rows wanted

    @property
    def rows(self) -> int:
        ended = (self.taken_over, self.already, self.left_out, self.rejected, self.closed, self.superseded)
        return sum(ended)


class Rejects:
    """A CSV of line, rule, column and what to do; nothing a customer said or is called.

    Names of columns and answers of the service come from elsewhere: none is a formula to a spreadsheet.
    """

    def __init__(self, target: IO[str]) -> None:
        self._target = target
        self._writer = csv.writer(target)
        self._writer.writerow(HEADER)

    def add(self, line: int, error: RowError) -> None:
        """Write one down."""
        self._writer.writerow((line, *map(_words, (error.rule, error.column, error.what_to_do))))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._target.close()


def _words(cell: str) -> str:
    """The cell; behind an apostrophe, which spreadsheets show as text, where it would be a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
