"""What the tests of telephone channels share: a request to a hook, and samples read by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.mail import MailNormaliser
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.records import Channel
from tests.unit.intake.corpora import SAMPLES

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLASSIFIER = load_classifier()
NORMALISER = MailNormaliser(CLASSIFIER, ["a secret of the tests"])


def account(
    provider: str,
    name: str,
    settings: Mapping[str, str] | None = None,
    secrets: tuple[Secret, ...] = (),
    channel: Channel = Channel.PHONE,
) -> ChannelAccount:
    """An account of the tenant."""
    return ChannelAccount("main", provider, name, channel, settings or {}, secrets)


def request(body: Any, *accounts: ChannelAccount, headers: Mapping[str, str] | None = None) -> Request:
    """A JSON body (or these bytes) as it reaches a hook."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(
        "main",
        "https://intake.example/v1/hooks/main/x",
        {},
        {"content-type": "application/json", **(headers or {})},
        raw,
        NOW,
        {one.account: one for one in accounts},
        CLASSIFIER,
        {},
        NORMALISER,
    )


def sample(name: str) -> Any:
    """A hand-made payload."""
    return json_file(SAMPLES / "webhooks" / name)


def json_file(file: Path) -> Any:
    """A payload of a file."""
    return json.loads(file.read_bytes())


def read(path: str, body: Any, *accounts: ChannelAccount) -> list[Any]:
    """What a hook finds in a body."""
    return list(HOOKS[path].read(request(body, *accounts)).items)
