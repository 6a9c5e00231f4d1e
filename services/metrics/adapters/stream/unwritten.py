"""What was taken in and is not written yet: many events of a case then cost one record of its table and one
fact, and many facts of a case one record of its window's table.

The process keeps the truth in memory and writes behind, so nothing that was read may be committed before it
is written (StrictConsumer asks for that).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from services.chassis.envelope import Event
from services.metrics.app.cases import TrackedCase
from services.metrics.domain.window import Contribution


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

    def __len__(self) -> int:
        return len(self.cases) + len(self.windows)

    def put_back(self, others: Unwritten) -> None:
        """Those that could not be written; what came after them is newer."""
        self.cases = {**others.cases, **self.cases}
        self.windows = {**others.windows, **self.windows}
        self.counted += others.counted
