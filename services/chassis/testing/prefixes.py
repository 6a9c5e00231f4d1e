"""A prefix per test with every topic under it: a few at a time, since asking the broker costs more than what
it then does.
"""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import replace

from kafka.admin import KafkaAdminClient

from services.chassis import topics

_TOGETHER = 8
_PARTITIONS = 3


class Prefixes:
    """Prefixes for `wanted` tests of one run. Blocks, and raises what the admin client raises."""

    def __init__(self, bootstrap: str, wanted: int) -> None:
        self._bootstrap = bootstrap
        self._wanted = wanted
        self._ready: list[str] = []
        self._given: list[str] = []

    def take(self) -> str:
        """One under which every topic of topics.yaml exists, with few partitions, and nobody else's."""
        if not self._ready:
            self.close()
            self._make(max(1, min(_TOGETHER, self._wanted)))
        self._given.append(self._ready.pop())
        return self._given[-1]

    def close(self) -> None:
        """Remove all topics under prefixes that were given or made, those made by the tests included."""
        done = (*self._given, *self._ready)
        self._given, self._ready = [], []
        if done:
            with closing(KafkaAdminClient(bootstrap_servers=self._bootstrap)) as admin:
                admin.delete_topics([name for name in admin.list_topics() if name.startswith(done)])

    def _make(self, count: int) -> None:
        prefixes = [f"t{secrets.token_hex(4)}." for _ in range(count)]
        topics.apply(
            self._bootstrap,
            topics=[
                replace(topic, name=prefix + topic.name, partitions=_PARTITIONS)
                for prefix in prefixes
                for topic in topics.load()
            ],
        )
        self._ready, self._wanted = prefixes, self._wanted - count
