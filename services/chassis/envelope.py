"""CloudEvents 1.0 in binary mode over Kafka headers: the value is the protobuf message, unchanged.

Headers (UTF-8): content-type, ce_specversion, ce_id, ce_source, ce_type (the message's full proto name),
ce_time, ce_subject and ce_partitionkey (the record key), ce_sequence (ordered string per source),
ce_tenantid, ce_correlationid, ce_causationid, and the hop's W3C traceparent; on what an employee's command
said also ce_actor, ce_onbehalfof and ce_reason. Sources: CloudEvents Kafka binding, Partitioning, Sequence
and Correlation extensions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from types import ModuleType
from typing import NamedTuple

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from services.chassis.errors import Rejected

CONTENT_TYPE = b"application/protobuf"
# A replayed dead letter is for one group alone, and says which record it once was: "<partition>:<offset>".
REPLAY_GROUP = "amends-replay-group"
REPLAY_OF = "amends-replay-of"

Headers = list[tuple[str, bytes | None]]  # Kafka allows headers without a value
_CONTENT_TYPE = ("content-type", CONTENT_TYPE)
_SPECVERSION = ("ce_specversion", b"1.0")


class Record(NamedTuple):
    """One record as it lies in Kafka, or is to lie there (then partition and offset are -1)."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int = -1
    offset: int = -1


@dataclass(frozen=True, slots=True)
class Event:
    """One event read from Kafka: where it lay, who caused it, and the decoded message."""

    topic: str  # without a test's prefix
    partition: int
    offset: int
    key: str
    event_id: str  # UUID, unique per source
    type: str  # full proto name
    tenant_id: str
    time: datetime  # when it happened, UTC
    correlation_id: str  # the case, or whatever the flow began with
    causation_id: str | None  # id of the event that caused this one
    traceparent: str | None
    sequence: str | None  # ordered per source and partition; None from sources without a journal
    message: Message


class EventRegistry:
    """The event messages of some generated modules, by full proto name.

    `only` leaves out what a consumer would decode and then ignore: such records are skipped unread.
    """

    def __init__(self, *modules: ModuleType, only: Collection[type[Message]] | None = None) -> None:
        self._classes: dict[str, type[Message]] = {}
        for module in modules:
            descriptor: FileDescriptor = module.DESCRIPTOR
            for message in descriptor.message_types_by_name.values():
                made = GetMessageClass(message)
                if only is None or made in only:
                    self._classes[message.full_name] = made

    def knows(self, type_name: str) -> bool:
        """Whether events of this type are ours to read; others are skipped and counted."""
        return type_name in self._classes

    def message_class(self, type_name: str) -> type[Message]:
        """The generated class of an event type; KeyError for a type that is not registered."""
        return self._classes[type_name]

    def parse(
        self, record: Record, topic: str | None = None, headers: Mapping[str, bytes | None] | None = None
    ) -> Event | None:
        """Decode a record, None when its type is not registered; `topic` replaces the record's own name, and
        `headers` are the record's for whoever has looked them up already.

        Raises Rejected("malformed_event") for a missing or wrong header, key or value.
        """
        headers = dict(record.headers) if headers is None else headers
        type_name = _required(headers, "ce_type")
        if type_name not in self._classes:
            return None
        if record.key is None or record.value is None:
            raise Rejected(
                "malformed_event", f"{type_name} has no {'key' if record.key is None else 'value'}"
            )
        message = self._classes[type_name]()
        try:
            message.ParseFromString(record.value)
        except DecodeError as error:
            raise Rejected("malformed_event", f"the value is no {type_name}: {error}") from error
        return Event(
            topic=topic or record.topic,
            partition=record.partition,
            offset=record.offset,
            key=_text(record.key, "key"),
            event_id=_required(headers, "ce_id"),
            type=type_name,
            tenant_id=_required(headers, "ce_tenantid"),
            time=_time(_required(headers, "ce_time")),
            correlation_id=_optional(headers, "ce_correlationid") or "",
            causation_id=_optional(headers, "ce_causationid"),
            traceparent=_optional(headers, "traceparent"),
            sequence=_optional(headers, "ce_sequence"),
            message=message,
        )


def headers_of(
    *,
    source: str,
    event_id: str,
    type_name: str,
    tenant_id: str,
    key: str,
    occurred_at: datetime,
    correlation_id: str,
    causation_id: str | None = None,
    traceparent: str | None = None,
    sequence: str | None = None,
    extensions: Mapping[str, str] | None = None,
) -> Headers:
    """The headers of one event. `source` is the service ("intake"); `occurred_at` is aware; `extensions` are
    further CloudEvents attributes, without the "ce_"."""
    subject = key.encode()
    headers: Headers = [
        _CONTENT_TYPE,
        _SPECVERSION,
        ("ce_id", event_id.encode()),
        ("ce_source", _source(source)),
        ("ce_type", _frequent(type_name)),
        ("ce_time", _stamp(occurred_at)),
        ("ce_subject", subject),
        ("ce_partitionkey", subject),
        ("ce_tenantid", _frequent(tenant_id)),
        ("ce_correlationid", subject if correlation_id == key else correlation_id.encode()),
    ]
    if causation_id:
        headers.append(("ce_causationid", causation_id.encode()))
    if sequence:
        headers.append(("ce_sequence", sequence.encode()))
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    if extensions:
        headers += [(f"ce_{name}", value.encode()) for name, value in extensions.items()]
    return headers


def sequence_in(headers: Mapping[str, bytes | None]) -> str | None:
    """The ce_sequence of a record that could not be decoded, or need not be; None without a readable one."""
    return (headers.get("ce_sequence") or b"").decode(errors="replace") or None


def header(headers: Sequence[tuple[str, bytes | None]], name: str) -> bytes | None:
    """The first header of that name, None when there is none."""
    for key, value in headers:
        if key == name:
            return value
    return None


@lru_cache(maxsize=4096)
def _frequent(text: str) -> bytes:
    """Types and tenants: few, and in every event."""
    return text.encode()


@cache
def _source(service: str) -> bytes:
    return b"/amends/" + service.encode()


@lru_cache(maxsize=1024)
def _stamp(moment: datetime) -> bytes:
    # RFC 3339 with Z, as CloudEvents writes it
    return moment.astimezone(UTC).isoformat()[:-6].encode() + b"Z"


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Rejected("malformed_event", f"ce_time is no RFC 3339 time: {text!r}") from error
    if moment.tzinfo is None:
        raise Rejected("malformed_event", f"ce_time has no offset: {text!r}")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _required(headers: Mapping[str, bytes | None], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise Rejected("malformed_event", f"header {name} is missing")
    return _text(value, name)


def _optional(headers: Mapping[str, bytes | None], name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else _text(value, name)


def _text(value: bytes, what: str) -> str:
    if b"\0" in value:
        raise Rejected("malformed_event", f"{what} holds a null byte")  # PostgreSQL could not store it
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Rejected("malformed_event", f"{what} is not UTF-8") from error
