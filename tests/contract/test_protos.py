"""The contract: generated code is what the protos say, and the topic list names every event once."""

from __future__ import annotations

import importlib
import re
import runpy
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from services.chassis import topics

PROTOS = Path(__file__).resolve().parents[2] / "protos"
NAME = re.compile(r"amends\.[a-z]+(\.[a-z]+)*\.v[0-9]+")


def test_the_generated_code_is_what_the_protos_say(tmp_path: Path) -> None:
    runpy.run_path(str(PROTOS / "generate.py"))["generate"](tmp_path)
    fresh, kept = _contents(tmp_path), _contents(PROTOS / "gen")
    assert sorted(fresh) == sorted(kept)
    assert [name for name in fresh if fresh[name] != kept[name]] == []


def test_the_topic_list_names_every_event_message_exactly_once() -> None:
    named = Counter(event for topic in topics.load() for event in topic.events)
    assert [event for event, times in named.items() if times > 1] == []
    assert set(named) == {event for module in _event_modules() for event in _events_of(module)}


@pytest.mark.parametrize("topic", topics.load(), ids=lambda topic: topic.name)
def test_a_topic_carries_the_events_of_its_owner_and_is_named_as_agreed(topic: topics.Topic) -> None:
    assert NAME.fullmatch(topic.name)
    assert topic.name.split(".")[1] == topic.owner
    assert all(event.startswith(f"amends.{topic.owner}.v1.") for event in topic.events)
    assert topic.partitions > 0
    assert topic.retention_days > 0


def _event_modules() -> list[ModuleType]:
    files = sorted(PROTOS.glob("amends/*/v*/events.proto"))
    assert files
    return [
        importlib.import_module(".".join(file.relative_to(PROTOS).with_suffix("").parts) + "_pb2")
        for file in files
    ]


def _events_of(module: ModuleType) -> list[str]:
    """Messages of events.proto that are not parts of another message."""
    messages = module.DESCRIPTOR.message_types_by_name.values()
    parts = {
        field.message_type.full_name for message in messages for field in message.fields if field.message_type
    }
    return [message.full_name for message in messages if message.full_name not in parts]


def _contents(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.suffix in {".py", ".pyi"})
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in files}
