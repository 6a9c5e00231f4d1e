"""The broker's configuration makes one node a whole Kafka, and invents no topics."""

from __future__ import annotations

from pathlib import Path

from services.standalone.kafka import new_cluster_id, server_properties


def settings(data: Path) -> dict[str, str]:
    lines = server_properties(data, 9092, 9093).splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_one_node_is_broker_and_its_own_controller_on_loopback_only() -> None:
    config = settings(Path("/data"))
    assert config["process.roles"] == "broker,controller"
    assert config["controller.quorum.voters"] == "1@127.0.0.1:9093"
    assert config["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"


def test_every_internal_topic_needs_one_replica_only() -> None:
    config = settings(Path("/data"))
    replicas = {
        key: value for key, value in config.items() if key.endswith((".replication.factor", ".min.isr"))
    }
    assert len(replicas) == 5
    assert set(replicas.values()) == {"1"}


def test_a_topic_nobody_provisioned_is_not_created() -> None:
    assert settings(Path("/data"))["auto.create.topics.enable"] == "false"


def test_a_backslash_in_the_path_survives_the_properties_format() -> None:
    assert settings(Path("/da\\ta"))["log.dirs"] == "/da\\\\ta"


def test_no_cluster_id_looks_like_an_option() -> None:
    identifiers = [new_cluster_id() for _ in range(2000)]  # one in 64 would begin with a dash
    assert {len(identifier) for identifier in identifiers} == {22}
    assert not [identifier for identifier in identifiers if identifier.startswith("-")]
