"""Topics as data: protos/topics.yaml read, created through the admin API, and their lag."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)

from services.chassis import quickyaml
from services.chassis.errors import ConfigError
from services.chassis.parking import dlq_topic

TOPICS_FILE = Path(__file__).resolve().parents[2] / "protos" / "topics.yaml"
_DAY_MS = 24 * 3600 * 1000
# Dead letters keep whole records and add why: more than a record of ours may measure. One partition, so
# that a replay has one order.
_DLQ_MAX_BYTES = 2 * 1024 * 1024
_DLQ_RETENTION_DAYS = 90
_NOT_YET = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
_ASKS, _ASK_AGAIN_S = 25, 0.2


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its owner writes it, each consumer (a group) has a dead-letter topic beside it."""

    name: str
    owner: str
    key: str  # in words
    partitions: int
    retention_days: int
    events: tuple[str, ...]  # full proto names
    consumers: tuple[str, ...]


def load(path: Path = TOPICS_FILE) -> list[Topic]:
    """Read the topic list; ConfigError when it is not well-formed or names a topic twice."""
    try:
        entries = quickyaml.load(path.read_text(encoding="utf-8"))["topics"]
        topics = [
            Topic(**{**entry, "events": tuple(entry["events"]), "consumers": tuple(entry["consumers"])})
            for entry in entries
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigError("bad_topics", f"{path}: {error}") from error
    names = [topic.name for topic in topics]
    if len(set(names)) != len(names):
        raise ConfigError("bad_topics", f"{path} names a topic twice")
    return topics


def apply(
    bootstrap: str,
    prefix: str = "",
    topics: Sequence[Topic] | None = None,
    *,
    replication: int = -1,
) -> list[str]:
    """Create what is missing, dead-letter topics included, and return the names created.

    `replication` -1 leaves it to the broker's default. Existing topics are left as they are: the partitions
    of a keyed topic never change in place. Blocks (run in a thread). Raises KafkaError.
    """
    wanted = dict(_specifications(load() if topics is None else topics, prefix, replication))
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        missing = {name: wanted[name] for name in sorted(wanted.keys() - set(admin.list_topics()))}
        if missing:
            admin.create_topics(missing, wait_for_metadata=True)
    return list(missing)


def remove(bootstrap: str, names: Iterable[str]) -> None:
    """Delete topics that exist among `names`, with all they hold. Blocks (run in a thread)."""
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        there = sorted(set(admin.list_topics()) & set(names))
        if there:
            admin.delete_topics(there)


def lag(bootstrap: str, group: str) -> dict[tuple[str, int], int]:
    """Records behind per (topic, partition), from the positions the group reported to Kafka.

    Consumers report every few seconds what PostgreSQL already holds, so the figure is at most that old.
    Blocks (run in a thread).
    """
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        reported = _reported(admin, group)
        ends = admin.list_partition_offsets(dict.fromkeys(reported, OffsetSpec.LATEST)) if reported else {}
    return {
        (place.topic, place.partition): max(0, ends[place].offset - at.offset)
        for place, at in reported.items()
    }


def _reported(admin: Any, group: str) -> Any:
    """Where the group says it stands; a broker that has just started must read that first, and is asked
    again.
    """
    for _ in range(_ASKS):
        try:
            return admin.list_group_offsets([group])[group]
        except _NOT_YET:
            time.sleep(_ASK_AGAIN_S)
    return admin.list_group_offsets([group])[group]


def _specifications(
    topics: Sequence[Topic], prefix: str, replication: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in topics:
        yield (
            prefix + topic.name,
            {
                "num_partitions": topic.partitions,
                "replication_factor": replication,
                "configs": {"cleanup.policy": "delete", "retention.ms": str(topic.retention_days * _DAY_MS)},
            },
        )
        for group in topic.consumers:
            yield (
                prefix + dlq_topic(topic.name, group),
                {
                    "num_partitions": 1,
                    "replication_factor": replication,
                    "configs": {
                        "retention.ms": str(_DLQ_RETENTION_DAYS * _DAY_MS),
                        "max.message.bytes": str(_DLQ_MAX_BYTES),
                    },
                },
            )
