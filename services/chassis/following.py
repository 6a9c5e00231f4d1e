"""The journal read in order of position, nothing skipped, whatever is still being written.

Positions are handed out before commit, so a reader can meet position 8 while 7 is still being written. Rows
up to the first missing position are given at once. A missing position is passed over only when no
transaction that was running when it was first missed runs any more (pg_snapshot_xmin is above an id taken
then): it was rolled back. So a slow writer delays what comes after it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

READ = """
    select position, tenant_id, topic, key, event_id, type, correlation_id, causation_id, traceparent,
           occurred_at, recorded_at, payload, headers::text as headers, extensions::text as extensions
    from journal where position > $1 order by position limit $2"""
_OLDEST_RUNNING = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# An id of our own is above every id given out so far. pg_snapshot_xmax would not do: it is one above the last
# transaction that ended, so the youngest of those still running lie beyond it.
_YOUNGEST_RUNNING = "select pg_current_xact_id()::text::bigint"

BATCH = 2000
GAP_S = 0.01
"""How long to wait before asking again when a position is missing."""


@dataclass(slots=True)
class _Doubt:
    """Positions up to `upto` were incomplete while transactions up to `transaction` could still run."""

    upto: int
    transaction: int


class Follower:
    """Reads on behind `position`, which whoever acts on the rows moves when it has."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._settled = position  # positions up to here that are missing were rolled back
        self._doubt: _Doubt | None = None

    @property
    def waits(self) -> bool:
        """Whether rows are held back behind a missing position."""
        return self._doubt is not None

    async def next_rows(self, connection: asyncpg.Connection[asyncpg.Record]) -> Sequence[asyncpg.Record]:
        """The next rows in order, up to the first position that may still be on its way; at most BATCH."""
        if self._doubt is not None:
            # Asked before reading: whoever was running then and is gone now has left its rows to be seen.
            if await connection.fetchval(_OLDEST_RUNNING) <= self._doubt.transaction:
                upto = self._settled
            else:
                upto, self._doubt = self._doubt.upto, None
            self._settled = max(self._settled, upto)
        rows = await connection.fetch(READ, self.position, BATCH)
        ready = self._complete(rows)
        if ready == len(rows):
            self._doubt = None
        elif self._doubt is None:
            transaction = await connection.fetchval(_YOUNGEST_RUNNING)
            self._doubt = _Doubt(rows[-1]["position"], transaction)
        return rows[:ready]

    def _complete(self, rows: Sequence[asyncpg.Record]) -> int:
        """How many of `rows` follow each other without a doubtful gap."""
        if not rows or rows[-1]["position"] - self.position == len(rows):
            return len(rows)
        expected = self.position + 1
        for count, row in enumerate(rows):
            if row["position"] != expected and row["position"] - 1 > self._settled:
                return count
            expected = row["position"] + 1
        return len(rows)
