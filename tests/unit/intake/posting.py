"""Requests as mail providers post them, and what the hook that takes them finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.mail import MailNormaliser
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.records import Channel
from services.intake.domain.threading import mac_of
from tests.unit.intake.corpora import SAMPLES

WEBHOOKS = SAMPLES / "webhooks"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
THREAD_SECRET = "a secret of the tests"
CLASSIFIER = load_classifier()
NORMALISER = MailNormaliser(CLASSIFIER, [THREAD_SECRET])
CASE = "01890a5d-ac96-774b-bcce-b302099a8057"
OUR_ID = f"<c.{CASE}.m.01890a5d-ac96-774b-bcce-b302099a8058@harbour.example>"
MAILBOXES = ("care@harbour.example", "billing@harbour.example")
MEDIA_TYPES = {
    ".form": "application/x-www-form-urlencoded",
    ".multipart": "multipart/form-data; boundary=6f3d1c",
    ".json": "application/json",
}


def posted(
    provider: str,
    body: bytes,
    headers: Mapping[str, str],
    secrets: Sequence[Secret],
    *,
    account: str = "",
    at: datetime = NOW,
) -> Request:
    """A request for the tenant "main", with one account of the provider and two mailboxes."""
    name = account or f"{provider}.harbour.example"
    known = ChannelAccount("main", provider, name, Channel.EMAIL, {}, tuple(secrets))
    return Request(
        "main",
        f"https://intake.example/v1/hooks/main/{provider}",
        {},
        dict(headers),
        body,
        at,
        {known.account: known},
        CLASSIFIER,
        {name: ChannelAccount("main", "mail", name, Channel.EMAIL) for name in MAILBOXES},
        NORMALISER,
    )


def body_of(file: str) -> tuple[bytes, dict[str, str]]:
    """A sample, and the headers that go with its kind."""
    return (WEBHOOKS / file).read_bytes(), {"content-type": MEDIA_TYPES[Path(file).suffix]}


def items(path: str, request: Request) -> list[Any]:
    """What the hook at `path` finds in a request, its check passed."""
    hook = HOOKS[path]
    hook.check(request)
    return list(hook.read(request).items)


def reply_address() -> str:
    """Where a reply to the case CASE goes."""
    return f"care+c.{CASE}.{mac_of(UUID(CASE), THREAD_SECRET)}@harbour.example"


def multipart(fields: Mapping[str, bytes], boundary: str = "6f3d1c") -> bytes:
    """A multipart form without files."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()
