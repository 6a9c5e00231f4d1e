"""What the stream holds in memory until it is written."""

from __future__ import annotations

from typing import cast

import pytest

from services.chassis.envelope import Event
from services.metrics.adapters.stream.behind import Entry, WriteBehind
from services.metrics.adapters.stream.tables import CaseTable, WindowTable
from services.metrics.app.cases import CaseFact


class Windows:
    """A table of windows whose log cannot always be written to."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, bytes]] = []
        self.away = False

    def keep(self, partition: int, key: bytes, value: bytes) -> None:
        if self.away:
            raise TimeoutError
        self.kept.append((key, value))


async def _tell(fact: CaseFact, cause: Event) -> None:
    """Nobody listens."""


async def test_what_could_not_be_written_is_written_the_next_time() -> None:
    """The watch goes on when Kafka does not answer it, and a later commit must find everything."""
    windows = Windows()
    behind = WriteBehind("metrics", cast(CaseTable, {}), cast(WindowTable, windows), _tell)
    await behind.keep(b"changed meanwhile", Entry(0, 1, None))
    await behind.keep(b"not changed", Entry(0, 1, None))
    windows.away = True
    with pytest.raises(TimeoutError):
        await behind.write()
    await behind.keep(b"changed meanwhile", Entry(0, 2, None))

    windows.away = False
    await behind.write()
    await behind.write()
    assert sorted(key for key, _ in windows.kept) == [b"changed meanwhile", b"not changed"]
    assert len({value for _, value in windows.kept}) == 2, "the newer state of one of them"
