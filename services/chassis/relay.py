"""The relay: publishes the journal in order of position, one active per service, nothing skipped."""

from __future__ import annotations

import asyncio

from services.chassis.broker import Producer
from services.chassis.db import Database


class Relay:
    """Component that moves journal rows to Kafka; a second one waits until the first is gone."""

    def __init__(
        self, database: Database, producer: Producer, source: str, *, topic_prefix: str = ""
    ) -> None:
        self.name = "relay"
        self._database = database
        self._producer = producer
        self._source = source
        self._prefix = topic_prefix

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set; heals by itself when Kafka or PostgreSQL restart."""
        ...
