"""Topics read from their first record to their end as it is now, without a group."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing

import confluent_kafka

from services.chassis.envelope import Record

_TIMEOUT_S = 30.0
_NOT_LEADER = confluent_kafka.KafkaError.NOT_LEADER_FOR_PARTITION


def read(bootstrap: str, topics: Sequence[str]) -> list[Record]:
    """Every record of `topics`, in order per partition. Blocks. Raises TimeoutError when some are missing."""
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False}
    )
    found: list[Record] = []
    with closing(consumer):
        ends = {
            (name, number): _ends(consumer, confluent_kafka.TopicPartition(name, number))
            for name in topics
            for number in consumer.list_topics(name, timeout=_TIMEOUT_S).topics[name].partitions
        }
        left = {place: high for place, (low, high) in ends.items() if high > low}
        consumer.assign([confluent_kafka.TopicPartition(*place, ends[place][0]) for place in left])
        while left:
            first = consumer.poll(_TIMEOUT_S)
            if first is None:
                raise TimeoutError(f"the broker does not send the rest of {sorted(left)}")
            for message in (first, *consumer.consume(1000, 0)):
                record = _record(message)
                found.append(record)
                place = record.topic, record.partition
                if place in left and record.offset + 1 >= left[place]:
                    del left[place]
    return found


def _record(message: confluent_kafka.Message) -> Record:
    if message.error():
        raise confluent_kafka.KafkaException(message.error())
    return Record(
        message.topic() or "",
        message.key(),
        message.value(),
        list(message.headers() or []),
        message.partition() or 0,
        message.offset() or 0,
    )


def _ends(consumer: confluent_kafka.Consumer, place: confluent_kafka.TopicPartition) -> tuple[int, int]:
    """First and next offset of a partition; a broker that has just made it may not lead it yet."""
    until = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            found: tuple[int, int] = consumer.get_watermark_offsets(place, timeout=_TIMEOUT_S)
            return found
        except confluent_kafka.KafkaException as wrong:
            if wrong.args[0].code() != _NOT_LEADER or time.monotonic() > until:
                raise
            consumer.poll(0.05)
