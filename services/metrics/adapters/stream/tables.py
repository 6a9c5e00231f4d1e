"""Faust tables in which the higher version wins, also when they are recovered.

A process that was paused while its partitions moved on may still write: its older record then lies behind the
newer one in the changelog, and a plain table would recover the older. Faust also logs and goes on when a
recovered record cannot be applied; here that ends the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

import faust
from faust.types import TP, EventT

from services.metrics.adapters import codec
from services.metrics.app.book import WindowBook
from services.metrics.app.cases import CaseFact

_RAW = "raw"


class _Guarded(faust.Table[bytes, bytes]):
    def apply_changelog_batch(self, batch: Iterable[EventT[bytes]]) -> None:
        for event in batch:
            try:
                self.recovered(event)
            except Exception as error:  # noqa: BLE001 - the caller would log it and leave a hole in the table
                self._crashing = asyncio.ensure_future(self.app.crash(error))
                return

    def recovered(self, event: EventT[bytes]) -> None:
        """Take one changelog record in."""
        super().apply_changelog_batch([event])


class CaseTable(_Guarded):
    """Cases, as bytes, in memory."""

    def keep(self, partition: int, key: bytes, value: bytes) -> None:
        """Set a case, also outside of an agent, where Faust does not know the partition."""
        self.data[key] = value
        _ = self.send_changelog(partition, key, value, _RAW, _RAW)

    def recovered(self, event: EventT[bytes]) -> None:
        """Take a case in, unless a later state of it is here."""
        key, value = _pair(event)
        known = self.get(key)
        if not known or codec.decode_tracked(known).version <= codec.decode_tracked(value).version:
            super().recovered(event)


class WindowTable(_Guarded):
    """What cases give their windows: only the changelog is Faust's, the memory is the book, by partition."""

    book: WindowBook
    facts: str  # the topic whose partitions the book follows

    def keep(self, partition: int, key: bytes, value: bytes) -> None:
        """Write to the changelog what the book already has."""
        _ = self.send_changelog(partition, key, value, _RAW, _RAW)

    def recovered(self, event: EventT[bytes]) -> None:
        """Give the book a contribution or a closing."""
        kept = codec.decode_kept(*_pair(event))
        partition = event.message.partition
        if kept.contribution is None:
            self.book.settle(partition, kept.key, kept.version)
        else:
            at = datetime.fromtimestamp(event.message.timestamp, UTC)
            fact = CaseFact(kept.key, kept.case_id, kept.version, kept.contribution)
            self.book.put(partition, fact, at)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Forget the windows that another process keeps from now on."""
        ours = {place.partition for place in assigned if place.topic == self.facts}
        for partition in self.book.partitions() - ours:
            self.book.drop(partition)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)


def _pair(event: EventT[bytes]) -> tuple[bytes, bytes]:
    return event.message.key or b"", event.message.value or b""
