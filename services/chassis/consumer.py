"""Kafka to effect, exactly once: one transaction holds effects, journal rows and partition offsets.

Where to read on is in PostgreSQL and moved by compare-and-set, first thing in the transaction: whoever was
superseded (a zombie after a long pause) fails before it does anything. Redelivery, rebalance and kill -9
cannot double an effect; what a relay published twice is known by its ce_sequence.

A record ends in one of three ways: done; waiting, while a dependency is away; or parked in a dead-letter
topic, and with it the later records of its key, so that no effect happens out of order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import confluent_kafka
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from services.chassis import meters
from services.chassis.db import Connection, Database
from services.chassis.envelope import REPLAY_GROUP, Event, EventRegistry, Record, sequence_in
from services.chassis.errors import Placed, Rejected, Retryable
from services.chassis.ids import RandomIds
from services.chassis.ledger import Fenced, Ledger, Plan, TooManyRejects
from services.chassis.log import get_logger
from services.chassis.parking import replay_in, rule_of
from services.chassis.polling import Batch, Item, Place, Poller, Start
from services.chassis.telemetry import current_traceparent, is_sampled, span_from
from services.chassis.wakeup import pause

log = get_logger(__name__)

_RESTART_S = 1.0
_IN_TIME_S = 30.0  # event-processed, an objective of deploy/observability/slos.yaml
_End = Callable[[], None]


class EventHandler(Protocol):
    """What a service does with events."""

    async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
        """Apply `events` inside `tx`: write effects and journal rows, commit nothing, call nobody outside.

        One call is one transaction. Events are in partition order and may mix tenants; `tx` sees exactly
        theirs. It may be called again with the same events (then the first call left no trace), or with
        some of them. Raise Rejected(..., event=e) for a record that can never work, Retryable when a
        dependency is away. After any other exception the batch is halved down to the record, which is
        retried and at last parked.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConsumerTuning:
    """Knobs with measured defaults; seconds where a time."""

    attempts: int = 3  # of a record that fails with an unknown error, before it is parked
    rejects_in_a_row: int = 100  # records parked with none handled between, before the consumer stops
    backoff_first_s: float = 0.1
    backoff_most_s: float = 10.0


class Consumer:
    """Component that feeds one handler from some topics as a member of `group`.

    Kafka's group is used for the assignment alone; where to read on is kept in PostgreSQL.
    """

    def __init__(
        self,
        group: str,
        topics: Collection[str],
        registry: EventRegistry,
        handler: EventHandler,
        database: Database,
        bootstrap: str,
        *,
        batch: int = 500,
        topic_prefix: str = "",
        tuning: ConsumerTuning | None = None,
    ) -> None:
        self.name = f"consumer:{group}"
        self._group, self._prefix, self._bootstrap, self._batch = group, topic_prefix, bootstrap, batch
        self._topics = sorted(topic_prefix + topic for topic in topics)
        self._registry, self._handler, self._database = registry, handler, database
        self._tuning = tuning or ConsumerTuning()
        self._ledger = Ledger(group, topic_prefix, self._tuning.rejects_in_a_row)
        self._ids = RandomIds()
        # Held by a transaction from its check of what is ours to its commit: a revocation waits for it.
        self._gate = asyncio.Lock()
        self._stop = asyncio.Event()
        self._poller: Poller | None = None
        self._oldest: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, then finish the running batch and leave the group.

        Heals by itself when Kafka or PostgreSQL restart. Raises TooManyRejects when `rejects_in_a_row`
        records in a row could not be handled.
        """
        self._stop = stop
        ends = list(self._gauges())
        try:
            while not stop.is_set():
                try:
                    await self._be_member()
                except (confluent_kafka.KafkaException, Retryable) as error:
                    log.warning("consumer starts over", group=self._group, error=type(error).__name__)
                    await pause(stop, _RESTART_S)
        finally:
            for end in ends:
                end()

    @property
    def assigned(self) -> frozenset[Place]:
        """The (topic, partition) pairs this member reads now."""
        return self._ledger.places

    def lag(self) -> dict[Place, int]:
        """Records not yet handled per assigned (topic, partition), as far as this member has heard."""
        ends = self._poller.ends if self._poller else {}
        return {
            place: max(0, ends.get(place, position) - position)
            for place, position in self._ledger.positions().items()
        }

    async def _be_member(self) -> None:
        """One life as a member of the group, from joining to leaving."""
        poller = self._poller = Poller(
            self._bootstrap, self._group, self._topics, self._batch, self._decode, self
        )
        stopper = asyncio.create_task(self._stop_poller(poller))
        poller.start()
        try:
            while (batch := await poller.batches.get()) is not None:
                await self._handle(batch)
                poller.done()
        finally:
            poller.stop()
            stopper.cancel()
            await poller.join()
            self._ledger.drop(self._ledger.places)
        if poller.failure is not None:
            raise poller.failure

    async def _stop_poller(self, poller: Poller) -> None:
        await self._stop.wait()
        poller.stop()

    def _decode(self, record: Record) -> Item:
        """Runs in the reading thread. What cannot be decoded is an item too: it is parked like any refused
        one.
        """
        item = Item(record)
        headers = dict(record.headers)
        try:
            if REPLAY_GROUP in headers:
                item.replay = replay_in(record.headers)
            event = item.event = self._registry.parse(
                record, record.topic.removeprefix(self._prefix), headers
            )
            item.known = event is not None
            item.sequence = event.sequence if event else sequence_in(headers)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the records after it
            item.refusal = error
            item.sequence = sequence_in(headers)
        return item

    async def _handle(self, batch: Batch) -> None:
        """Bring every item to an end, or leave all that is left when stopping."""
        started = time.monotonic()
        self._oldest = min((item.event.time for item in batch.items if item.event), default=None)
        work = _Work([list(batch.items)])
        while work.segments and not self._stop.is_set():
            try:
                await self._commit(work, batch.generations)
                work.segments.pop()
                work.failures = 0
            except TooManyRejects:
                raise
            except Fenced as error:
                log.warning("consumer was fenced", group=self._group, detail=error.detail)
                await self._read_stored(batch.generations)
            except Retryable as error:
                await self._wait(work, error)
            except Exception as error:  # noqa: BLE001 - parked with its reason, or the consumer stops loudly
                await self._narrow(work, error)
        self._oldest = None
        elapsed = time.monotonic() - started
        for topic in {item.record.topic for item in batch.items}:
            meters.MESSAGING_PROCESS_DURATION.record(
                elapsed, messaging_destination_name=topic, messaging_consumer_group_name=self._group
            )

    async def _commit(self, work: _Work, generations: Mapping[Place, int]) -> None:
        """One transaction with the top segment's items; those of partitions that went away are left out."""
        async with self._gate:
            items = self._ledger.live(work.segments[-1], generations)
            if not items:
                return
            plan = self._ledger.plan(items, work.refusals)
            with _spans(plan.events, self._group) as events:
                async with self._database.transaction(plan.tenants) as tx:
                    await self._ledger.advance(tx, plan)
                    if events:
                        await self._handler.handle(tx, events)
                    await self._ledger.park(tx, plan, self._ids, datetime.now(UTC))
            self._ledger.commit(plan)
        self._report(plan)
        self._took(events)

    async def _wait(self, work: _Work, error: Retryable) -> None:
        """A dependency is away: the thread pauses the partitions meanwhile and stays in the group."""
        meters.CONSUMER_PAUSES.add(1, messaging_consumer_group_name=self._group)
        log.warning("consumer waits", group=self._group, rule=error.rule, attempt=work.failures + 1)
        await self._back_off(work)

    async def _narrow(self, work: _Work, error: Exception) -> None:
        """Find the record that failed: named by the error, or by halving; retry it, and at last refuse it."""
        segment = work.segments[-1]
        culprit = _named([item for item in segment if id(item) not in work.refusals], error)
        if culprit is None and len(segment) > 1:
            middle = len(segment) // 2
            work.segments[-1:] = [segment[middle:], segment[:middle]]
            return
        culprit = culprit or segment[0]
        if id(culprit) in work.refusals:
            raise error  # not even parking works: stop here, with nothing committed
        if not isinstance(error, Rejected):
            attempts = work.attempts[id(culprit)] = work.attempts.get(id(culprit), 0) + 1
            log.error(
                "record failed", group=self._group, topic=culprit.record.topic, attempt=attempts,
                partition=culprit.record.partition, offset=culprit.record.offset,
            )  # fmt: skip
            if attempts < self._tuning.attempts:
                await self._back_off(work)
                return
        work.refusals[id(culprit)] = error

    async def _back_off(self, work: _Work) -> None:
        seconds = min(self._tuning.backoff_first_s * 2**work.failures, self._tuning.backoff_most_s)
        work.failures += 1
        await pause(self._stop, seconds)

    async def _read_stored(self, places: Collection[Place]) -> None:
        """Go to the stored positions with all partitions of the batch that are still ours."""
        async with self._gate:
            starts = await self._load(set(places) & self._ledger.places)
        if self._poller is not None:
            self._poller.seek(starts)

    async def _load(self, places: Collection[Place]) -> Mapping[Place, Start]:
        failures = _Work([])
        while places and not self._stop.is_set():
            try:
                async with self._database.transaction([]) as tx:
                    return await self._ledger.load(tx, places)
            except Retryable as error:
                await self._wait(failures, error)
        return {}

    # --------------------------------------------------------------------- what the reading thread asks for
    async def assigned_to_us(self, places: Collection[Place]) -> Mapping[Place, Start]:
        """Where to read each place on."""
        async with self._gate:
            starts = await self._load(places)
        log.info("partitions assigned", group=self._group, count=len(starts))
        return starts

    async def revoked(self, places: Collection[Place]) -> None:
        """Returns when no transaction touches `places` any more."""
        async with self._gate:
            self._ledger.drop(places)
        log.info("partitions revoked", group=self._group, count=len(places))

    def positions(self) -> Mapping[Place, int]:
        """Next offsets that PostgreSQL holds."""
        return self._ledger.positions()

    # --------------------------------------------------------------------------------------------- measuring
    def _report(self, plan: Plan) -> None:
        for (topic, outcome), count in plan.outcomes.items():
            meters.MESSAGING_CONSUMED.add(
                count,
                messaging_destination_name=topic,
                messaging_consumer_group_name=self._group,
                outcome=outcome,
            )
        for parking in plan.park:
            record, rule = parking.item.record, rule_of(parking.reason)
            meters.DLQ_MESSAGES.add(1, topic=record.topic, group=self._group, error_type=rule)
            log.error(
                "record parked", group=self._group, topic=record.topic, partition=record.partition,
                offset=record.offset, rule=rule,
            )  # fmt: skip

    def _took(self, events: Sequence[Event]) -> None:
        if not events:
            return
        now = datetime.now(UTC)
        meters.record_delays(
            meters.CONSUMER_DELAY,
            meters.CONSUMER_EVENTS,
            [(now - event.time).total_seconds() for event in events],
            _IN_TIME_S,
            messaging_consumer_group_name=self._group,
        )

    def _gauges(self) -> Iterator[_End]:
        for topic in self._topics:
            yield meters.CONSUMER_LAG.observe(
                partial(self._lag_of, topic),
                messaging_destination_name=topic,
                messaging_consumer_group_name=self._group,
            )
        yield meters.CONSUMER_LAG_AGE.observe(self._age, messaging_consumer_group_name=self._group)

    def _lag_of(self, topic: str) -> int:
        return sum(behind for place, behind in self.lag().items() if place[0] == topic)

    def _age(self) -> float:
        return max(0.0, (datetime.now(UTC) - self._oldest).total_seconds()) if self._oldest else 0.0


@dataclass(slots=True)
class _Work:
    """What is left of a batch: segments (the next one last), and what is known of items, by id()."""

    segments: list[list[Item]]
    refusals: dict[int, Exception] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    failures: int = 0  # in a row


def _named(items: Sequence[Item], error: Exception) -> Item | None:
    """The item whose event the error names."""
    event = error.event if isinstance(error, Rejected) else None
    if event is None:
        return None
    return next((item for item in items if item.event is not None and _same(item.event, event)), None)


def _same(one: Placed, other: Placed) -> bool:
    return (one.offset, one.partition, one.topic) == (other.offset, other.partition, other.topic)


@contextmanager
def _spans(events: Sequence[Event], group: str) -> Iterator[Sequence[Event]]:
    """A span per event whose trace is sampled, none for the others; consequences continue the span."""
    if not any(is_sampled(event.traceparent) for event in events):
        yield events
        return
    with ExitStack() as stack:
        yield [_traced(event, group, stack) if is_sampled(event.traceparent) else event for event in events]


def _traced(event: Event, group: str, stack: ExitStack) -> Event:
    attributes: dict[str, AttributeValue] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": event.topic,
        "messaging.destination.partition.id": str(event.partition),
        "messaging.consumer.group.name": group,
        "messaging.message.id": event.event_id,
        "messaging.message.conversation_id": event.correlation_id,
        "messaging.kafka.message.key": event.key,
        "messaging.kafka.offset": event.offset,
    }
    stack.enter_context(span_from(event.traceparent, f"process {event.type}", SpanKind.CONSUMER, attributes))
    return replace(event, traceparent=current_traceparent())
