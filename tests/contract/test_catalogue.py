"""The published catalogue of events says what the protos and topics.yaml say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("document", ["docs/events.md", "protos/asyncapi.yaml"])
def test_the_committed_catalogue_equals_a_fresh_one(document: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "protos/events_doc.py"), str(tmp_path)], check=True)
    assert (tmp_path / document).read_text() == (ROOT / document).read_text(), "run `make proto`"


def test_every_reference_in_the_asyncapi_document_resolves() -> None:
    document = yaml.safe_load((ROOT / "protos/asyncapi.yaml").read_text())
    messages = document["components"]["messages"]
    for channel in document["channels"].values():
        for reference in channel["messages"].values():
            assert reference["$ref"].removeprefix("#/components/messages/") in messages
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]
    for message in messages.values():
        assert (ROOT / "protos" / message["payload"]["schema"]["$ref"]).is_file()
