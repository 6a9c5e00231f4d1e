"""Dead letters: what could not be processed, why, and its way back. For the command line; every call
blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.chassis.envelope import Record, header
from services.chassis.parking import (
    ATTEMPTS,
    FIRST_FAILED_AT,
    MESSAGE,
    OFFSET,
    PARTITION,
    TOPIC,
    dlq_topic,
    replay_of,
)

_SILENCE_MS = 5_000  # nothing for this long, though the end is not reached: the broker is in trouble
_ACKNOWLEDGE_S = 30


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """One dead letter with the reason, as its headers tell it."""

    dlq_topic: str
    dlq_offset: int
    topic: str
    partition: int
    offset: int
    key: bytes | None
    type: str | None
    rule: str
    detail: str
    attempts: int
    first_failed_at: datetime | None
    value: bytes | None


def list_parked(bootstrap: str, topic: str, group: str, *, prefix: str = "") -> list[ParkedRecord]:
    """Dead letters of `group` reading `topic` that were not sent back yet, in the order of parking.

    Raises KafkaError when the broker or the topic is away.
    """
    name = prefix + dlq_topic(topic, group)
    with closing(_reader(bootstrap, _cursor_group(topic, group))) as reader:
        return [_parked(record) for record in _unreplayed(reader, name)]


def replay(
    bootstrap: str,
    topic: str,
    group: str,
    *,
    prefix: str = "",
    keys: Collection[bytes] | None = None,
    tell: Callable[[ParkedRecord], None] = lambda _: None,
) -> int:
    """Send dead letters back to `group` in their order (those of `keys`, or all); returns how many.

    Only `group` takes them again; other readers of the topic skip them. Safe to repeat: what was handled
    since is skipped too. With `keys` the letters stay listed; without, they are not listed any more. Raises
    KafkaError.
    """
    name = prefix + dlq_topic(topic, group)
    with (
        closing(_reader(bootstrap, _cursor_group(topic, group))) as reader,
        closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=2 << 20)) as producer,
    ):
        records = list(_unreplayed(reader, name))
        chosen = [record for record in records if keys is None or record.key in keys]
        for record in chosen:
            back = replay_of(record, group)
            producer.send(
                back.topic, value=back.value, key=back.key, headers=back.headers, partition=back.partition
            ).get(_ACKNOWLEDGE_S)
            tell(_parked(record))
        if keys is None and records:
            reader.commit()  # the position after the last record read
    return len(chosen)


def _cursor_group(topic: str, group: str) -> str:
    """A Kafka group whose only use is to remember what was sent back."""
    return f"{dlq_topic(topic, group)}.replay"


def _reader(bootstrap: str, cursor_group: str) -> KafkaConsumer:
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=cursor_group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        consumer_timeout_ms=_SILENCE_MS,
    )


def _unreplayed(reader: KafkaConsumer, name: str) -> Iterator[Record]:
    """Records from the cursor to the end as it is now."""
    places = [
        TopicPartition(name, partition) for partition in sorted(reader.partitions_for_topic(name) or ())
    ]
    reader.assign(places)
    ends = reader.end_offsets(places)
    while any(reader.position(place) < ends[place] for place in places):
        polled = reader.poll(timeout_ms=_SILENCE_MS)
        if not polled:
            raise TimeoutError(f"{name} has more records, but the broker does not send them")
        for messages in polled.values():
            for message in messages:
                yield Record(
                    message.topic,
                    message.key,
                    message.value,
                    list(message.headers),
                    message.partition,
                    message.offset,
                )


def _parked(record: Record) -> ParkedRecord:
    rule, _, detail = _word(record, MESSAGE).partition(": ")
    first = _word(record, FIRST_FAILED_AT)
    return ParkedRecord(
        dlq_topic=record.topic,
        dlq_offset=record.offset,
        topic=_word(record, TOPIC),
        partition=int(_word(record, PARTITION)),
        offset=int(_word(record, OFFSET)),
        key=record.key,
        type=_word(record, "ce_type") or None,
        rule=rule,
        detail=detail,
        attempts=int(_word(record, ATTEMPTS)),
        first_failed_at=datetime.fromisoformat(first) if first else None,
        value=record.value,
    )


def _word(record: Record, name: str) -> str:
    return (header(record.headers, name) or b"").decode(errors="replace")
