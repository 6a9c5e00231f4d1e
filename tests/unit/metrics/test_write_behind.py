"""What the stream holds in memory until it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from services.chassis.envelope import Event
from services.metrics.adapters import codec
from services.metrics.adapters.stream.behind import ChangedCase, Entry, WriteBehind
from services.metrics.adapters.stream.tables import CaseTable, WindowTable
from services.metrics.app.cases import CaseFact, TrackedCase, follow
from services.metrics.domain.observations import Began

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Windows:
    """A table of windows whose log cannot always be written to."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, bytes]] = []
        self.away = False

    def keep(self, partition: int, key: bytes, value: bytes) -> None:
        if self.away:
            raise TimeoutError
        self.kept.append((key, value))


class Cases(dict[bytes, bytes]):
    """A table of cases."""

    def keep(self, partition: int, key: bytes, value: bytes) -> None:
        self[key] = value


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


async def test_a_case_is_known_as_it_is_now_also_while_it_is_being_written() -> None:
    """Telling waits when Kafka is slow, and events come meanwhile: folded into an older state of their case
    they would take back what it knew.
    """
    seen: list[list[TrackedCase | None]] = []
    now = [follow(None, Began(f"e{number}", NOON, "email"), "intake", number) for number in range(3)]
    keys = [codec.tracked_key("acme", str(number)) for number in range(3)]

    async def slow(fact: CaseFact, cause: Event) -> None:
        seen.append([behind.known(key) for key in keys])

    behind = WriteBehind("metrics", cast(CaseTable, Cases()), cast(WindowTable, Windows()), slow)
    for number, key in enumerate(keys):
        await behind.change(key, ChangedCase(0, "acme", str(number), now[number], cast(Event, None)))
    await behind.write()
    assert seen == [now, now, now]
