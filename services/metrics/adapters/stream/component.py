"""The two agents, and the component that runs them and watches over them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from datetime import timedelta
from typing import Any, NamedTuple, cast

from aiokafka.errors import KafkaError
from faust.contrib.asgi import bind_to_running_loop
from faust.types import TP, EventT, StreamT
from mode import CrashingSupervisor

from services.chassis import parking
from services.chassis.clock import Clock
from services.chassis.envelope import Event, Record
from services.chassis.log import get_logger
from services.chassis.meters import DLQ_MESSAGES
from services.chassis.telemetry import SpanKind, is_sampled, span_from
from services.metrics.adapters import cluster, codec, records
from services.metrics.adapters.cluster import Place
from services.metrics.adapters.progress import Progress
from services.metrics.adapters.stream.app import StrictProducer, new_app
from services.metrics.adapters.stream.behind import ChangedCase, Entry, WriteBehind
from services.metrics.adapters.stream.tables import CaseTable, WindowTable
from services.metrics.adapters.wire import Told
from services.metrics.app.book import WindowBook
from services.metrics.app.cases import CaseFact, TrackedCase, follow
from services.metrics.app.queries import WindowAnswer
from services.metrics.domain.window import WindowKey, tally

GROUP = "metrics"
SOURCES = ("amends.intake.events.v1", "amends.resolution.events.v1", "amends.followup.events.v1")
FACTS = "amends.metrics.facts.v1"
EVENTS = "amends.metrics.events.v1"

_POLL_S = 0.05
_TICK_S = 0.5
_FIRST_TICK_S = 0.1
_STOP_S = 20.0
_MARKS_PER_TICK = 200
_CASES, _WINDOWS = "cases", "windows"
_log = get_logger(__name__)


class StreamCrashed(Exception):
    """An agent met what it could not handle: it was not committed, and the process ends to start afresh."""


class TooManyRejects(Exception):
    """So many records in a row were not understood that the fault is more likely ours: stop and look."""


class Settings(NamedTuple):
    """What the stream must know."""

    bootstrap: str
    topic_prefix: str
    grace: timedelta  # a window is closed this long after its last change
    rejects_in_a_row: int


class MetricsStream:
    """Component that runs both agents, closes windows, and ends with an exception when anything fails."""

    name = "stream"

    def __init__(self, settings: Settings, book: WindowBook, progress: Progress, clock: Clock) -> None:
        self._settings = settings
        self._book = book
        self._progress = progress
        self._clock = clock
        self._records = records.Records(GROUP)
        self._sources = [self._topic(name) for name in SOURCES]
        self._facts = self._topic(FACTS)
        self._rejects = 0
        self._marked: dict[WindowKey, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Stream until `stop`. Raises StreamCrashed, StreamStalled, ConfigError."""
        keyed = [*self._sources, self._facts]
        others = [*(parking.dlq_topic(name, GROUP) for name in keyed), self._topic(EVENTS)]
        layout = await cluster.wait_for_topics(self._settings.bootstrap, keyed, others, stop)
        if layout is None:
            return
        changelogs = [f"{self._topic(GROUP)}-{table}-changelog" for table in (_CASES, _WINDOWS)]
        await cluster.make_changelogs(self._settings.bootstrap, changelogs, layout)
        self._build(layout)
        try:
            await self._run_app(stop)
        finally:
            self._progress.restart()

    # ------------------------------------------------------------------------------------------ the app
    def _topic(self, name: str) -> str:
        return self._settings.topic_prefix + name

    def _build(self, layout: cluster.Layout) -> None:
        self._app = app = new_app(self._topic(GROUP), self._settings.bootstrap, layout, self._write)
        self._expected = layout.partitions * (len(self._sources) + 1)
        options: dict[str, Any] = {
            "key_type": bytes,
            "value_type": bytes,
            "partitions": layout.partitions,
        }
        self._cases = CaseTable(app, name=_CASES, **options)
        self._windows = WindowTable(app, name=_WINDOWS, **options)
        self._windows.book, self._windows.facts = self._book, self._facts
        app.tables.add(self._cases)
        app.tables.add(self._windows)
        self._behind = WriteBehind(GROUP, self._cases, self._windows, self._tell)
        self._agent("follow-cases", self._follow_cases, self._sources)
        self._agent("keep-windows", self._keep_windows, [self._facts])
        app.on_partitions_revoked.connect(self._on_moved)
        app.on_partitions_assigned.connect(self._on_moved)

    def _agent(
        self, name: str, work: Callable[[StreamT[bytes]], Awaitable[None]], topics: Sequence[str]
    ) -> None:
        channel = self._app.topic(*topics, key_serializer="raw", value_serializer="raw")

        async def agent(stream: StreamT[bytes]) -> None:
            try:
                await work(stream)
            except Exception as reason:
                cast(StrictProducer, self._app.producer).give_up(reason)
                raise

        self._app.agent(channel, name=name, supervisor_strategy=CrashingSupervisor)(agent)

    async def _on_moved(self, *_: object, **__: object) -> None:
        """What was taken in is written all the same: of two states the higher version holds."""
        await self._write()
        self._progress.restart()

    async def _run_app(self, stop: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            self._offsets = await stack.enter_async_context(cluster.Offsets.open(self._settings.bootstrap))
            stack.push_async_callback(self._stop_app)
            tasks = [
                asyncio.create_task(self._start_app(), name="stream-app"),
                asyncio.create_task(self._watch(), name="stream-watch"),
                asyncio.create_task(stop.wait(), name="stream-stop"),
            ]
            stack.push_async_callback(_cancel, tasks)
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _start_app(self) -> None:
        """Start Faust and stay until it halts by itself, which it only does in distress."""
        bind_to_running_loop(self._app)
        self._app.finalize()
        await self._app.maybe_start()
        await self._app.wait_until_stopped()
        raise _crashed(self._app.crash_reason) from self._app.crash_reason

    async def _stop_app(self) -> None:
        try:
            async with asyncio.timeout(_STOP_S):
                await self._app.stop()
        except TimeoutError:
            _log.error("stream did not stop in time")

    # --------------------------------------------------------------------------------------- first agent
    async def _follow_cases(self, stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            record = _record(event)
            try:
                understood = self._understand(record)
            except Exception as error:  # noqa: BLE001 - pure code on this one record: it would fail again
                await self._park(record, error)
            else:
                if understood:
                    await self._apply(*understood)
                self._count(record, "done" if understood else "skipped")
            self._progress.done(record.topic, record.partition, record.offset)

    def _understand(self, record: Record) -> tuple[Event, Told, TrackedCase] | None:
        found = self._records.event(record)
        if found is None:
            return None
        event, told = found
        known = self._behind.known(codec.tracked_key(told.tenant_id, told.case_id))
        with _span(event):
            return event, told, follow(known, told.observation, record.topic, record.offset)

    async def _apply(self, event: Event, told: Told, tracked: TrackedCase) -> None:
        key = codec.tracked_key(told.tenant_id, told.case_id)
        case = ChangedCase(event.partition, told.tenant_id, told.case_id, tracked, event)
        await self._behind.change(key, case)

    # -------------------------------------------------------------------------------------- second agent
    async def _keep_windows(self, stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            record = _record(event)
            try:
                fact = self._records.fact(record)
            except Exception as error:  # noqa: BLE001 - as above
                await self._park(record, error)
            else:
                await self._keep(record, fact)
                self._count(record, "done" if fact else "skipped")
            self._progress.done(record.topic, record.partition, record.offset)

    async def _keep(self, record: Record, fact: CaseFact | records.Mark | None) -> None:
        if isinstance(fact, records.Mark):
            await self._close(record, fact)
        elif fact and self._book.put(record.partition, fact, self._clock.now()):
            key = codec.kept_key(fact.key, fact.case_id)
            await self._behind.keep(key, Entry(record.partition, fact.version, fact.contribution))

    async def _close(self, record: Record, mark: records.Mark) -> None:
        """Publish WindowClosed, unless the window changed since the mark, or is closed as this already."""
        window = self._book.get(record.partition, mark.key)
        if window is None or window.content != mark.content or window.closed_as == mark.content:
            return
        answer = WindowAnswer(mark.key, tally(window.contributions()), final=True)
        await self._send(self._topic(EVENTS), records.closed_record(answer, mark, self._clock.now()))
        self._book.settle(record.partition, mark.key, mark.content)
        closing = Entry(record.partition, mark.content, None)
        await self._behind.keep(codec.kept_key(mark.key, ""), closing)

    # --------------------------------------------------------------------------------------- what both do
    async def _write(self) -> None:
        await self._behind.write()

    async def _tell(self, fact: CaseFact, cause: Event) -> None:
        await self._send(self._facts, records.fact_record(fact, cause))

    async def _send(self, topic: str, record: records.Outgoing) -> None:
        """Hand to the producer; acknowledged before any offset is committed."""
        producer: Any = self._app.producer
        _ = await producer.send(topic, record.key, record.value, None, None, record.headers)

    async def _park(self, record: Record, error: Exception) -> None:
        """To the dead letters, acknowledged; if that fails, the agent fails and nothing is committed."""
        rule = parking.rule_of(error)
        letter = records.dead_letter(record, GROUP, error, self._clock.now())
        producer: Any = self._app.producer
        await producer.send_and_wait(letter.topic, letter.key, letter.value, None, None, letter.headers)
        DLQ_MESSAGES.add(1, topic=record.topic, group=GROUP, error_type=rule)
        self._count(record, "rejected")
        _log.warning(
            "record parked", topic=record.topic, partition=record.partition, offset=record.offset, rule=rule
        )
        self._rejects += 1
        if self._rejects >= self._settings.rejects_in_a_row:
            raise TooManyRejects(f"{self._rejects} records in a row, the last from {record.topic}: {error}")

    def _count(self, record: Record, outcome: str) -> None:
        if outcome != "rejected":
            self._rejects = 0
        self._behind.count(record.topic, outcome)

    # ------------------------------------------------------------------------------------------ the watch
    async def _watch(self) -> None:
        """Round after round; closes windows in between. Raises StreamStalled."""
        while True:
            try:
                await self._progress.round(self, _pause)
                await self._mark_closable()
            except (KafkaError, OSError, TimeoutError) as away:
                _log.warning("kafka does not answer the watch", reason=type(away).__name__)
                self._progress.check_stall()
            await asyncio.sleep(_TICK_S if self._progress.complete else _FIRST_TICK_S)

    async def _mark_closable(self) -> None:
        """Ask whoever keeps them, which is us, in the order of the facts, to close windows that are final."""
        now = self._clock.now()
        closable = self._book.closable(now, self._settings.grace) if self.holds() else []
        for key, content in closable[:_MARKS_PER_TICK]:
            if self._marked.get(key) != content:
                await self._send(self._facts, records.mark_record(records.Mark(key, content), now))
        self._marked = dict(closable[:_MARKS_PER_TICK])

    def holds(self) -> bool:
        """See progress.Stream."""
        app = self._app
        return (
            app.started
            and not app.rebalancing
            and app.tables.actives_ready
            and len(self._held([*self._sources, self._facts])) == self._expected
        )

    def remaining(self) -> int:
        """See progress.Stream."""
        tables: Any = self._app.tables
        return int(tables.recovery.active_remaining_total()) if self._app.started else 0

    async def ends(self, topics: str) -> Mapping[Place, int]:
        """See progress.Stream."""
        held = self._held(self._sources if topics == "sources" else [self._facts])
        return await self._offsets.ends(held)

    async def committed(self) -> Mapping[Place, int]:
        """See progress.Stream."""
        starts = await self._offsets.starts(self._held([*self._sources, self._facts]))
        committed = await cluster.committed(self._settings.bootstrap, self._topic(GROUP))
        return {place: max(start, committed.get(place, 0)) for place, start in starts.items()}

    async def flushed(self) -> None:
        """See progress.Stream."""
        await self._write()
        producer = cast(StrictProducer, self._app.producer)
        await producer.flush()
        if producer.failure is not None:
            raise _crashed(producer.failure) from producer.failure

    async def reread(self, places: Mapping[Place, int]) -> None:
        """See progress.Stream."""
        for (topic, partition), offset in places.items():
            _log.warning("record asked for again", topic=topic, partition=partition, offset=offset)
            await self._app.consumer.seek(TP(topic, partition), offset)

    def _held(self, topics: Sequence[str]) -> list[Place]:
        assigned = self._app.consumer.assignment()
        return [(place.topic, place.partition) for place in assigned if place.topic in topics]


def _crashed(reason: BaseException | None) -> StreamCrashed:
    return StreamCrashed(f"{type(reason).__name__}: {reason}")


def _span(event: Event) -> AbstractContextManager[Any]:
    """Of a trace that is recorded: all others would pay for it, too."""
    if not is_sampled(event.traceparent):
        return nullcontext()
    return span_from(event.traceparent, f"process {event.topic}", SpanKind.CONSUMER)


def _record(event: EventT[bytes]) -> Record:
    message = event.message
    headers: Any = message.headers or []
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    return Record(message.topic, message.key, message.value, pairs, message.partition, message.offset)


async def _pause() -> None:
    await asyncio.sleep(_POLL_S)


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
