"""What the Faust application is told."""

from __future__ import annotations

from faust.transport.drivers.aiokafka import server_list

from services.metrics.adapters.cluster import Layout
from services.metrics.adapters.stream.app import new_app


async def _nothing() -> None:
    """There is nothing to write."""


async def test_every_broker_is_named_to_the_client() -> None:
    app = new_app("metrics", "a.example:9092, b.example:9093", Layout(partitions=12, replication=3), _nothing)
    assert server_list(app.transport.url, 9092) == ["a.example:9092", "b.example:9093"]


async def test_what_a_cluster_must_not_find_out_the_hard_way() -> None:
    conf = new_app("metrics", "a.example:9092", Layout(partitions=12, replication=3), _nothing).conf
    assert (conf.topic_partitions, conf.topic_replication_factor) == (12, 3)
    assert (conf.web_enabled, conf.topic_disable_leader) == (False, True)
    assert conf.processing_guarantee.value == "at_least_once"
