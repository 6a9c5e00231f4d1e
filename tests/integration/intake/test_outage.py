"""Kafka is away: what is accepted waits in PostgreSQL and goes out once Kafka is back, in order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.chassis import topics
from services.chassis.envelope import header
from services.chassis.service import Role
from services.chassis.testing.fixtures import DsnsFor
from services.chassis.testing.waiting import wait_for
from services.standalone.kafka import EmbeddedKafka
from services.standalone.layout import Layout
from tests.integration.intake.conftest import Intake, running
from tests.support.topicreader import read

pytestmark = pytest.mark.faults

TOPIC = "amends.intake.events.v1"


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """A broker of this test's own, to be stopped without harm to others."""
    layout = Layout.from_environment({**os.environ, "AMENDS_HOME": str(tmp_path / "data")}, tmp_path)
    yield layout
    layout.fresh()


async def complain(intake: Intake, mark: str) -> None:
    for number in range(10):
        complaint = {"text": f"No {number}", "customer": {"email": f"{mark}{number}@example.org"}}
        status, _ = await intake.post("/v1/complaints", complaint, Idempotency_Key=f"{mark}{number}")
        assert status == 201


async def published(intake: Intake, bootstrap: str) -> None:
    """Wait until Kafka has every event of the journal, each key's in the journal's order."""
    rows = await intake.fetch("select event_id::text as id, key from journal order by position")
    wanted = [(row["key"].encode(), row["id"]) for row in rows]

    async def all_there() -> bool:
        records = await asyncio.to_thread(read, bootstrap, [TOPIC])
        found = [(one.key, (header(one.headers, "ce_id") or b"").decode()) for one in records]
        seen = list(dict.fromkeys(found))
        return len(seen) == len(wanted) and all(
            [one for one in seen if one[0] == key] == [one for one in wanted if one[0] == key]
            for key in {key for key, _ in wanted}
        )

    await wait_for(all_there, 60, what="every event in Kafka")


async def test_what_is_accepted_while_kafka_is_away_waits_and_goes_out_in_order(
    dsns_for: DsnsFor, layout: Layout
) -> None:
    few = [replace(topic, partitions=2) for topic in topics.load()]
    async with EmbeddedKafka(layout) as kafka:
        await asyncio.to_thread(topics.apply, kafka.bootstrap, "", few)
        service = running(await dsns_for("intake"), Role.RUN, kafka.bootstrap)
        intake = await service.__aenter__()
        await complain(intake, "before")
        await published(intake, kafka.bootstrap)
    try:
        await complain(intake, "during")
        async with EmbeddedKafka(layout) as kafka:
            await published(intake, kafka.bootstrap)
            await complain(intake, "after")
            await published(intake, kafka.bootstrap)
            await service.__aexit__(None, None, None)
    except BaseException as failure:
        await service.__aexit__(type(failure), failure, None)
        raise
