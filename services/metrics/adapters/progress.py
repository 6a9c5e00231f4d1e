"""How far the stream has come, told without trusting that a running process is a working one.

A round takes the present moment, then the ends of the source topics, waits until every record before them was
processed, then the ends of the facts topic, and waits again; then everything published before that moment is
in the windows. The rounds are what `as_of`, readiness, the lag gauge and the stall guard rest on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from services.chassis.clock import Clock
from services.metrics.adapters.cluster import Place
from services.metrics.app.ports import StreamBehind


class StreamStalled(Exception):
    """Records are waiting and none was processed for too long: the process ends, so that it is started
    afresh.
    """


class RecordSkipped(Exception):
    """A record was never handed to us and a later one was: the process ends before that is committed."""


class Stream(Protocol):
    """What the rounds need to see of the running stream."""

    def holds(self) -> bool:
        """Whether this process is assigned every partition and its tables are recovered. Does not block."""

    def remaining(self) -> int:
        """Table records still to be recovered; while it changes, the stream is alive. Does not block."""

    async def ends(self, topics: str) -> Mapping[Place, int]:
        """The next offset to be written per partition of the "sources" or the "facts".

        Raises KafkaError or TimeoutError while Kafka is away.
        """

    async def committed(self) -> Mapping[Place, int]:
        """The next offset to read per partition, where the group committed one or the log starts later.

        Raises KafkaError while Kafka is away.
        """

    async def flushed(self) -> None:
        """Returns when everything sent so far is acknowledged. Raises what sending raised."""

    async def reread(self, places: Mapping[Place, int]) -> None:
        """Read these partitions again from these offsets on."""


class Progress:
    """Positions processed, and the moment up to which the windows are complete."""

    def __init__(self, clock: Clock, max_age: timedelta, stall: timedelta) -> None:
        self._clock = clock
        self._max_age = max_age
        self._stall = stall
        self._patience = stall / 12
        self._processed: dict[Place, int] = {}
        self._began: Mapping[Place, int] | None = None
        self._remaining = 0
        self._as_of: datetime | None = None
        self._holds = False
        self._moved_at = clock.now()
        self.lag = 0

    def done(self, topic: str, partition: int, offset: int) -> None:
        """A record was processed, parked or passed over. Raises RecordSkipped when those before it were not:
        the topics have no holes, neither compaction nor transactions.
        """
        due = self._next((topic, partition))
        if due is not None and offset > due:
            raise RecordSkipped(f"{topic}/{partition}: {offset} came where {due} was due")
        self._processed[topic, partition] = offset + 1
        self._moved_at = self._clock.now()

    def as_of(self) -> datetime:
        """See Freshness."""
        if not self._holds:
            raise StreamBehind("this process does not hold all windows now")
        if self._as_of is None:
            raise StreamBehind(f"still catching up, {self.lag} records behind")
        return self._as_of

    @property
    def complete(self) -> bool:
        """Whether the windows were complete up to some moment since partitions moved last."""
        return self._as_of is not None

    async def current(self) -> bool:
        """Readiness: all partitions held, tables recovered, and complete up to a moment not long ago."""
        return self._holds and self._as_of is not None and self._clock.now() - self._as_of <= self._max_age

    def restart(self) -> None:
        """Partitions moved: what was known of positions is void."""
        self._processed.clear()
        self._began = None
        self._as_of = None
        self._holds = False
        self._moved_at = self._clock.now()

    async def round(self, stream: Stream, pause: Callable[[], Awaitable[None]]) -> None:
        """One round as the module says; returns early when the stream loses partitions.

        `pause` waits a moment between two looks. Raises StreamStalled, and what the stream raises.
        """
        self._holds = stream.holds()
        moment = self._clock.now()
        if not self._holds:
            self._watch_recovery(stream.remaining())
            return
        if self._began is None:
            self._began = await stream.committed()
        for topics in ("sources", "facts"):
            await stream.flushed()
            ends = await stream.ends(topics)
            if not await self._reach(ends, stream, pause):
                return
        self._as_of = moment
        self._moved_at = moment

    async def _reach(
        self, ends: Mapping[Place, int], stream: Stream, pause: Callable[[], Awaitable[None]]
    ) -> bool:
        """Wait until everything before `ends` is processed; False when the stream loses partitions.

        Faust drops what it has fetched while its flow is stopped, and goes back only to what was committed,
        if anything was: so what does not come is asked for again.
        """
        asked_at = self._moved_at
        while late := self._late(ends):
            self.check_stall()
            asked_at = max(asked_at, self._moved_at)
            if self._clock.now() - asked_at > self._patience:
                await stream.reread(late)
                asked_at = self._clock.now()
            await pause()
            if not stream.holds():
                return False
        return True

    def _late(self, ends: Mapping[Place, int]) -> Mapping[Place, int]:
        """The next record of each partition that is not processed to its end."""
        due = {place: self._next(place) or 0 for place in ends}
        self.lag = sum(max(0, end - due[place]) for place, end in ends.items())
        return {place: due[place] for place, end in ends.items() if end > due[place]}

    def _next(self, place: Place) -> int | None:
        """The offset that is due in a partition; None before the first round has looked."""
        found = self._processed.get(place)
        return found if found is not None or self._began is None else self._began.get(place)

    def _watch_recovery(self, remaining: int) -> None:
        if remaining != self._remaining:
            self._remaining = remaining
            self._moved_at = self._clock.now()
        self.check_stall()

    def check_stall(self) -> None:
        """Raise StreamStalled when nothing has moved for too long."""
        if self._clock.now() - self._moved_at > self._stall:
            raise StreamStalled(f"{self.lag} records behind and nothing moved for {self._stall}")
