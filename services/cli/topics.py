"""`amends topics`: create what is missing, show what there is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from kafka.errors import KafkaError
from rich.table import Table

from services.chassis import topics
from services.chassis.errors import AmendsError
from services.cli.common import console, environment, fail, needed, print_json

app = typer.Typer(help="Topics of the platform (protos/topics.yaml).", no_args_is_help=True)


@app.command()
def apply(
    replication: Annotated[
        int, typer.Option(help="replicas of each partition; -1 = the broker's default")
    ] = -1,
    as_json: Annotated[bool, typer.Option("--json", help="names created, as one JSON list")] = False,
) -> None:
    """Create the topics that are missing, dead-letter topics included; existing ones stay as they are."""
    env = environment()
    try:
        bootstrap = needed(env, "KAFKA_BOOTSTRAP")
        created = topics.apply(bootstrap, env.get("AMENDS_TOPIC_PREFIX", ""), replication=replication)
    except (KafkaError, AmendsError, OSError) as failure:
        fail(failure)
    if as_json:
        print_json(created)
        return
    for name in created:
        console.print(f"created {name}", markup=False)
    console.print(f"{len(created)} created")


@app.command("list")
def show(as_json: Annotated[bool, typer.Option("--json", help="one JSON list")] = False) -> None:
    """Every topic with its owner, readers and their lag (where a Kafka can be reached)."""
    env = environment()
    bootstrap, prefix = env.get("KAFKA_BOOTSTRAP", ""), env.get("AMENDS_TOPIC_PREFIX", "")
    known = topics.load()
    try:
        behind = _lags(bootstrap, prefix, known) if bootstrap else {}
    except (KafkaError, OSError) as failure:
        fail(failure)
    if as_json:
        print_json([{**asdict(topic), "lag": behind.get(topic.name)} for topic in known])
        return
    console.print(_table(known, behind))


def _lags(bootstrap: str, prefix: str, known: list[topics.Topic]) -> dict[str, dict[str, int]]:
    """Records behind, by topic and reading group."""
    found: dict[str, dict[str, int]] = {topic.name: {} for topic in known}
    for group in sorted({group for topic in known for group in topic.consumers}):
        for (name, _), behind in topics.lag(bootstrap, prefix + group).items():
            readers = found.get(name.removeprefix(prefix))
            if readers is not None:
                readers[group] = readers.get(group, 0) + behind
    return found


def _table(known: list[topics.Topic], behind: dict[str, dict[str, int]]) -> Table:
    table = Table("topic", "owner", "partitions", "days", "read by (records behind)", box=None)
    for topic in known:
        lag = behind.get(topic.name, {})
        readers = ", ".join(f"{group} ({lag.get(group, '?')})" for group in topic.consumers)
        table.add_row(topic.name, topic.owner, str(topic.partitions), str(topic.retention_days), readers)
    return table
