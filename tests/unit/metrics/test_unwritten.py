"""What the stream holds in memory until it is written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chassis.clock import SystemClock
from services.metrics.adapters.progress import Progress
from services.metrics.adapters.stream import MetricsStream, Settings
from services.metrics.adapters.stream.unwritten import Entry, Unwritten
from services.metrics.app.book import WindowBook


def stream() -> MetricsStream:
    clock = SystemClock()
    progress = Progress(clock, timedelta(seconds=10), timedelta(seconds=60))
    return MetricsStream(Settings("nowhere:1", "", timedelta(0), 10), WindowBook(), progress, clock)


async def test_what_could_not_be_written_is_written_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch goes on when Kafka does not answer it, and a later commit must find everything."""
    ours, written = stream(), list[Unwritten]()
    older, newer = Entry(0, 1, None), Entry(0, 2, None)

    async def away(unwritten: Unwritten) -> None:
        ours._unwritten.windows[b"changed meanwhile"] = newer
        raise TimeoutError

    async def back(unwritten: Unwritten) -> None:
        written.append(unwritten)

    ours._unwritten.windows.update({b"changed meanwhile": older, b"not changed": older})
    ours._unwritten.counted["topic", "done"] += 3
    monkeypatch.setattr(ours, "_write_all", away)
    with pytest.raises(TimeoutError):
        await ours._write()
    ours._unwritten.counted["topic", "done"] += 1

    monkeypatch.setattr(ours, "_write_all", back)
    await ours._write()
    (all_of_it,) = written
    assert all_of_it.windows == {b"changed meanwhile": newer, b"not changed": older}
    assert all_of_it.counted == {("topic", "done"): 4}
    assert not ours._unwritten.windows
