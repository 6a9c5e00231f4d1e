"""`amends dlq`: dead letters, why they are there, and their way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from kafka.errors import KafkaError
from rich.table import Table

from services.chassis import dlq, topics
from services.chassis.errors import AmendsError, InvalidArgument
from services.cli.common import console, environment, fail, needed, print_json

app = typer.Typer(help="Records that could not be processed.", no_args_is_help=True)

TopicOption = Annotated[str, typer.Option("--topic", help="only of this topic")]
GroupOption = Annotated[str, typer.Option("--group", help="only of this reading group")]


@app.command("list")
def show(
    topic: TopicOption = "",
    group: GroupOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON list")] = False,
) -> None:
    """Dead letters that wait for a replay, with the rule each broke."""
    bootstrap, prefix = _kafka()
    try:
        parked = [
            record
            for name, reader in _places(topic, group)
            for record in dlq.list_parked(bootstrap, name, reader, prefix=prefix)
        ]
    except (KafkaError, AmendsError, OSError) as failure:
        fail(failure)
    if as_json:
        print_json([_facts(record) for record in parked])
        return
    table = Table("dead-letter topic", "from", "key", "type", "rule", "detail", "tries", box=None)
    for record in parked:
        place = f"{record.topic}/{record.partition}@{record.offset}"
        table.add_row(
            record.dlq_topic, place, _text(record.key), record.type or "?", record.rule, record.detail,
            str(record.attempts),
        )  # fmt: skip
    console.print(table)
    console.print(f"{len(parked)} waiting")


@app.command()
def replay(
    topic: Annotated[str, typer.Option("--topic", help="the topic they came from")],
    group: Annotated[str, typer.Option("--group", help="the group that could not take them")],
    key: Annotated[list[str] | None, typer.Option("--key", help="only this key (may be repeated)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Send dead letters back to the group that could not take them, in their order; safe to repeat."""
    bootstrap, prefix = _kafka()
    keys = [one.encode() for one in key] if key else None
    try:
        ((name, reader),) = _places(topic, group)
        sent = dlq.replay(bootstrap, name, reader, prefix=prefix, keys=keys)
    except (KafkaError, AmendsError, OSError) as failure:
        fail(failure)
    if as_json:
        print_json({"replayed": sent})
    else:
        console.print(f"{sent} replayed")


def _kafka() -> tuple[str, str]:
    env = environment()
    try:
        return needed(env, "KAFKA_BOOTSTRAP"), env.get("AMENDS_TOPIC_PREFIX", "")
    except AmendsError as failure:
        fail(failure)


def _places(topic: str, group: str) -> Iterator[tuple[str, str]]:
    """Every (topic, reading group) that fits. Raises InvalidArgument when none does."""
    found = [
        (known.name, reader)
        for known in topics.load()
        for reader in known.consumers
        if topic in ("", known.name) and group in ("", reader)
    ]
    if not found:
        raise InvalidArgument("unknown_place", f"no group {group or '(any)'} reads topic {topic or '(any)'}")
    yield from found


def _facts(record: dlq.ParkedRecord) -> dict[str, object]:
    return {
        "dlq_topic": record.dlq_topic,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": _text(record.key),
        "type": record.type,
        "rule": record.rule,
        "detail": record.detail,
        "attempts": record.attempts,
        "first_failed_at": record.first_failed_at.isoformat() if record.first_failed_at else None,
    }


def _text(key: bytes | None) -> str:
    return "" if key is None else key.decode(errors="replace")
