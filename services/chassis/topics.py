"""Topics as data: protos/topics.yaml read, created through the admin API, and their lag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TOPICS_FILE = Path(__file__).resolve().parents[2] / "protos" / "topics.yaml"


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
    """Read the topic list; ConfigError when it is not well-formed."""
    ...


def apply(bootstrap: str, prefix: str = "", topics: Sequence[Topic] | None = None) -> list[str]:
    """Create what is missing, dead-letter topics included, and return the names created. Blocks (run in a thread)."""
    ...


def lag(bootstrap: str, group: str) -> dict[tuple[str, int], int]:
    """Records behind per (topic, partition), from the positions the group reported. Blocks (run in a thread)."""
    ...
