"""Records of Kafka as the stream reads and writes them; nothing here knows what carries them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from amends.metrics.v1 import events_pb2 as metrics

from services.chassis import parking
from services.chassis.envelope import Event, EventRegistry, Headers, Record, headers_of
from services.metrics.adapters import codec
from services.metrics.adapters.wire import Reader, Told, channel_value, window_to_proto
from services.metrics.app.cases import CaseFact
from services.metrics.app.queries import WindowAnswer
from services.metrics.domain.window import WindowKey

_FACT = metrics.CaseFact.DESCRIPTOR.full_name
_CLOSED = metrics.WindowClosed.DESCRIPTOR.full_name


class Outgoing(NamedTuple):
    """A record about to be sent."""

    key: bytes
    value: bytes
    headers: Headers


class Mark(NamedTuple):
    """A wish to close a window as its present content, sent to whoever keeps it."""

    key: WindowKey
    content: int


class Records:
    """Reads source events and facts, writes facts, marks and closings."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._reader = Reader()
        self._own = EventRegistry(metrics)

    def event(self, record: Record) -> tuple[Event, Told] | None:
        """What a source record tells; None when it changes no figure or is another group's replay.

        Raises Rejected("malformed_event").
        """
        replay = parking.replay_in(record.headers)
        if (replay and replay.group != self._group) or self._reader.passes_over(record.headers):
            return None
        event = self._reader.registry.parse(record)
        told = self._reader.read(event) if event else None
        return (event, told) if event and told else None

    def fact(self, record: Record) -> CaseFact | Mark | None:
        """What a record of the facts topic says; None for a type we do not know. Raises Rejected."""
        event = self._own.parse(record)
        if event is None or not isinstance(event.message, metrics.CaseFact):
            return None
        if not event.message.case_id:
            return Mark(codec.window_key(event.key), event.message.version)
        return codec.fact_from_proto(event.key, event.message)


def fact_record(fact: CaseFact, cause: Event) -> Outgoing:
    """A fact on its way to the windows, in the flow and trace of the event that changed it."""
    key = codec.window_text(fact.key)
    return Outgoing(
        key.encode(),
        codec.fact_to_proto(fact).SerializeToString(),
        headers_of(
            source="metrics",
            event_id=str(uuid5(NAMESPACE_OID, f"{_FACT}:{fact.case_id}:{fact.version}")),
            type_name=_FACT,
            tenant_id=fact.key.tenant_id,
            key=key,
            occurred_at=cause.time,
            correlation_id=fact.case_id,
            causation_id=cause.event_id,
            traceparent=cause.traceparent,
        ),
    )


def mark_record(mark: Mark, now: datetime) -> Outgoing:
    """A mark: a fact without a case, whose version is the content to close the window as."""
    key = codec.window_text(mark.key)
    message = metrics.CaseFact(
        tenant_id=mark.key.tenant_id, channel=channel_value(mark.key.channel), version=mark.content
    )
    return Outgoing(key.encode(), message.SerializeToString(), _window_headers(_FACT, mark, now, key))


def closed_record(answer: WindowAnswer, mark: Mark, now: datetime) -> Outgoing:
    """WindowClosed, keyed by tenant; closing the same content again is the same event."""
    message = metrics.WindowClosed(window=window_to_proto(answer))
    key = mark.key.tenant_id
    return Outgoing(key.encode(), message.SerializeToString(), _window_headers(_CLOSED, mark, now, key))


def dead_letter(record: Record, group: str, reason: Exception, now: datetime) -> Record:
    """The record as it is parked, with the reason in the headers Kafka Connect uses.

    It takes the shape a journal row would give it, so that one tool lists and replays the dead letters of all
    services. A replay that fails again keeps the place of its first failure.
    """
    again = parking.replay_in(record.headers)
    place = (again.partition, again.offset) if again else (record.partition, record.offset)
    kept = parking.kept(record, None, group=group, place=place, reason=reason, now=now)
    return parking.as_kept(parking.dlq_topic(record.topic, group), record.value or b"", kept)


def _window_headers(type_name: str, mark: Mark, now: datetime, key: str) -> Headers:
    window = codec.window_text(mark.key)
    return headers_of(
        source="metrics",
        event_id=str(uuid5(NAMESPACE_OID, f"{type_name}:{window}:{mark.content}")),
        type_name=type_name,
        tenant_id=mark.key.tenant_id,
        key=key,
        occurred_at=now,
        correlation_id=window,
    )
