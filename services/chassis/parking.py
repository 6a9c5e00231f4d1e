"""What a parked record looks like: its dead-letter topic, its headers, its journal row, and the way back.

The record keeps key, value and headers; the reason is added in the headers Kafka Connect uses, so that
existing tools can read it. It travels through the journal: a dead letter that cannot be written stops the
commit.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from services.chassis.db import PLATFORM_TENANT
from services.chassis.envelope import REPLAY_GROUP, REPLAY_OF, Event, Headers, Record, header
from services.chassis.journal import Row

PARKED_TYPE = "amends.dead_letter"
CONNECT = "__connect.errors."
TOPIC, PARTITION, OFFSET = (CONNECT + word for word in ("topic", "partition", "offset"))
STAGE, CLASS, MESSAGE = (CONNECT + word for word in ("stage", "exception.class.name", "exception.message"))
GROUP = CONNECT + "connector.name"
ATTEMPTS = "x-attempts"
FIRST_FAILED_AT = "x-first-failed-at"
_OURS = (CONNECT, ATTEMPTS, FIRST_FAILED_AT, REPLAY_GROUP, REPLAY_OF)
_DETAIL_CHARS = 1000


class Replay(NamedTuple):
    """Which parked record a replay is, and for whom."""

    group: str
    partition: int
    offset: int


def dlq_topic(topic: str, group: str) -> str:
    """The dead-letter topic of `group` reading `topic`."""
    return f"{topic}.{group}.dlq"


def row_of(
    record: Record,
    event: Event | None,
    *,
    group: str,
    topic: str,
    place: tuple[int, int],
    reason: Exception,
    event_id: UUID,
    now: datetime,
) -> Row:
    """The journal row that carries `record` to the dead letters of `group`.

    `topic` is the record's, without a test's prefix; `place` its first partition and offset (those of the
    original when this is a replay that failed again); `event` is None when it could not be decoded.
    """
    return (
        event.tenant_id if event else PLATFORM_TENANT,
        dlq_topic(topic, group),
        event.key if event else "",
        event_id,
        PARKED_TYPE,
        event.correlation_id if event else "",
        event.event_id if event else None,
        event.traceparent if event else None,
        now,
        record.value or b"",
        kept(record, event, group=group, place=place, reason=reason, now=now),
        None,
    )


def kept(
    record: Record,
    event: Event | None,
    *,
    group: str,
    place: tuple[int, int],
    reason: Exception,
    now: datetime,
) -> str:
    """As text, what `as_kept` needs beside the payload: key and headers, and why it is parked."""
    headers = _headers(record, group, place, reason, event, now)
    return kept_headers(record.key, headers, no_value=record.value is None)


def kept_headers(key: bytes | None, headers: Headers, *, no_value: bool = False) -> str:
    """The headers column of a journal row whose record goes out exactly so."""
    return json.dumps(
        {
            "key": _b64(key),
            "no_value": no_value,
            "headers": [[name.replace("\0", ""), _b64(value)] for name, value in headers],
        },
        separators=(",", ":"),
    )


def as_kept(topic: str, payload: bytes, headers: str) -> Record:
    """The record of a journal row whose headers column is set: raw key and headers, no value if there was
    none.
    """
    was = json.loads(headers)
    return Record(
        topic,
        None if was["key"] is None else base64.b64decode(was["key"]),
        None if was["no_value"] else payload,
        [(name, base64.b64decode(value or "")) for name, value in was["headers"]],
    )


def replay_of(record: Record, group: str) -> Record:
    """A dead letter as it is sent back to its topic: for `group` alone, saying which record it once was."""
    topic, partition, offset = (_word(record.headers, name) for name in (TOPIC, PARTITION, OFFSET))
    headers = [(name, value) for name, value in record.headers if not name.startswith(CONNECT)]
    headers += [(REPLAY_GROUP, group.encode()), (REPLAY_OF, f"{partition}:{offset}".encode())]
    return Record(topic, record.key, record.value, headers, int(partition))


def replay_in(headers: Headers) -> Replay | None:
    """What a replay says of itself; None for an ordinary record, and for one whose headers are nonsense."""
    group, of = header(headers, REPLAY_GROUP), header(headers, REPLAY_OF)
    if group is None or of is None:
        return None
    partition, _, offset = of.decode(errors="replace").partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        return None
    return Replay(group.decode(errors="replace"), int(partition), int(offset))


def rule_of(reason: Exception) -> str:
    """The machine word of a refusal; errors that have none are called by their class."""
    return str(getattr(reason, "rule", type(reason).__name__)).replace("\0", "")


def _headers(
    record: Record,
    group: str,
    place: tuple[int, int],
    reason: Exception,
    event: Event | None,
    now: datetime,
) -> Headers:
    before = _word(record.headers, ATTEMPTS, "0")
    attempts = int(before) + 1 if before.isdecimal() else 1
    first = _word(record.headers, FIRST_FAILED_AT, now.astimezone(UTC).isoformat())
    ours = {
        TOPIC: record.topic,
        PARTITION: str(place[0]),
        OFFSET: str(place[1]),
        STAGE: "VALUE_CONVERTER" if event is None else "TASK_PUT",
        GROUP: group,
        CLASS: type(reason).__qualname__,
        MESSAGE: f"{rule_of(reason)}: {getattr(reason, 'detail', '') or reason}"[:_DETAIL_CHARS],
        ATTEMPTS: str(attempts),
        FIRST_FAILED_AT: first,
    }
    kept = [(name, value) for name, value in record.headers if not name.startswith(_OURS)]
    return kept + [(name, value.encode()) for name, value in ours.items()]


def _word(headers: Headers, name: str, default: str = "") -> str:
    value = header(headers, name)
    return default if value is None else value.decode(errors="replace")


def _b64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
