"""Golden messages: what was said once is understood for ever."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
from google.protobuf import json_format

from services.chassis import topics

EXAMPLES = Path(__file__).resolve().parents[2] / "protos" / "examples"
FILES = sorted(EXAMPLES.glob("*/*.json"))


def test_there_are_examples() -> None:
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_golden_message_is_read_without_loss(file: Path) -> None:
    package, name = file.parent.name.rsplit(".", 1)
    kind = getattr(importlib.import_module(f"{package}.events_pb2"), name)
    written = file.read_text(encoding="utf-8")
    message = json_format.Parse(written, kind())  # an unknown field raises
    again = kind.FromString(message.SerializeToString())
    assert json_format.MessageToDict(again) == json.loads(written)


def test_every_event_of_every_topic_has_a_golden_message() -> None:
    said = {event for topic in topics.load() for event in topic.events}
    assert said - {folder.name for folder in EXAMPLES.iterdir()} == set()
