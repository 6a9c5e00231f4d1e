"""Producing to Kafka: confluent-kafka in one dedicated thread, awaited from the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from services.chassis.envelope import Record


class Producer:
    """Publishes batches, idempotently, acknowledged by all replicas. Use `async with Producer.open(...)`."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, bootstrap: str, client_id: str, settings: Mapping[str, str] | None = None
    ) -> AsyncIterator[Producer]:
        """A producer for as long as the block lasts; `settings` are further librdkafka ones (security)."""
        yield cls()

    async def publish(self, records: Sequence[Record]) -> None:
        """Return when every record is acknowledged, in order per key. While Kafka is away this waits.

        Raises PublishFailed when a record can never be accepted, or the producer had to be renewed: then
        any part of the batch may have been written, and publishing the whole again is right.
        """
        ...
