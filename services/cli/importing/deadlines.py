"""What the earlier system had promised, and what became of it: counted before anything is handed over.

A row that was closed there is history and becomes no case: it would get an owner and a next promise for
nothing. What is open is taken over with its due time, which goes on binding (the clock `inherited`).
"""

from __future__ import annotations

from dataclasses import dataclass

from services.cli.importing.mapping import MappingFile, Row, moment


@dataclass(slots=True)
class Deadlines:
    """How many rows were closed or are open, by their due time; without `closed_at` in the mapping all are
    open."""

    closed_in_time: int = 0
    closed_late: int = 0
    closed_without_due: int = 0
    open_with_due: int = 0
    open_without_due: int = 0
    closed_before_made: int = 0  # impossible: counted here and as closed

    def note(self, mapping: MappingFile, row: Row) -> bool:
        """Count a row; whether it was closed. Raises RowError for a time that cannot be read."""
        due = moment(mapping.due_at, row) if mapping.due_at else None
        closed = moment(mapping.closed_at, row) if mapping.closed_at else None
        if closed is None:
            self.open_with_due += due is not None
            self.open_without_due += due is None
            return False
        made = moment(mapping.occurred_at, row)
        self.closed_before_made += made is not None and closed < made
        self.closed_without_due += due is None
        self.closed_late += due is not None and closed > due
        self.closed_in_time += due is not None and closed <= due
        return True
